"""The figures on the screen are those of SQL run beside it, at the moment that the link fixes."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from support.walking import Screen

from .conftest import Walked

pytestmark = [pytest.mark.slow, pytest.mark.browser]

Screens = tuple[Screen, ...]
WITHIN = "start_time >= ?::TIMESTAMP AND start_time < ?::TIMESTAMP"
NEARLY = 0.025
"""As the page says of its percentiles: they come from histograms."""


def bounds(demo: Walked) -> tuple[str, str]:
    """The seven days of the link, up to the end of the ledger's slot that its moment is in."""
    today = demo.at.replace(hour=0, minute=0)
    slot = demo.at.replace(minute=demo.at.minute // 15 * 15)
    end = slot if slot == demo.at else slot + timedelta(minutes=15)
    return said(today - timedelta(days=6)), said(end)


def said(moment: datetime) -> str:
    """A moment as SQL takes it."""
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def seen(screens: Screens, page: str) -> Screen:
    """A page as the walk saw it first."""
    return next(screen for screen in screens if screen.page == page)


def dollars(pico_usd: int) -> str:
    """Whole cents, as money is read."""
    return f"${Decimal(pico_usd).scaleb(-12):,.2f}"


def test_spend_is_that_of_sql(demo: Walked, screens: Screens) -> None:
    """Cost and calls of the tiles, and the cost of each model in the table."""
    shown = seen(screens, "Spend")
    (total,) = demo.sql(
        f"SELECT sum(cost_pico_usd) AS cost, count(*) AS calls FROM calls WHERE {WITHIN}",
        *bounds(demo),
    )
    assert shown.figures["Cost"] == dollars(int(total["cost"]))
    assert shown.figures["Calls"] == f"{total['calls']:,}"
    (charged,) = demo.sql(
        f"SELECT sum(cost_pico_usd) AS cost FROM charges WHERE {WITHIN}", *bounds(demo)
    )
    assert int(charged["cost"]) == int(total["cost"])
    models = demo.sql(
        f"SELECT response_model AS model, sum(cost_pico_usd) AS cost FROM calls WHERE {WITHIN} "
        "AND response_model IS NOT NULL GROUP BY ALL",
        *bounds(demo),
    )
    told = {row["Model"]: row["Cost"] for row in shown.rows}
    assert set(told) >= {row["model"] for row in models}
    for row in models:
        cost = Decimal(row["cost"]).scaleb(-12)
        assert float(told[row["model"]].strip("$").replace(",", "")) == pytest.approx(
            float(cost), abs=0.005
        )


def test_latency_is_that_of_sql(demo: Walked, screens: Screens) -> None:
    """The exact percentiles of all calls, within what the page says of its own."""
    shown = seen(screens, "Latency and errors").figures
    (exact,) = demo.sql(
        "SELECT quantile_cont(duration_ms, 0.5) AS p50, quantile_cont(duration_ms, 0.95) AS p95 "
        f"FROM calls WHERE {WITHIN} AND duration_ms IS NOT NULL",
        *bounds(demo),
    )
    for label, name in (("Half within (p50)", "p50"), ("95 % within (p95)", "p95")):
        told, rounding = milliseconds(shown[label])
        assert told == pytest.approx(float(exact[name]), abs=NEARLY * float(exact[name]) + rounding)


def milliseconds(text: str) -> tuple[float, float]:
    """`996 ms` or `1.2 s` as a number, and how much it may be rounded by."""
    number, unit = text.split()
    scale = {"ms": 1, "s": 1000}[unit]
    return float(number) * scale, scale / 2 / 10 ** len(number.partition(".")[2])


def test_quality_is_that_of_sql(demo: Walked, screens: Screens) -> None:
    """The judge-flagged share of all answers: a judged one stands for as many as its chance to be judged says."""
    screen = seen(screens, "Quality")
    # Chances become known as slots of time end, also during the walk; a page keeps what it was told for ten seconds.
    moments = (screen.seen_at, screen.seen_at - timedelta(seconds=10))
    assert screen.figures["Accuracy"] in {flagged(demo, at) for at in moments}


def flagged(demo: Walked, at: datetime) -> str:
    """That share by what was written by a moment; of what was said again the last counts."""
    (sums,) = demo.sql(
        "SELECT sum(1 / inclusion_probability) FILTER (WHERE label = 'bad') AS bad, "
        "sum(1 / inclusion_probability) FILTER (WHERE label IN ('good', 'bad')) AS decided FROM ("
        "SELECT * FROM evaluations WHERE dimension = 'accuracy' "
        "AND make_timestamp_ns(call_start_unix_nano) >= ?::TIMESTAMP "
        "AND make_timestamp_ns(call_start_unix_nano) < ?::TIMESTAMP AND judged_at_unix_nano <= ? "
        "QUALIFY row_number() OVER (PARTITION BY rule, trace_id, span_id, rubric_version "
        "ORDER BY judged_at_unix_nano DESC, attempt DESC) = 1)",
        *bounds(demo),
        int(at.timestamp()) * 10**9,
    )
    return f"{sums['bad'] / sums['decided']:.1%}".replace("%", " %")


def test_health_counts_every_call_once(demo: Walked, screens: Screens) -> None:
    """What was taken in since the start is what is in the ledger: the judge may have called while it was drawn."""
    screen = seen(screens, "Health")
    counted = [
        int(
            demo.sql(
                "SELECT count(*) AS calls FROM calls WHERE start_time < ?::TIMESTAMP", said(at)
            )[0]["calls"]
        )
        for at in (screen.seen_at - timedelta(seconds=15), screen.seen_at + timedelta(seconds=1))
    ]
    assert counted[0] <= int(screen.figures["Spans taken in"].replace(",", "")) <= counted[1]


def test_the_overview_is_that_of_sql(demo: Walked, screens: Screens) -> None:
    """What today and this month cost so far, and which share of the month nobody owns."""
    shown = seen(screens, "Overview").figures
    _, end = bounds(demo)
    today = demo.at.replace(hour=0, minute=0)
    for label, since in (("Spend today", today), ("Month to date", today.replace(day=1))):
        (total,) = demo.sql(
            "SELECT sum(cost_pico_usd) AS cost, "
            "coalesce(sum(cost_pico_usd) FILTER (WHERE team IS NULL), 0) AS unowned "
            f"FROM charges WHERE {WITHIN}",
            said(since),
            end,
        )
        assert shown[label] == dollars(int(total["cost"]))
    unowned = int(total["unowned"]) / int(total["cost"])
    exact = "0 %" if unowned == 0 else f"{unowned:.1%}".replace("%", " %")
    told = "<0.1 %" if 0 < unowned < 0.001 else exact
    assert shown["Without an owner"] == told
