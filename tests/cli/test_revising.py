"""`gemledger reprice` and `gemledger attribution`: what would change, what changed, and what is refused."""

import json
from pathlib import Path

import httpx
from support.otlp import call, call_attributes, payload
from support.processes import Asked, run_gemledger
from support.revising import HALF

NOVEMBER = ("--from", "2026-11-01", "--to", "2026-12-01")


def send(collector: Asked, *spans: object) -> None:
    """Hand spans to the collector."""
    answer = httpx.post(
        f"{collector.url}/v1/traces",
        content=payload(spans),  # type: ignore[arg-type]  # spans as the helpers make them
        headers={"Content-Type": "application/x-protobuf"},
        trust_env=False,
    )
    assert answer.status_code == 200


def test_a_month_is_tried_at_other_prices_then_priced_by_them(
    collector: Asked, tmp_path: Path
) -> None:
    """The dry run and the run print the same table; a broken file is refused with its line."""
    send(collector, call(1), call(2))
    book = tmp_path / "prices.toml"
    book.write_text(HALF)
    url = ("--url", collector.url)
    tried = run_gemledger("reprice", *NOVEMBER, "--book", str(book), "--dry-run", *url)
    assert tried.returncode == 0, tried.stderr
    assert "2 of 2 charges would change by" in tried.stdout
    assert "$0.001100 before, $0.000550 now, -0.000550" in tried.stdout
    done = run_gemledger("reprice", *NOVEMBER, "--book", str(book), "--json", *url)
    answer = json.loads(done.stdout)
    assert (answer["state"], answer["changed"]) == ("done", 2)
    back = run_gemledger("reprice", *NOVEMBER, *url)
    row = next(line.split() for line in back.stdout.splitlines() if "2026-11-01" in line)
    assert row[:3] == ["2026-11-01", "gemini-2.5-flash", "2"]
    assert row[3:6] == ["0.000550", "0.001100", "+0.000550"]
    book.write_text("[[discount]]\npercent = 101\nfrom = 2026-01-01\n")
    refused = run_gemledger("reprice", *NOVEMBER, "--book", str(book), *url)
    assert (refused.returncode, f"{book}:2" in refused.stderr) == (1, True)


def test_rules_are_tried_before_they_are_in_force(collector: Asked, tmp_path: Path) -> None:
    """From whom to whom, by month, with the money; a file that is not valid is told."""
    send(collector, call(1, attributes=call_attributes(attribution_team=None)), call(2))
    file = tmp_path / "otel-config.yaml"
    file.write_text(
        "processors: {attribute: {rules: [{name: shop, match: {service: shop}, "
        "set: {team: shop, cost_center: '4711'}}]}}"
    )
    url = ("--url", collector.url)
    shown = run_gemledger("attribution", "--preview", "--config", str(file), *url)
    assert shown.returncode == 0, shown.stderr
    assert "2 of 2 charges would have another payer" in shown.stdout
    rows = [line.split() for line in shown.stdout.splitlines()]
    assert ["2026-11", "(no", "team)", "shop", "/", "4711", "1", "0.000550"] in rows
    assert ["2026-11", "search", "search", "/", "4711", "1", "0.000550"] in rows
    listed = run_gemledger("attribution", *url)
    assert "0 rules are in force" in listed.stdout
    assert "preview  done  2 of 2 charges" in listed.stdout
    file.write_text("processors: {attribute: {rules: [{name: shop}]}}")
    refused = run_gemledger("attribution", "--preview", "--config", str(file), *url)
    assert (refused.returncode, "match: missing" in refused.stderr) == (2, True)
