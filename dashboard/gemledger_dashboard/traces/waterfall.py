"""A trace drawn as bars on one time axis: what ran when, within what, and what became of it. Pure.

What a colour says is said by a shape and a word, too: a failed span has a cross and its error, the first chunk a
diamond, the end of each exchange a stroke.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from gemledger_dashboard.drawing import formats, palette
from gemledger_dashboard.traces import call_tables, words
from gemledger_dashboard.traces.trace_answers import EXCHANGE, Trace, TraceSpan

MOST = 500
"""So many spans are drawn at most."""
PART = 100
"""So many spans in one picture: a browser cannot draw one of any height."""
ROW_HEIGHT = 34
_BAR = 9
_NAME, _DEEPEST, _STEP = 38, 8, 12
_AXIS_HEIGHT = 48
SHAPES: Mapping[str, str] = {
    "first chunk": "diamond",
    "request answered": "M-.25,-1.4L.25,-1.4L.25,1.4L-.25,1.4Z",
    "failed": "M-1,-.6L-.6,-1L0,-.4L.6,-1L1,-.6L.4,0L1,.6L.6,1L0,.4L-.6,1L-1,.6L-.4,0Z",
}
"""What is marked on a bar: a diamond, an upright stroke, a cross."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a picture depends on besides the trace: colours of models, and of text on this background."""

    models: Mapping[str, str]
    text: str
    chosen: str | None = None


def parts(trace: Trace, look: Look) -> Iterator[alt.LayerChart]:
    """The waterfall, in pictures of a hundred spans that share one time axis."""
    drawn = trace.spans[:MOST]
    for begin in range(0, len(drawn), PART):
        yield _picture(trace, drawn[begin : begin + PART], look)


def summary(trace: Trace) -> str:
    """The picture in words, for who cannot see it."""
    failed = sum(span.failed for span in trace.spans)
    return (
        f"Waterfall of {formats.plural(len(trace.spans), 'span')} over "
        f"{call_tables.milliseconds(trace.duration_ms)}, {failed} failed; the table below has each of them"
    )


def caption(span: TraceSpan) -> str:
    """A span's name as it stands above its bar: cut, and with what went wrong."""
    if not span.failed:
        return _cut(span.name, _NAME)
    half = _NAME // 2
    return f"\N{BALLOT X} {_cut(span.name, half)}: {_cut(went_wrong(span), half)}"


def went_wrong(span: TraceSpan) -> str:
    """In a word or two, what became of a span that failed."""
    told = words.error(span.call.outcome) if span.call is not None else None
    return _cut(told or span.status_message or "error", _NAME)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def side(span: TraceSpan) -> str:
    """What stands at the right of a span: how long it took, and what it cost."""
    told = [call_tables.milliseconds(span.duration_ms)]
    if span.call is not None and span.superseded_by is None:
        told.append(call_tables.cost(span.call.cost))
    return "  ".join(told)


def _picture(trace: Trace, spans: Sequence[TraceSpan], look: Look) -> alt.LayerChart:
    seconds = trace.duration_ms >= 10_000
    scale = 1000.0 if seconds else 1.0
    frame = pd.DataFrame(
        [
            _bar(place, span, scale) | {"chosen": span.span_id == look.chosen}
            for place, span in enumerate(spans)
        ]
    )
    longest = max(trace.duration_ms / scale, 1e-6)
    x = alt.X(
        "begin:Q",
        title="seconds since the trace began" if seconds else "milliseconds since the trace began",
        scale=alt.Scale(domain=[0, longest], nice=False),
        axis=alt.Axis(orient="top", grid=True, tickCount=5),
    )
    base = alt.Chart(frame).encode(y=alt.Y("row:O", axis=None, scale=alt.Scale(padding=0)))
    layers = [
        base.transform_filter("datum.chosen").mark_rect(opacity=0.12, color=palette.SCORE),
        _bars(base, frame, x, look),
        *_marks(spans, scale, look),
        *_texts(base, look),
    ]
    return alt.LayerChart(layer=layers, height=ROW_HEIGHT * len(spans) + _AXIS_HEIGHT)


