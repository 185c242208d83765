"""Lines over time, one for each group: told apart by colour and by shape. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import altair as alt
import pandas as pd

from gemledger_dashboard.drawing import charts, formats, palette
from gemledger_dashboard.frame import narrowing
from gemledger_dashboard.frame.filters import Window

MOST = 6
"""So many groups have a line: as many as there are shapes that are told apart."""

_SHAPES = {
    "circle": "●",
    "square": "■",
    "triangle-up": "▲",
    "diamond": "◆",
    "cross": "✚",
    "triangle-down": "▼",
}


@dataclass(frozen=True, slots=True)
class Point:
    """A group's figure in one bucket, how it is read, and of how many calls it is."""

    start: datetime
    name: str
    value: float
    text: str
    calls: int


@dataclass(frozen=True, slots=True)
class Lines:
    """What is drawn: points of the busiest groups; `title` is what the figure is called."""

    points: Sequence[Point]
    colours: Mapping[str, str]
    title: str

    @property
    def names(self) -> list[str]:
        """Every group, the busiest first."""
        calls: dict[str, int] = {}
        for point in self.points:
            calls[point.name] = calls.get(point.name, 0) + point.calls
        return sorted(calls, key=lambda name: (-calls[name], name))

    @property
    def drawn(self) -> list[str]:
        """Those that have a line."""
        return self.names[:MOST]

    def colour(self, name: str) -> str:
        """The group's own where it has one, else by its place."""
        return self.colours.get(name) or palette.SERIES[self.drawn.index(name)]

    def legend(self) -> str:
        """Names behind their shapes, as HTML."""
        shaped = {
            f"{shape} {narrowing.shown(name)}": self.colour(name)
            for name, shape in zip(self.drawn, _SHAPES.values(), strict=False)
        }
        return charts.legend(list(shaped), shaped)

    def left_out(self) -> str:
        """How many groups have no line, in words; empty where all have one."""
        rest = len(self.names) - len(self.drawn)
        return f"The {MOST} busiest; {formats.count(rest)} more in the table." if rest else ""


def chart(lines: Lines, window: Window, axis: alt.Axis) -> alt.Chart:
    """A line per group through its bars; where no call was, is no point."""
    labels, names = charts.bucket_labels(window), lines.drawn
    frame = pd.DataFrame(
        [
            (
                charts.label_at(labels, each.start),
                each.name,
                each.value,
                each.text,
                formats.count(each.calls),
            )
            for each in lines.points
            if each.name in names
        ],
        columns=["when", "group", "value", "Text", "Calls"],
    )
    colours = [lines.colour(name) for name in names]
    shapes = list(_SHAPES)[: len(names)]
    drawn: alt.Chart = (
        alt.Chart(
            frame, height=charts.HEIGHT, description=f"{lines.title} over time, a line per group"
        )
        .mark_line(point=alt.OverlayMarkDef(size=45, filled=True), strokeWidth=2)
        .encode(
            x=charts.time_axis(list(labels.values()), bars=False),
            y=alt.Y("value:Q", title=None, axis=axis),
            color=alt.Color("group:N", legend=None, scale=alt.Scale(domain=names, range=colours)),
            shape=alt.Shape("group:N", legend=None, scale=alt.Scale(domain=names, range=shapes)),
            tooltip=[
                alt.Tooltip("when:N", title="When"),
                alt.Tooltip("group:N", title="Group"),
                alt.Tooltip("Text:N", title=lines.title),
                alt.Tooltip("Calls:N"),
            ],
        )
    )
    return drawn
