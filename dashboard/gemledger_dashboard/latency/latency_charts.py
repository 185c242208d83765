"""Times and errors over time as pictures. Pure."""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from gemledger_dashboard.drawing import charts, formats, palette
from gemledger_dashboard.drawing.lines import Lines, Point
from gemledger_dashboard.frame import narrowing
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.latency.latency_answers import Errors, Times
from gemledger_dashboard.latency.latency_tables import kind_name

OTHER_KINDS = "Other kinds"

_KIND_COLOURS: Mapping[str, str] = {
    "rate_limited_per_minute": palette.SERIES[1],
    "rate_limited_per_day": palette.SERIES[5],
    "unavailable": palette.SERIES[0],
    "server_error": palette.SERIES[3],
    "timeout": palette.SERIES[4],
    "safety": palette.SERIES[2],
    "cancelled": palette.SERIES[7],
    "network": palette.SERIES[6],
}
_SECONDS_AXIS = (
    "datum.value < 1 ? format(datum.value * 1000, '.0f') + ' ms' : format(datum.value, '~r') + ' s'"
)


def times(rows: Sequence[Times], by: str, quantile: str, colours: Mapping[str, str]) -> Lines:
    """One percentile of one metric as lines."""
    points = [
        Point(
            row.bucket_start,
            row.keys[by] or narrowing.UNSET,
            row.seconds[quantile],
            formats.seconds(row.seconds[quantile]),
            row.calls,
        )
        for row in rows
        if row.bucket_start is not None
    ]
    return Lines(points, colours, quantile)


def seconds_axis() -> alt.Axis:
    """Milliseconds below one second."""
    return alt.Axis(labelExpr=_SECONDS_AXIS, tickCount=5, domain=False, ticks=False)


def kind_colours(errors: Errors) -> dict[str, str]:
    """What is in the picture of errors, in words: the kinds that have a colour, then the others as one."""
    shown = {
        kind_name(kind): colour for kind, colour in _KIND_COLOURS.items() if kind in errors.kinds
    }
    others = any(kind not in _KIND_COLOURS for kind in errors.kinds)
    return shown | ({OTHER_KINDS: palette.OTHERS} if others else {})


def kinds(errors: Errors, window: Window) -> alt.Chart:
    """Stacked bars: calls that failed or were withheld, by kind."""
    labels, colours = charts.bucket_labels(window), kind_colours(errors)
    counted: dict[tuple[str, str], int] = {}
    for row in errors.rows:
        if row.bucket_start is None:
            continue
        kind = kind_name(row.kind) if row.kind in _KIND_COLOURS else OTHER_KINDS
        place = (charts.label_at(labels, row.bucket_start), kind)
        counted[place] = counted.get(place, 0) + row.figures.calls
    frame = pd.DataFrame(
        [(when, kind, list(colours).index(kind), n) for (when, kind), n in counted.items()],
        columns=["when", "Kind", "rank", "Calls"],
    )
    chart: alt.Chart = (
        alt.Chart(frame, height=220, description="Failed and withheld calls by kind over time")
        .mark_bar(cornerRadius=1)
        .encode(
            x=charts.time_axis(list(labels.values())),
            y=alt.Y(
                "Calls:Q",
                title=None,
                axis=alt.Axis(format="~s", tickMinStep=1, tickCount=4, domain=False, ticks=False),
            ),
            color=alt.Color(
                "Kind:N",
                legend=None,
                scale=alt.Scale(domain=list(colours), range=list(colours.values())),
            ),
            order=alt.Order("rank:Q"),
            tooltip=[
                alt.Tooltip("when:N", title="When"),
                alt.Tooltip("Kind:N"),
                alt.Tooltip("Calls:Q", format=","),
            ],
        )
    )
    return chart
