"""Latency and errors: is it slow or failing, since when, where; and what is left of rate limits."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from gemledger_dashboard import questions
from gemledger_dashboard.drawing import charts, formats, lines, sheets, tiles
from gemledger_dashboard.drawing.sheets import Sheet
from gemledger_dashboard.frame import choices, filters, narrowing, notices, sidebar
from gemledger_dashboard.frame.asking import ask_all
from gemledger_dashboard.latency import (
    latency_charts,
    latency_questions,
    latency_tables,
    latency_tiles,
    since_when,
)
from gemledger_dashboard.latency.latency_answers import (
    DURATION,
    FIRST_CHUNK,
    Errors,
    Latency,
    RateLimits,
)
from gemledger_dashboard.spend.spend_answers import Spend

METRICS = {DURATION: "Whole call", FIRST_CHUNK: "First chunk (streams)"}
PERCENTILES = {"p95": "p95", "p50": "p50", "p99": "p99"}
LIMITS_EXAMPLE = """extensions:
  rate_limits:
    - {model: gemini-3.8-flash, requests_per_minute: 2000, input_tokens_per_minute: 4000000}"""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the reader chose to see."""

    by: str
    metric: str
    percentile: str
    failed: bool

    @property
    def title(self) -> str:
        """The dimension in words."""
        return narrowing.DIMENSIONS[self.by]


@dataclass(frozen=True, slots=True)
class Told:
    """What the collector told."""

    latency: Latency
    errors: Errors
    spend: Spend
    limits: RateLimits


def chosen() -> Shown:
    """By what, which time, which percentile; kept in the link."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = choices.choose("per", "By", narrowing.DIMENSIONS, "model")
        metric = choices.choose("time", "Time of", METRICS)
        percentile = choices.choose("percentile", "Percentile", PERCENTILES)
        well = choices.switch(
            "well",
            "Leave failed calls out",
            meaning="What is refused at once makes everything look quick.",
        )
    return Shown(by, metric, percentile, failed=not well)


def asked(window: filters.Window, shown: Shown) -> Told:
    """Four questions, whatever there is to show."""
    only = narrowing.only()
    latency, errors, spend, limits = ask_all(
        latency_questions.latency(window, window.bucket, shown.by, only=only, failed=shown.failed),
        latency_questions.errors(window, window.bucket, shown.by, only=only),
        questions.spend(window, window.bucket, shown.by, only=only),
        latency_questions.rate_limits(),
    )
    notices.stale((latency, errors, spend, limits), window.zone)
    return Told(latency.value, errors.value, spend.value, limits.value)


def page(window: filters.Window) -> None:
    """Everything below the title."""
    shown = chosen()
    told = asked(window, shown)
    if told.spend.totals.calls == 0 and not told.latency.totals:
        notices.no_calls(ever=bool(sidebar.model_colours()))
        return
    tiles.row(latency_tiles.row(told.latency, told.errors, told.limits))
    at_the_end(told, shown, window)
    times(told.latency, shown, window)
    wrong(told, shown, window)
    headroom(told.limits)


def at_the_end(told: Told, shown: Shown, window: filters.Window) -> None:
    """Is it slow or failing, since when, where."""
    slow = since_when.slower(latency_tiles.slow_series(told.latency, shown.by, shown.metric))
    failing = since_when.failing(latency_tiles.failing_series(told.spend, told.errors, shown.by))
    kinds = latency_tables.mostly(told.errors, shown.by)
    for sentence in latency_tiles.failing_words(failing[:3], kinds, window.zone):
        st.warning(formats.plain(sentence), icon=":material/error:")
    for sentence in latency_tiles.slower_words(slow[:3], window.zone):
        st.warning(formats.plain(sentence), icon=":material/hourglass_bottom:")
    if not slow and not failing:
        words = f"At the end of this time range no {shown.title.lower()} is slower or fails more than usual."
        st.markdown(f":material/check: {formats.plain(words)}", help=latency_tiles.how())
    else:
        st.caption(formats.plain(latency_tiles.how()))


def times(latency: Latency, shown: Shown, window: filters.Window) -> None:
    """One percentile over time, a line for each group, and all of them as a table."""
    rows = [row for row in latency.rows if row.metric == shown.metric]
    st.subheader(f"{shown.percentile}, {METRICS[shown.metric].lower()}, by {shown.title.lower()}")
    colours = sidebar.model_colours() if shown.by == "model" else {}
    drawn = latency_charts.times(rows, shown.by, shown.percentile, colours)
    if rows:
        st.html(drawn.legend())
        picture = lines.chart(drawn, window, latency_charts.seconds_axis())
        st.altair_chart(picture, width="stretch")
        st.caption(drawn.left_out())
    else:
        notices.nothing_matches(
            "No call of this choice told this time.", "Choose the whole call, or a longer time."
        )
    frame = latency_tables.latency(latency, shown.by, shown.title)
    seconds = st.column_config.NumberColumn(format="%.2f s")
    sheets.show(
        Sheet(
            f"latency-by-{shown.by}",
            f"Times by {shown.title.lower()}",
            frame,
            dict.fromkeys(latency_tables.SECONDS, seconds) | _counts("Calls", "Streams"),
        )
    )
    st.caption(
        "Percentiles come from histograms and are within 2.5 % of the exact ones. Calls that a sampler left out "
        "have no time of their own. First chunk: of streams only."
    )


def wrong(told: Told, shown: Shown, window: filters.Window) -> None:
    """Errors by kind over time, what they cost, and where."""
    st.subheader("Failed and withheld calls by kind")
    if not told.errors.kinds:
        st.markdown(":material/check: None in this time range.")
        return
    colours = latency_charts.kind_colours(told.errors)
    st.html(charts.legend(list(colours), colours))
    st.altair_chart(latency_charts.kinds(told.errors, window), width="stretch")
    share = st.column_config.NumberColumn(format="percent")
    dollars = st.column_config.NumberColumn(format="$%.6f")
    sheets.show(
        Sheet(
            "errors-by-kind",
            "Errors by kind, and what they cost",
            latency_tables.kinds(told.errors),
            {
                "Share of calls": share,
                "Cost": dollars,
                "At most": dollars,
                **_counts("Calls", "Retries", "Without upper bound"),
            },
        )
    )
    sheets.show(
        Sheet(
            f"errors-by-{shown.by}",
            f"Errors by {shown.title.lower()}",
            latency_tables.failures(told.spend, told.errors, shown.by, shown.title),
            {"Share": share, **_counts("Calls", "Failed", "Withheld")},
        )
    )


def headroom(limits: RateLimits) -> None:
    """What is left of each known limit now; who says what the limit is."""
    frame = latency_tables.limits(limits)
    if frame.empty:
        st.subheader("Rate limits")
        notices.nothing_matches(
            "No rate limit is known: no call was refused by one.",
            "Google publishes no numbers; write yours, from AI Studio, into otel-config.yaml:",
        )
        st.code(LIMITS_EXAMPLE, language="yaml")
        return
    left = st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
    columns = _counts("Limit", "Used now", "Busiest minute today", "Refused today")
    sheets.show(Sheet("rate-limits", "Rate limits now", frame, {"Left": left, **columns}))
    st.caption(
        "Of all calls at this moment, whatever is chosen on the left. A configured limit is from otel-config.yaml, a "
        "learned one from Google's own refusals."
    )


def _counts(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, st.column_config.NumberColumn(format="localized"))


sidebar.heading("Latency and errors")
with notices.Explained():
    page(sidebar.window())
