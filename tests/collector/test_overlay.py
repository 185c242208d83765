"""A price overlay: one's own discounts and models in the bill; a broken one keeps the collector from starting."""

from pathlib import Path

import pytest
from support.collector import RunningCollector, config_for
from support.otlp import Value, call, call_attributes, payload
from support.processes import run_gemledger

from gemledger.pricing import load_book, load_book_with_overlay
from gemledger_collector.config import load
from gemledger_collector.errors import ConfigError

HALF_PRICE = """
endpoints = ["llm-proxy.example.com"]

[[discount]]
percent = 50
from = 2026-01-01
"""
OWN_MODEL = """
[[model]]
id = "our-tuned-flash"
platform = "gemini_api"

[[model.rate]]
from = 2026-01-01
usd_per_million_tokens = { input = 1.0, output = 4.0 }
"""
MISSPELT = """
[[discount]]
percent = 50
modles = ["gemini-2.5-flash"]
from = 2026-01-01
"""
BILL = 550_000_000
"""Picodollars of an ordinary call at list price."""


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A configuration whose overlay has a mistake in its fourth line."""
    (tmp_path / "prices.toml").write_text(MISSPELT)
    config = tmp_path / "otel-config.yaml"
    config.write_text(
        "receivers: {otlp: {protocols: {http: {endpoint: '127.0.0.1:0'}, grpc: {enabled: false}}}}\n"
        f"processors: {{price: {{overlay: {tmp_path}/prices.toml}}}}\n"
        f"exporters: {{duckdb: {{path: {tmp_path}/ledger.duckdb}}}}\n"
    )
    return config


def with_overlay(tmp_path: Path, text: str) -> RunningCollector:
    """A collector under this overlay, and not yet started."""
    overlay = tmp_path / "prices.toml"
    overlay.write_text(text)
    processors = {"price": {"overlay": str(overlay)}}
    return RunningCollector(config_for(tmp_path / "ledger.duckdb", processors=processors))


def test_the_bill_follows_the_overlay(tmp_path: Path) -> None:
    """A discount halves it; the price row says whose price it is."""
    with with_overlay(tmp_path, HALF_PRICE) as collector:
        assert collector.send(payload([call(1)])).status_code == 200
        rows = collector.select(
            "select cost_status, cost_pico_usd, price_row, price_book from calls"
        )
    assert rows[0][:2] == ["exact", BILL // 2]
    assert rows[0][2].startswith("overlay:")
    assert rows[0][3] == load_book_with_overlay(tmp_path / "prices.toml").version


def test_a_listed_endpoint_is_no_longer_a_doubt(tmp_path: Path) -> None:
    """At a proxy of one's own the prices of the overlay hold."""
    proxied = call_attributes(server_address="llm-proxy.example.com")
    with with_overlay(tmp_path, HALF_PRICE) as collector:
        assert collector.send(payload([call(1, attributes=proxied)])).status_code == 200
        assert collector.select("select cost_status, cost_reasons from calls") == [["exact", None]]


def test_the_running_collector_tells_its_book_and_overlay(tmp_path: Path) -> None:
    """So that it can be compared with what an app has."""
    with with_overlay(tmp_path, HALF_PRICE) as collector:
        status = collector.get("/api/v1/status")
    version, _, digest = status["price_book"].partition("+overlay.")
    assert version == load_book().version
    assert len(digest) == 8
    assert status["price_overlay"] == {"path": str(tmp_path / "prices.toml"), "digest": digest}


def test_without_an_overlay_the_status_says_so(collector: RunningCollector) -> None:
    """The built-in book, and nothing over it."""
    status = collector.get("/api/v1/status")
    assert (status["price_book"], status["price_overlay"]) == (load_book().version, None)


def test_a_broken_overlay_is_refused_with_file_line_and_remedy(broken: Path) -> None:
    """By check-config and by serve alike, in one line, before a port is opened or a file made."""
    for command in ("check-config", "serve"):
        answer = run_gemledger(command, "--config", str(broken))
        assert answer.returncode == 2
        found = [line for line in answer.stderr.splitlines() if "processors.price.overlay" in line]
        assert len(found) == 1
        assert f"{broken.with_name('prices.toml')}:4: " in found[0]
        assert "modles: unknown key; known are " in found[0]
    assert not broken.with_name("ledger.duckdb").exists()


