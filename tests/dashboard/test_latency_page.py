"""Latency and errors over a real collector: since when and where, percentiles, kinds, and limits with their source."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from streamlit.testing.v1 import AppTest
from support.collector import PROTOBUF
from support.otlp import SECOND, call, call_attributes, payload

from gemledger_dashboard.latency import latency_tiles, since_when
from gemledger_dashboard.latency.since_when import Bar

from .conftest import NOW, Collector, Open, running
from .test_pages import figures, texts

PAGE = "views/latency.py"
HOUR = NOW.replace(minute=0, second=0, microsecond=0)
HOURS, A_CALL = 20, timedelta(minutes=1)
PRO, FLASH = "gemini-2.5-pro", "gemini-2.5-flash"
SLOW_FOR, FAILING_FOR = 3, 2


def answered(number: int, at: datetime, model: str, seconds: float, **changes: Any) -> Any:
    """A call at a moment."""
    attributes = call_attributes(request_model=model, response_model=model, **changes)
    start = int(at.timestamp()) * SECOND
    return call(number, start=start, attributes=attributes, seconds=seconds)


def story() -> Iterator[Any]:
    """Two models for twenty hours, 25 calls an hour: lately one is slow, and the other is refused now and then."""
    quota = {
        "error_type": "429",
        "error_kind": "rate_limited_per_minute",
        "quota_id": "GenerateRequestsPerMinutePerProjectPerModel",
        "quota_limit": 1000,
        "quota_unit": "requests",
        "quota_window": "minute",
        "quota_model": PRO,
        "attempts": 3,
        "exchanges": 0,
    }
    for n in range(HOURS * 25):
        back = n // 25 + 1
        at = HOUR - back * timedelta(hours=1) + n % 25 * A_CALL
        seconds = 4.0 if back <= SLOW_FOR else 1.0
        yield answered(2 * n, at, FLASH, seconds, time_to_first_chunk_seconds=0.3)
        refused = quota if back <= FAILING_FOR and n % 5 == 0 else {}
        yield answered(2 * n + 1, at, PRO, 2.0, **refused)
    blocked = {"response_finish_reasons": ["SAFETY"], "error_kind": "safety", "output_tokens": 0}
    yield answered(10_001, HOUR - timedelta(hours=9), FLASH, 1.0, **blocked)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """A collector that has heard the story."""
    with running(tmp_path_factory.mktemp("latency") / "latency.duckdb") as collector:
        asked: Any = {"trust_env": False, "timeout": 60, "headers": PROTOBUF}
        body = payload(list(story()))
        httpx.post(f"{collector.url}/v1/traces", content=body, **asked).raise_for_status()
        yield collector


def in_sql(ledger: Collector) -> list[list[Any]]:
    """What went wrong, by kind, out of the single charges."""
    asked = "SELECT error_kind, sum(calls), sum(cost_pico_usd) FROM charges WHERE error_kind IS NOT NULL GROUP BY 1"
    answer = httpx.post(f"{ledger.url}/api/v1/sql", json={"sql": asked}, trust_env=False)
    rows: list[list[Any]] = answer.raise_for_status().json()["rows"]
    return rows


def follow(page: AppTest, params: dict[str, str]) -> AppTest:
    """Open a link to the same page that says more."""
    for name, value in params.items():
        page.query_params[name] = value
    return page.run()


def one(value: str | list[str]) -> str:
    """What a link says once."""
    return value if isinstance(value, str) else value[0]


def clock(hours_ago: int) -> str:
    """The beginning of an hour as a page in UTC writes it."""
    moment = HOUR - timedelta(hours=hours_ago)
    return f"{moment.day} {moment:%b %Y, %H:%M}"


def test_the_page_says_since_when_and_where_it_is_slow_and_failing(
    ledger: Collector, open_page: Open
) -> None:
    """The slow model with its usual, the failing one with its kind; each since the hour it began."""
    page = open_page(ledger.url, PAGE, range="24h", tz="UTC")
    assert not page.exception
    said = texts(page.warning)
    slow = f"Slow: {FLASH} since {clock(SLOW_FOR)}. Its p95 is (.*) s, usually (.*)\\."
    told = re.search(slow, said)
    assert told is not None
    assert float(told[1]) == pytest.approx(4.0, rel=0.03)
    assert told[2] in {"1.0 s", *(f"{n} ms" for n in range(975, 1000))}
    assert f"Failing: {PRO} since {clock(FAILING_FOR)}. 20.0 % of its calls" in said
    assert "mostly rate limited, per minute" in said
    assert len(page.warning) == 2


def test_tiles_tell_percentiles_failures_and_the_tightest_limit(
    ledger: Collector, open_page: Open
) -> None:
    """As SQL counts them; withheld answers stand beside failed ones; the limit with who says it."""
    page = open_page(ledger.url, PAGE, range="24h", tz="UTC")
    tiles, captions = figures(page), texts(page.caption)
    assert float(tiles["Half within (p50)"].removesuffix(" s")) == pytest.approx(2.0, rel=0.03)
    assert float(tiles["95 % within (p95)"].removesuffix(" s")) == pytest.approx(4.0, rel=0.03)
    assert float(tiles["First chunk (p95)"].removesuffix(" ms")) == pytest.approx(300, rel=0.03)
    assert tiles["Failed or withheld"] == "1.1 %"  # 10 refused and one withheld of 1,001
    assert "10 failed | 1 withheld | 20 retries" in captions
    assert f"requests a minute of {PRO}, learned" in captions
    assert tiles["Rate limit left"] == "100.0 %"  # nobody calls this minute
    assert "of 500 streams" in captions
    assert captions.count("within 2.5 %") == 1


def test_tables_equal_what_sql_counts(ledger: Collector, open_page: Open) -> None:
    """Calls, failures and money by kind and by model, to the pico."""
    page = open_page(ledger.url, PAGE, range="24h", tz="UTC")
    times, kinds, models, limits = (frame.value for frame in page.dataframe)
    assert dict(zip(times["Model"], times["Calls"], strict=True)) == {FLASH: 501, PRO: 500}
    assert dict(zip(times["Model"], times["Streams"], strict=True)) == {FLASH: 500, PRO: 0}
    assert times.set_index("Model")["First chunk p95"].isna()[PRO]
    by_kind = {row[0]: row for row in in_sql(ledger)}
    assert list(kinds["Kind"]) == ["Rate limited, per minute", "Withheld for safety"]
    assert list(kinds["Calls"]) == [
        by_kind["rate_limited_per_minute"][1],
        by_kind["safety"][1],
    ]
    assert int(kinds["Cost"][1] * 10**12) == int(by_kind["safety"][2]) > 0
    assert list(models["Model"]) == [PRO, FLASH]
    assert list(models["Failed"]) == [10, 0]
    assert list(models["Withheld"]) == [0, 1]
    assert list(limits["Source"]) == ["learned"]
    assert list(limits["Limit"]) == [1000]


def test_what_is_looked_at_is_in_the_link(ledger: Collector, open_page: Open) -> None:
    """Dimension, time, percentile and without failed calls: chosen by the link, and kept in it."""
    params = {"per": "team", "time": "time_to_first_chunk", "percentile": "p99", "well": "yes"}
    page = follow(open_page(ledger.url, PAGE, range="24h", tz="UTC"), params)
    assert not page.exception
    assert params.items() <= {name: one(page.query_params[name]) for name in params}.items()
    assert "p99, first chunk (streams), by team" in [each.value for each in page.subheader]
    assert list(page.dataframe[0].value["Calls"]) == [991]
    wrong = follow(page, {"per": "<b>", "percentile": "p42", "time": "duration"})
    assert not wrong.exception
    assert "p42" in texts(wrong.warning)
    narrowed = open_page(ledger.url, PAGE, range="24h", tz="UTC", model=PRO)
    assert list(narrowed.dataframe[0].value["Model"]) == [PRO]
    assert figures(narrowed)["First chunk (p95)"] == "\N{EN DASH}"


def test_a_figure_that_nobody_told_is_a_dash(collector: Collector, open_page: Open) -> None:
    """No stream, no limit, no failure: dashes with a word why, and nothing is called slow."""
    page = open_page(collector.url, PAGE, tz=collector.zone)
    assert not page.exception
    tiles = figures(page)
    assert tiles["First chunk (p95)"] == tiles["Rate limit left"] == "\N{EN DASH}"
    assert tiles["Failed or withheld"] == "0 %"
    said = texts(page.markdown)
    assert "no model is slower or fails more than usual" in said
    assert "None in this time range" in said
    assert "rate_limits:" in texts(page.code)
    nothing = open_page(collector.url, PAGE, tz=collector.zone, team="nobody")
    assert "No calls of this choice" in texts(nothing.info)
    assert not nothing.exception


def bars(*values: float, calls: int = 100) -> list[Bar]:
    """A bar an hour, the last one at noon."""
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    last = len(values) - 1
    return [Bar(noon - timedelta(hours=last - n), calls, value) for n, value in enumerate(values)]


def test_slow_is_what_stays_above_its_usual_to_the_end() -> None:
    """A peak that is over, few calls, a short series and a group that is gone are not slow now."""
    found = since_when.slower(
        {"late": bars(1, 1, 1, 1, 1, 2, 3), "peak": bars(1, 1, 9, 1, 1, 1, 1)}
    )
    assert [(each.name, each.since.hour, each.usual, each.latest) for each in found] == [
        ("late", 11, 1, 3)
    ]
    assert not since_when.slower({"few": bars(1, 1, 1, 1, 9, calls=19)})
    assert not since_when.slower({"short": bars(1, 1, 9)})
    gone = bars(1, 1, 1, 1, 9, 1, 1)[:5]
    assert not since_when.slower({"gone": gone, "here": bars(1, 1, 1, 1, 1, 1, 1)})


def test_failing_takes_two_points_more_than_usual() -> None:
    """From nothing to one percent is noise; to three it is not."""
    assert not since_when.failing({"a": bars(0, 0, 0, 0, 0.01)})
    assert [each.latest for each in since_when.failing({"a": bars(0, 0, 0, 0, 0.03)})] == [0.03]
    words = latency_tiles.failing_words(
        since_when.failing({"a": bars(0, 0, 0, 0, 0.03)}), {}, ZoneInfo("UTC")
    )
    assert words == [
        "Failing: a since 20 Nov 2026, 12:00. 3.0 % of its calls fail or are withheld, usually 0.0 %."
    ]
