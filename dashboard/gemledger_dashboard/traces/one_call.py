"""One span in detail: a call with its price and how that came about; of any other what it tells of itself."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from gemledger_dashboard.drawing import formats, sheets, tiles
from gemledger_dashboard.frame import notices, sidebar
from gemledger_dashboard.frame.asking import ask
from gemledger_dashboard.traces import (
    call_tables,
    content,
    span_tables,
    trace_questions,
    words,
)
from gemledger_dashboard.traces.call_answers import Call
from gemledger_dashboard.traces.trace_answers import SingleCall, Trace, TraceSpan


def section(trace: Trace, span: TraceSpan) -> None:
    """All there is to say of it."""
    st.header(formats.plain(f"{'Call' if span.call else 'Span'}: {call_tables.cut(span.name)}"))
    if span.call is None:
        _other(span)
        return
    near = f"{span.start:%Y-%m-%dT%H:%M:%SZ}"
    with notices.Explained():
        single = ask(trace_questions.single_call(trace.trace_id, span.span_id, near)).value
        _call(single, span)


def _other(span: TraceSpan) -> None:
    """A span that is no model call: nothing of it is billed."""
    st.caption("No model call: it costs nothing by itself.")
    if span.status_message:
        st.text(span.status_message)
    _everything({"attributes": span.attributes}, span)


def _call(single: SingleCall, span: TraceSpan) -> None:
    call = single.call
    for sentence in words.what_is_so(call):
        st.warning(formats.plain(sentence), icon=":material/info:")
    if single.superseded_by:
        st.info(
            "Another instrumentation told of the same call, and counts instead of this span: "
            f"{formats.plain(single.superseded_by)}.",
            icon=":material/content_copy:",
        )
    if beside := words.told_by(call):
        st.caption(formats.plain(beside))
    tiles.row(_figures(single))
    _why(single)
    _price(single)
    _exchanges(single)
    _payer(call)
    content.section(call)
    st.page_link(
        "views/quality.py",
        label="Verdicts on this answer",
        icon=":material/fact_check:",
        query_params={"trace": call.trace_id, **sidebar.window().params()},
    )
    _everything(single.others, span)


def _figures(single: SingleCall) -> list[tiles.Tile]:
    call, went = single.call, single.call.outcome
    known = [word for word in (words.status(call.cost), _upper(call)) if word]
    return [
        tiles.Tile("Cost", formats.usd(call.cost.pico_usd), " | ".join(known)),
        tiles.Tile("Input tokens", call_tables.count(call.tokens.input), _input(call)),
        tiles.Tile("Output tokens", call_tables.count(call.tokens.output), _output(call)),
        tiles.Tile("Lasted", call_tables.milliseconds(call.duration_ms), _first_chunk(call)),
        tiles.Tile(
            "Tries",
            call_tables.count(went.attempts),
            _tries(single),
            "A request that failed and was sent again is another try; one call may need several requests.",
        ),
    ]


def _upper(call: Call) -> str:
    if call.cost.upper_pico_usd is None:
        return ""
    return f"at most {formats.usd(call.cost.upper_pico_usd)}"


def _input(call: Call) -> str:
    tokens = call.tokens
    told = [f"{call_tables.count(tokens.cache_read)} from a cache"]
    told += [f"{formats.count(tokens.tool_use)} from tools"] if tokens.tool_use else []
    return ", ".join(told)


def _output(call: Call) -> str:
    thoughts = call.tokens.thoughts
    return f"{formats.count(thoughts)} of them thinking" if thoughts else "no thinking told"


def _first_chunk(call: Call) -> str:
    if call.first_chunk_ms is None:
        return "not streamed, or not told"
    return f"first chunk after {call_tables.milliseconds(call.first_chunk_ms)}"


def _tries(single: SingleCall) -> str:
    requests = single.call.outcome.exchanges
    told = [] if requests is None else [formats.plural(requests, "request")]
    if single.retry_statuses:
        told.append(f"tried again after {', '.join(single.retry_statuses)}")
    return ", ".join(told) or "not told"


def _why(single: SingleCall) -> None:
    """Doubts about the cost, and what was mended, in words."""
    cost = single.call.cost
    if cost.reasons and cost.status != "unpriced":
        _listed(f"Why the cost is “{words.status(cost)}”", words.reasons(cost.reasons))
    if single.call.repairs:
        _listed("What the collector mended", words.repairs(single.call.repairs))


def _listed(title: str, sentences: list[str]) -> None:
    said = "\n".join(f"- {formats.plain(sentence)}" for sentence in sentences)
    st.markdown(f"**{formats.plain(title)}**\n\n{said}")


def _price(single: SingleCall) -> None:
    """The lines, what they are the product of, and where the rates were read."""
    if single.call.cost.pico_usd is None and single.app.cost.pico_usd is None:
        return
    sheets.show(sheets.Sheet("cost-lines", "Cost", span_tables.lines(single), {}))
    _disagreement(single)
    if single.workings:
        sheets.show(
            sheets.Sheet(
                "workings",
                "How it was priced",
                span_tables.workings(single),
                {"Count": st.column_config.NumberColumn(format="localized")},
            )
        )
    if single.rows:
        source = st.column_config.LinkColumn(help="The page on which the rates were read")
        sheets.show(
            sheets.Sheet("price-rows", "Rates", span_tables.rows(single.rows), {"Source": source})
        )
    _older_book(single)


def _disagreement(single: SingleCall) -> None:
    app = single.app
    if app.cost.pico_usd is None or app.cost.pico_usd == single.call.cost.pico_usd:
        return
    by = f" by its price book {app.book}" if app.book else ""
    st.caption(
        formats.plain(
            f"The app itself reckoned {span_tables.exact(app.cost.pico_usd)}{by}. The collector's price is the bill."
        )
    )


def _older_book(single: SingleCall) -> None:
    """Say where rates cannot be shown, and by which book the call was priced."""
    missing = set(single.row_names) - {row.row for row in single.rows}
    said = f"Priced by book {single.book}." if single.book else ""
    if missing:
        said += f" Not in the book that is in use now: {', '.join(sorted(missing))}."
    if said:
        st.caption(formats.plain(said.strip()))


def _exchanges(single: SingleCall) -> None:
    if not single.exchanges:
        return
    frame = span_tables.exchanges(single.exchanges, single.call)
    sheets.show(sheets.Sheet("exchanges", "Requests of this call", frame, {}))


def _payer(call: Call) -> None:
    told = {name: text for name, text in span_tables.payer(call).items() if text}
    st.subheader("Who pays")
    if not any((call.payer.team, call.payer.feature, call.payer.user, call.payer.cost_center)):
        st.caption("Nobody is named: neither the app nor a rule of the collector says whose it is.")
    st.markdown(
        " | ".join(
            f"{name}: **{formats.plain(call_tables.cut(text) or '')}**"
            for name, text in told.items()
        )
    )


def _everything(groups: Mapping[str, Mapping[str, Any]], span: TraceSpan) -> None:
    """What else is told, behind a click."""
    with st.expander("Everything else that was told"):
        frame = span_tables.attributes(groups)
        if len(frame):
            sheets.show(sheets.Sheet("attributes", "Attributes", frame, {}))
        if span.events:
            sheets.show(sheets.Sheet("events", "Events", span_tables.events(span), {}))
        if not len(frame) and not span.events:
            st.caption("Nothing.")
