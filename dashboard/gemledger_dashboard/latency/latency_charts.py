"""Times and errors over time as pictures. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import altair as alt
import pandas as pd

from gemledger_dashboard.drawing import charts, formats, palette
from gemledger_dashboard.frame import narrowing
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.latency.latency_answers import Errors, Times
from gemledger_dashboard.latency.latency_tables import kind_name

MOST_LINES = 6
"""So many groups have a line: as many as there are shapes that are told apart."""
OTHER_KINDS = "Other kinds"

_SHAPES = {
    "circle": "●",
    "square": "■",
    "triangle-up": "▲",
    "diamond": "◆",
    "cross": "✚",
    "triangle-down": "▼",
}
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


@dataclass(frozen=True, slots=True)
class Lines:
    """What is drawn of one metric: the busiest groups, each with its colour and its shape."""

    rows: Sequence[Times]
    by: str
    quantile: str
    colours: Mapping[str, str]

    @property
    def names(self) -> list[str]:
        """Who has a line, the busiest first."""
        calls: dict[str, int] = {}
        for row in self.rows:
            name = row.keys[self.by] or narrowing.UNSET
            calls[name] = calls.get(name, 0) + row.calls
        return sorted(calls, key=lambda name: (-calls[name], name))[:MOST_LINES]

    @property
    def all_names(self) -> int:
        """How many groups there are, those without a line included."""
        return len({row.keys[self.by] for row in self.rows})

    def colour(self, name: str) -> str:
        """The group's own where it has one, else by its place."""
        return self.colours.get(name) or palette.SERIES[self.names.index(name)]

    def legend(self) -> str:
        """Names behind their shapes."""
        shaped = {
            f"{shape} {narrowing.shown(name)}": self.colour(name)
            for name, shape in zip(self.names, _SHAPES.values(), strict=False)
        }
        return charts.legend(list(shaped), shaped)


def times(lines: Lines, window: Window) -> alt.Chart:
    """A line per group through its bars; where no call was, is no point."""
    labels = charts.bucket_labels(window)
    names = lines.names
    frame = pd.DataFrame(
        [
            _point(row.bucket_start, row, lines, labels)
            for row in lines.rows
            if row.bucket_start is not None and _name(row, lines) in names
        ],
        columns=["when", "group", "seconds", "Time", "Calls"],
    )
    shapes = list(_SHAPES)[: len(names)]
    chart: alt.Chart = (
        alt.Chart(
            frame,
            height=charts.HEIGHT,
            description=f"{lines.quantile} over time, a line per group",
        )
        .mark_line(point=alt.OverlayMarkDef(size=45, filled=True), strokeWidth=2)
        .encode(
            x=charts.time_axis(list(labels.values()), bars=False),
            y=alt.Y(
                "seconds:Q",
                title=None,
                axis=alt.Axis(labelExpr=_SECONDS_AXIS, tickCount=5, domain=False, ticks=False),
            ),
            color=alt.Color(
                "group:N",
                legend=None,
                scale=alt.Scale(domain=names, range=[lines.colour(name) for name in names]),
            ),
            shape=alt.Shape("group:N", legend=None, scale=alt.Scale(domain=names, range=shapes)),
            tooltip=[
                alt.Tooltip("when:N", title="When"),
                alt.Tooltip("group:N", title="Group"),
                alt.Tooltip("Time:N", title=lines.quantile),
                alt.Tooltip("Calls:N"),
            ],
        )
    )
    return chart


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


def _name(row: Times, lines: Lines) -> str:
    return row.keys[lines.by] or narrowing.UNSET


def _point(
    start: datetime, row: Times, lines: Lines, labels: Mapping[datetime, str]
) -> tuple[object, ...]:
    seconds, when = row.seconds[lines.quantile], charts.label_at(labels, start)
    return when, _name(row, lines), seconds, formats.seconds(seconds), formats.count(row.calls)
