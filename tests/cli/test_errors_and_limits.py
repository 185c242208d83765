"""`gemledger errors` and `gemledger limits`: what went wrong, and what is left."""

import json
import time

import httpx
from support.otlp import NOON, call, call_attributes, payload
from support.processes import Asked, run_gemledger

DAY = ("--since", "2026-11-01T00:00:00Z", "--until", "2026-11-02T00:00:00Z")


def send(collector: Asked, *spans: object) -> None:
    """Hand spans to the collector."""
    answer = httpx.post(
        f"{collector.url}/v1/traces",
        content=payload(spans),  # type: ignore[arg-type]  # spans as the helpers make them
        headers={"Content-Type": "application/x-protobuf"},
        trust_env=False,
    )
    assert answer.status_code == 200


def test_errors_are_a_table_by_kind_with_their_money(collector: Asked) -> None:
    """A refused call costs nothing, a withheld one what it says: 1,000 tokens in and 100 out."""
    send(
        collector,
        call(1),
        call(2, attributes=call_attributes(response_finish_reasons=["safety"])),
        call(3, start=NOON, attributes=call_attributes(error_type="503", attempts=3, exchanges=0)),
    )
    shown = run_gemledger("errors", *DAY, "--by", "team", "--url", collector.url)
    assert shown.returncode == 0, shown.stderr
    rows = [line.split() for line in shown.stdout.splitlines() if line.strip(" ─")]
    assert rows[0][:4] == ["kind", "team", "calls", "retries"]
    assert ["safety", "search", "1", "0", "0.000550", "0"] in rows
    assert "2 of 3 calls went wrong (66.7%): 1 failed, 1 withheld for safety" in shown.stdout
    as_json = run_gemledger("errors", *DAY, "--json", "--url", collector.url)
    assert json.loads(as_json.stdout)["kinds"]["unavailable"]["retries"] == 2


def test_limits_are_a_table_of_what_is_left(collector: Asked) -> None:
    """One request was let in today, and a limit of four was learned from the next."""
    empty = run_gemledger("limits", "--url", collector.url)
    assert "no limit is known" in empty.stdout
    now = time.time_ns()
    told = call_attributes(
        error_type="429",
        attempts=1,
        exchanges=0,
        quota_id="RequestsPerDay",
        quota_limit=4,
        quota_unit="requests",
        quota_window="day",
    )
    send(collector, call(1, start=now), call(2, start=now, attributes=told))
    shown = run_gemledger("limits", "--url", collector.url)
    assert shown.stdout.startswith("gemini-2.5-flash\n")
    (day,) = (line for line in shown.stdout.splitlines() if "requests per day" in line)
    assert "1 of 4 (learned): 75% left; begins anew in" in day
    as_json = run_gemledger("limits", "--json", "--url", collector.url)
    assert json.loads(as_json.stdout)["rows"][0]["headroom_ratio"] == 0.75


def test_without_a_collector_it_says_how_to_start_one() -> None:
    """Nothing listens: exit code 1 and the remedy."""
    for command in ("errors", "limits"):
        answer = run_gemledger(command, "--url", "http://127.0.0.1:9")
        assert answer.returncode == 1
        assert "gemledger serve" in answer.stderr


def test_a_wrong_key_is_one_clear_line(collector: Asked) -> None:
    """The collector's own words."""
    answer = run_gemledger("errors", "--by", "colour", "--url", collector.url)
    assert answer.returncode == 1
    assert answer.stderr.startswith("gemledger errors: by.0")
