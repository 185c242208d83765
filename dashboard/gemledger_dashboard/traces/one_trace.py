"""The trace that the link points to: a waterfall, its spans as a table, and one of them in detail."""

import re

import streamlit as st

from gemledger_dashboard.drawing import formats, sheets, tiles
from gemledger_dashboard.frame import links, notices, sidebar
from gemledger_dashboard.frame.asking import ask
from gemledger_dashboard.frame.client import RefusedError
from gemledger_dashboard.traces import (
    call_tables,
    one_call,
    span_tables,
    trace_questions,
    waterfall,
)
from gemledger_dashboard.traces.trace_answers import Trace, TraceSpan

_POINTERS = ("trace", "span", "near")
_TRACE, _SPAN = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{16}")
_NOT_THERE = 404
_SCROLLS_FROM = 14
_TALL = 480


def section(trace_id: str) -> None:
    """Everything of one trace; or why there is nothing."""
    st.button("All calls", icon=":material/arrow_back:", on_click=_back)
    wanted = trace_id.lower()
    if not _TRACE.fullmatch(wanted):
        _no_id(trace_id)
        return
    try:
        answer = ask(trace_questions.trace(wanted, links.linked("near")))
    except RefusedError as problem:
        if problem.status != _NOT_THERE:
            raise
        _not_there(wanted)
        return
    notices.stale((answer,), sidebar.window().zone)
    _shown(answer.value)


def _shown(trace: Trace) -> None:
    chosen = _chosen(trace)
    tiles.row(_figures(trace))
    st.caption(formats.plain(_words(trace)))
    _waterfall(trace, chosen)
    picked = _table(trace)
    if picked is not None and picked.span_id != chosen.span_id:
        links.link("span", picked.span_id)
        st.rerun()
    one_call.section(trace, chosen)


def _chosen(trace: Trace) -> TraceSpan:
    """The span of the link; else the first call; else the first span."""
    wanted = (links.linked("span") or "").lower()
    found = trace.span(wanted)
    if wanted and found is None:
        cut = " among its first spans" if trace.truncated else ""
        notices.link_problems(
            [f"This trace has no span “{wanted[:40]}”{cut}. The first call is shown in detail."]
            if _SPAN.fullmatch(wanted)
            else [f"“{wanted[:40]}” is no id of a span: 16 hexadecimal digits are."]
        )
    calls = (span for span in trace.spans if span.call is not None)
    return found or next(calls, trace.spans[0])


def _figures(trace: Trace) -> list[tiles.Tile]:
    failed = sum(span.failed for span in trace.spans)
    unpriced = "of all its calls" if trace.calls else "no model call"
    if trace.unpriced_calls:
        unpriced = f"{formats.plural(trace.unpriced_calls, 'call')} without a price, in no total"
    return [
        tiles.Tile("Cost of the trace", formats.usd(trace.cost_pico_usd), unpriced),
        tiles.Tile(
            "Calls",
            formats.count(trace.calls),
            f"in {formats.plural(len(trace.spans), 'span')}",
        ),
        tiles.Tile(
            "Lasted",
            call_tables.milliseconds(trace.duration_ms),
            f"from {formats.instant(trace.start, sidebar.window().zone)}",
        ),
        tiles.Tile("Failed spans", formats.count(failed), "named in the picture and the table"),
    ]


def _words(trace: Trace) -> str:
    said = f"Trace {trace.trace_id}"
    if trace.services:
        said += f", of {', '.join(name[:60] for name in trace.services[:5])}"
    return f"{said}.{_left_out(trace)}"


def _left_out(trace: Trace) -> str:
    """How many spans are not shown; empty where all are."""
    if len(trace.spans) <= waterfall.MOST:
        return ""
    most, asked = formats.count(waterfall.MOST), formats.count(len(trace.spans))
    if trace.truncated:
        return f" It has more than {asked} spans: the figures are of the first {asked}, and {most} of them are shown."
    more = formats.plural(len(trace.spans) - waterfall.MOST, "span")
    return (
        f" The figures are of all {asked} spans; the first {most} are shown, {more} more are not."
    )


def _waterfall(trace: Trace, chosen: TraceSpan) -> None:
    st.subheader("Waterfall")
    dark = st.context.theme.type == "dark"
    look = waterfall.Look(sidebar.model_colours(), "#e4e9ee" if dark else "#1c2733", chosen.span_id)
    st.caption(
        "One bar for each span, what it called below it; models in their colours, everything else grey. "
        "◆ first chunk | ┃ a request was answered | ✗ failed"
    )
    many = len(trace.spans) > _SCROLLS_FROM
    with st.container(height=_TALL if many else "content", border=many):
        for chart in waterfall.parts(trace, look):
            st.altair_chart(chart, width="stretch", alt=waterfall.summary(trace))


def _table(trace: Trace) -> TraceSpan | None:
    spans = trace.spans[: waterfall.MOST]
    sheet = sheets.Sheet("spans", "Spans", span_tables.spans(spans), {})
    row = sheets.show(sheet, rows_are_chosen=True)
    return None if row is None or row >= len(spans) else spans[row]


def _not_there(trace_id: str) -> None:
    st.info(
        f"No span of trace {formats.plain(trace_id)} is stored. It was never sent, a sampler left it out (its cost is "
        "in the sums all the same), or it is older than what retention keeps: 400 days at most are looked through.",
        icon=":material/search_off:",
    )
    if links.linked("near") is not None:
        st.button("Look at any time", on_click=links.unlink, args=("near",))


def _no_id(text: str) -> None:
    st.info(
        f"“{formats.plain(text[:80])}” is no id of a trace: that is 32 hexadecimal digits, as in "
        "`?trace=0af7651916cd43dd8448eb211c80319c`.",
        icon=":material/link_off:",
    )


def _back() -> None:
    for name in _POINTERS:
        links.unlink(name)