def test_an_overlay_that_breaks_between_check_and_start_still_refuses_to_start(
    tmp_path: Path,
) -> None:
    """The service reads it itself."""
    with (
        pytest.raises(ConfigError, match=r"processors\.price\.overlay: .*modles"),
        with_overlay(tmp_path, MISSPELT),
    ):
        pass


@pytest.mark.parametrize(
    ("overlay", "complaint"),
    [
        ("/nowhere/prices.toml", "processors.price.overlay: /nowhere/prices.toml: cannot be read"),
        ("7", "processors.price.overlay: 7 is wrong: input should be a valid string"),
        ("''", "processors.price.overlay: String should have at least 1 character"),
    ],
)
def test_an_overlay_that_is_no_file_is_a_problem_of_the_configuration(
    tmp_path: Path, overlay: str, complaint: str
) -> None:
    """Told by path, value and remedy, like any other."""
    config = tmp_path / "otel-config.yaml"
    config.write_text(f"processors: {{price: {{overlay: {overlay}}}}}")
    with pytest.raises(ConfigError) as caught:
        load(config, {})
    assert complaint in str(caught.value)


def test_an_overlay_may_come_from_the_environment(tmp_path: Path) -> None:
    """Where none is set, there is none."""
    config = tmp_path / "otel-config.yaml"
    config.write_text("processors: {price: {overlay: '${env:GEMLEDGER_PRICE_OVERLAY:-}'}}")
    assert load(config, {}).processors.price.overlay is None
    overlay = tmp_path / "prices.toml"
    overlay.write_text(HALF_PRICE)
    found = load(config, {"GEMLEDGER_PRICE_OVERLAY": str(overlay)})
    assert found.processors.price.overlay == str(overlay)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"price_book": load_book().version, "cost_pico_usd": BILL}, "overlay"),
        ({"price_book": f"{load_book().version}+overlay.00000000", "cost_pico_usd": 7}, "overlay"),
        ({"price_book": "2020-01-01.1", "cost_pico_usd": BILL}, "price_book"),
        ({"price_book": "2020-01-01.1+overlay.00000000", "cost_pico_usd": BILL}, "price_book"),
        ({"price_book": "{ours}", "cost_pico_usd": 7}, "amount"),
        ({"price_book": "{ours}", "cost_pico_usd": BILL // 2}, None),
        ({"price_book": load_book().version, "cost_pico_usd": BILL // 2}, None),
    ],
)
def test_a_disagreement_over_prices_says_whether_book_or_overlay_differ(
    tmp_path: Path, told: dict[str, Value], reason: str | None
) -> None:
    """Where both come to the same amount there is none, whatever their books."""
    with with_overlay(tmp_path, HALF_PRICE) as collector:
        ours = collector.get("/api/v1/status")["price_book"]
        told = told | {"price_book": str(told["price_book"]).format(ours=ours)}
        span = call(1, attributes=call_attributes(**told, cost_status="exact"))
        assert collector.send(payload([span])).status_code == 200
        counted = [
            line.partition("{")[2]
            for line in collector.http.get("/metrics").text.splitlines()
            if line.startswith("gemledger_collector_price_disagreement_total{")
        ]
    assert counted == ([] if reason is None else [f'reason="{reason}"}} 1'])


def test_disagreement_is_counted_in_calls_also_of_a_sum(tmp_path: Path) -> None:
    """An own model that only the collector knows: seven unsampled calls are seven."""
    attributes = call_attributes(
        request_model="our-tuned-flash",
        response_model="our-tuned-flash",
        cost_status="unpriced",
        unsampled_calls=7,
    )
    span = call(1, attributes=attributes)
    span.name = "gemledger.unsampled"
    with with_overlay(tmp_path, OWN_MODEL) as collector:
        assert collector.send(payload([span])).status_code == 200
        assert collector.select("select cost_pico_usd from charges") == [
            [1000 * 1_000_000 + 100 * 4_000_000]
        ]
        name = 'gemledger_collector_price_disagreement_total{reason="app_unpriced"}'
        assert collector.metric(name) == 7
