"""Efficiency over a real collector: the figures are those of SQL, and each says how it was reckoned."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from streamlit.testing.v1 import AppTest
from support.collector import PROTOBUF
from support.otlp import SECOND, call, call_attributes, payload

from .conftest import NOW, Collector, Open, running
from .test_pages import figures, texts

PAGE = "views/efficiency.py"
PRO, FLASH = "gemini-2.5-pro", "gemini-2.5-flash"
RANGE = {"range": "7d", "tz": "UTC"}


def made(number: int, at: datetime, model: str, **changes: Any) -> Any:
    """A call at a moment, the thoughts a part of its output."""
    attributes = call_attributes(request_model=model, response_model=model, **changes)
    return call(number, start=int(at.timestamp()) * SECOND, attributes=attributes)


def story() -> Iterator[Any]:
    """Thinking calls of three tiers, prompts above the step, aborted streams, blocked answers, conversations."""
    for n in range(60):
        at = NOW - timedelta(hours=n + 1)
        tier = ("standard", "flex", "priority")[n % 3]
        spent = {"output_tokens": 500, "reasoning_output_tokens": 300, "service_tier": tier}
        cached = {"input_tokens": 4_000, "cache_read_input_tokens": 1_000}
        talk = {"conversation_id": f"talk-{n % 4}", "attribution_feature": "=cmd()"}
        yield made(n, at, (PRO, FLASH)[n % 2], **spent, **cached, **talk)
    yield made(100, NOW - timedelta(hours=3), PRO, input_tokens=204_000, output_tokens=1_000)
    yield made(101, NOW - timedelta(hours=4), PRO, input_tokens=300_000, output_tokens=1_000)
    yield made(102, NOW - timedelta(hours=5), FLASH, stream_state="abandoned")
    blocked = {"response_finish_reasons": ["SAFETY"], "error_kind": "safety", "output_tokens": 0}
    yield made(103, NOW - timedelta(hours=6), FLASH, **blocked)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """A collector that has heard the story."""
    with running(tmp_path_factory.mktemp("efficiency") / "efficiency.duckdb") as collector:
        asked: Any = {"trust_env": False, "timeout": 60, "headers": PROTOBUF}
        body = payload(list(story()))
        httpx.post(f"{collector.url}/v1/traces", content=body, **asked).raise_for_status()
        yield collector


def sql(ledger: Collector, text: str) -> list[list[Any]]:
    """Rows of a SELECT."""
    answer = httpx.post(f"{ledger.url}/api/v1/sql", json={"sql": text}, trust_env=False)
    rows: list[list[Any]] = answer.raise_for_status().json()["rows"]
    return rows


def table(page: AppTest, title: str) -> Any:
    """The table below a title."""
    tables = {frame.proto.alt.rsplit(":", 1)[0]: frame.value for frame in page.dataframe}
    return tables[title]


def test_tiles_say_where_the_same_could_cost_less(ledger: Collector, open_page: Open) -> None:
    """Every amount stands with what it is of; the difference at the step is by the published prices."""
    page = open_page(ledger.url, PAGE, **RANGE)
    assert not page.exception
    tiles, said = figures(page), texts(page.caption)
    cost, calls, cached, tokens = sql(
        ledger,
        "SELECT sum(cost_pico_usd)::varchar, count(*), sum(cache_read_tokens)::bigint, sum(input_tokens)::bigint "
        "FROM calls",
    )[0]
    assert Decimal(tiles["Cost per call"].removeprefix("$")) == pytest.approx(
        Decimal(cost).scaleb(-12) / calls, abs=Decimal("0.0001")
    )
    assert tiles["Cache-hit share"] == f"{cached / tokens * 100:.1f} %"
    # 204,000 tokens at 2.50 and 1,000 at 15 USD a million, against 200,000 at 1.25 and 1,000 at 10.
    assert tiles["Context step"] == "$0.2650"
    assert "1 call at most 10.0 % above the step" in said
    assert (
        tiles["Aborted streams"] == "$0.0006"
    )  # 1,000 tokens in at 0.30, 100 out at 2.50 a million
    assert "1 abandoned" in said
    assert tiles["Blocked or failed"] == "$0.0003"
    assert "1 blocked | 0 failed | 0 retries" in said
    assert "known | $0.00 estimated | 0 unpriced" in said.replace("$0.0000", "$0.00") or (
        "estimated" in said and "unpriced" in said
    )


def test_tables_equal_what_sql_sums(ledger: Collector, open_page: Open) -> None:
    """By model and by tier, to the pico; what lies just above the step; what came to nothing."""
    page = open_page(ledger.url, PAGE, **RANGE)
    models = table(page, "Efficiency by model").set_index("Model")
    summed = sql(
        ledger,
        "SELECT response_model, count(*), sum(cost_pico_usd)::varchar, sum(thoughts_pico_usd)::varchar "
        "FROM calls GROUP BY 1",
    )
    for model, calls, cost, thoughts in summed:
        assert models["Calls"][model] == calls
        assert models["Cost"][model] == Decimal(cost).scaleb(-12)
        assert models["Thinking"][model] == Decimal(thoughts).scaleb(-12)
    tiers = table(page, "Tier mix").set_index("Tier")
    assert tiers["Cost"].sum() == models["Cost"].sum()
    counted = dict(sql(ledger, "SELECT service_tier, count(*) FROM calls GROUP BY 1"))
    assert dict(tiers["Calls"]) == counted
    step = table(page, "Just above the context step")
    assert list(step["Difference"]) == [Decimal("0.265")]
    lost = table(page, "Aborted, blocked and failed")
    assert list(lost["What"]) == ["Stream abandoned: nobody read on", "Withheld for safety"]


def test_conversations_are_looked_at_by_the_link(ledger: Collector, open_page: Open) -> None:
    """The dearest first, with the cost of a call; a label that looks like a formula is text."""
    page = open_page(ledger.url, PAGE, **RANGE)
    for name, value in {
        "closely": "conversations",
        "per": "service_tier",
        "figure": "cached",
    }.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert "Cache-hit share, by tier" in [each.value for each in page.subheader]
    shown = table(page, "Dearest conversations")
    found = sql(
        ledger,
        "SELECT conversation_id, sum(cost_pico_usd)::varchar FROM calls WHERE conversation_id IS NOT NULL "
        "GROUP BY 1 ORDER BY sum(cost_pico_usd) DESC, 1",
    )
    assert [
        [name, str(int(cost * 10**12))]
        for name, cost in zip(shown["Conversation"], shown["Cost"], strict=True)
    ] == found
    assert set(shown["Feature"]) == {"=cmd()"}
    assert "on average" in texts(page.caption)


def test_what_is_not_there_is_said_and_nothing_is_made_up(
    collector: Collector, ledger: Collector, open_page: Open
) -> None:
    """No cache, no stream, no prompt above the step: words, not zeros of savings; a filter without calls, too."""
    page = open_page(collector.url, PAGE, tz=collector.zone)
    assert not page.exception
    said = texts(page.markdown)
    assert "No context cache lived" in said
    assert "None in this time range" in said
    long = open_page(ledger.url, PAGE, since="2026-01-01", until="2026-12-31", tz="UTC")
    assert not long.exception
    assert "Of the last 92 days" in texts(long.caption)
    nothing = open_page(ledger.url, PAGE, **RANGE, team="nobody")
    assert "No calls of this choice" in texts(nothing.info)
    assert not nothing.exception
