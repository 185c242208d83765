"""The pictures: altair charts from typed answers. Pure; what is drawn is a float, what is read text.

Time goes on an axis as text that was made on the reader's chosen clock: a browser in another zone
would shift moments, never words.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape

import altair as alt

from gemledger_dashboard.drawing import palette
from gemledger_dashboard.frame.filters import Window

HEIGHT = 320


def bucket_labels(window: Window) -> dict[datetime, str]:
    """Text for each bar of a window, by its beginning in UTC; no text comes twice."""
    starts = window.buckets()
    spans_years = starts[0].year != starts[-1].year
    labels: dict[datetime, str] = {}
    for start in starts:
        text = f"{start.day} {start:%b}" + (f" {start.year}" if spans_years else "")
        if window.bucket == "hour":
            text += f", {start:%H:%M}"
            if text in labels.values():
                text += f" {start.tzname()}"  # the hour that autumn repeats
        labels[start.astimezone(UTC)] = text
    return labels


def label_at(labels: Mapping[datetime, str], start: datetime) -> str:
    """The text of the bar a moment is in; nothing that was answered is left out of a picture."""
    starts = list(labels)
    place = bisect_right(starts, start.astimezone(UTC)) - 1
    return labels[starts[max(place, 0)]]


def legend(names: Sequence[str], colours: Mapping[str, str]) -> str:
    """A legend in HTML that wraps on a small screen; names are escaped, they are foreign text."""
    items = "".join(
        '<li style="display:inline-flex;align-items:center;gap:.4rem;margin:0">'
        '<span aria-hidden="true" style="width:.75rem;height:.75rem;border-radius:.2rem;'
        f'background:{colours.get(name, palette.OTHERS)}"></span>{escape(name)}</li>'
        for name in names
    )
    return (
        '<ul aria-label="Legend" style="display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;margin:0;'
        f'padding:0;list-style:none;font-size:.875rem">{items}</ul>'
    )


def time_axis(labels: Sequence[str], *, bars: bool = True) -> alt.X:
    """An axis with a place for every bucket, also for empty ones; labels thin out by themselves."""
    scale = alt.Scale(domain=list(labels), padding=0.5)
    if bars:
        scale = alt.Scale(domain=list(labels), paddingInner=0.25, paddingOuter=0.1)
    return alt.X(
        "when:O",
        title=None,
        scale=scale,
        axis=alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=12, ticks=False),
    )


def dollar_axis(highest: float) -> alt.Axis:
    """An axis of dollars with as many decimals as its highest value needs."""
    decimals = 0 if highest >= 20 else 2 if highest >= 0.1 else 4
    return alt.Axis(format=f"$,.{decimals}f", tickCount=5, domain=False, ticks=False)