def _bars(base: alt.Chart, frame: pd.DataFrame, x: alt.X, look: Look) -> alt.Chart:
    kinds = list(dict.fromkeys(frame["kind"]))
    failing = alt.condition("datum.failed", alt.value(palette.STATE["firing"]), alt.value(None))
    chart: alt.Chart = base.mark_bar(
        size=_BAR, yOffset=7, cornerRadius=2, strokeWidth=1.5, minBandSize=2
    ).encode(
        x=x,
        x2="end:Q",
        color=alt.Color(
            "kind:N",
            legend=None,
            scale=alt.Scale(
                domain=kinds, range=[look.models.get(kind, palette.OTHERS) for kind in kinds]
            ),
        ),
        stroke=failing,
        tooltip=[
            alt.Tooltip(f"{name}:N")
            for name in ("Span", "Outcome", "Began after", "Lasted", "First chunk", "Cost")
        ],
    )
    return chart


def _texts(base: alt.Chart, look: Look) -> list[alt.Chart]:
    """The name of each span at the left, deeper ones further in; time and cost at the right."""
    style: dict[str, Any] = {"fontSize": 12, "dy": -8, "color": look.text, "baseline": "middle"}
    names = [
        base.transform_filter(f"datum.depth == {depth}")
        .mark_text(align="left", dx=4 + _STEP * depth, **style)
        .encode(x=alt.value(0), text="label:N")
        for depth in range(_DEEPEST + 1)
    ]
    sides = base.mark_text(align="right", dx=-4, **style).encode(
        x=alt.value("width"), text="side:N"
    )
    return [*names, sides]


def _marks(spans: Sequence[TraceSpan], scale: float, look: Look) -> list[alt.Chart]:
    rows = [mark for place, span in enumerate(spans) for mark in _marks_of(place, span, scale)]
    if not rows:
        return []
    chart: alt.Chart = (
        alt.Chart(pd.DataFrame(rows))
        .mark_point(filled=True, size=70, yOffset=7, opacity=1, color=look.text)
        .encode(
            y=alt.Y("row:O", axis=None),
            x="at:Q",
            shape=alt.Shape(
                "what:N",
                legend=None,
                scale=alt.Scale(domain=list(SHAPES), range=list(SHAPES.values())),
            ),
            tooltip=[alt.Tooltip("what:N", title="What"), alt.Tooltip("after:N", title="After")],
        )
    )
    return [chart]


def _marks_of(place: int, span: TraceSpan, scale: float) -> Iterator[dict[str, Any]]:
    """What is marked on a bar."""

    def mark(what: str, offset_ms: float) -> dict[str, Any]:
        after = call_tables.milliseconds(offset_ms - span.offset_ms)
        return {"row": place, "what": what, "at": offset_ms / scale, "after": after}

    if span.call is not None and span.call.first_chunk_ms is not None:
        yield mark("first chunk", span.offset_ms + span.call.first_chunk_ms)
    for event in span.events:
        if event.name == EXCHANGE and event.time is not None:
            since = (event.time - span.start).total_seconds() * 1000
            yield mark("request answered", span.offset_ms + since)
    if span.failed:
        yield mark("failed", span.offset_ms + (span.duration_ms or 0.0))


def _bar(place: int, span: TraceSpan, scale: float) -> dict[str, Any]:
    call = span.call
    return {
        "row": place,
        "depth": min(span.depth, _DEEPEST),
        "label": caption(span),
        "side": side(span),
        "kind": "" if call is None else call.served.model or "",
        "failed": span.failed,
        "begin": span.offset_ms / scale,
        "end": (span.offset_ms + (span.duration_ms or 0.0)) / scale,
        "Span": call_tables.cut(span.name),
        "Outcome": went_wrong(span) if span.failed else "ok",
        "Began after": call_tables.milliseconds(span.offset_ms),
        "Lasted": call_tables.milliseconds(span.duration_ms),
        "First chunk": call_tables.milliseconds(None if call is None else call.first_chunk_ms),
        "Cost": formats.MISSING if call is None else call_tables.cost(call.cost),
    }
