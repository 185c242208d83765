"""What changed, as lines across a chart over time: a new prompt version, another model. Pure."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from gemledger_dashboard.drawing import formats, palette
from gemledger_dashboard.drawing.charts import bucket_labels, label_at, time_axis
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.quality.quality_answers import Change
from gemledger_dashboard.spend.grouping import UNSET

MOST_NAMED = 4
"""Lines that are still told apart when each has its name on top."""
_MOST_TOLD = 3
_NAME_LETTERS = 18


def over(
    chart: alt.LayerChart | alt.FacetChart, changes: Sequence[Change], window: Window
) -> alt.LayerChart | alt.FacetChart:
    """The chart with a line in every bucket in which something changed; on hovering, what."""
    if not changes:
        return chart
    labels = bucket_labels(window)
    by_bucket: dict[str, list[Change]] = {}
    for change in changes:
        by_bucket.setdefault(label_at(labels, change.time), []).append(change)
    frame = pd.DataFrame([_mark(when, found, window) for when, found in by_bucket.items()])
    base = alt.Chart(frame).encode(
        x=time_axis(list(labels.values()), bars=False), tooltip=["Changed:N", "At:N"]
    )
    line = base.mark_rule(color=palette.OTHERS, strokeDash=[4, 3], strokeWidth=2)
    # A line of two pixels is hard to hit: what is hovered is wider than what is seen.
    hovered = base.mark_rule(color=palette.OTHERS, strokeWidth=10, opacity=0)
    named = base.mark_text(
        color=palette.OTHERS, align="center", baseline="bottom", dy=-3, fontSize=11
    ).encode(y=alt.value(0), text="name:N")
    layers = (chart, line, hovered, *([named] if len(frame) <= MOST_NAMED else []))
    marked: alt.LayerChart | alt.FacetChart = alt.layer(*layers)
    return marked


def in_words(change: Change) -> str:
    """One change: whose, what, from what to what."""
    kind = change.kind.replace("_", " ")
    return f"{change.feature or UNSET}: {kind} {change.before} → {change.after}"


def moment(change: Change, window: Window) -> str:
    """When, on the reader's clock; "about" where only the quarter of an hour is known."""
    at = formats.instant(change.time, window.zone)
    return at if change.exact else f"about {at}"


def _mark(when: str, found: Sequence[Change], window: Window) -> dict[str, str]:
    told = [in_words(change) for change in found[:_MOST_TOLD]]
    more = len(found) - len(told)
    name = found[0].after if len(found) == 1 else f"{len(found)} changes"
    short = name if len(name) <= _NAME_LETTERS else f"{name[: _NAME_LETTERS - 1]}…"
    return {
        "when": when,
        "name": short,
        "Changed": "; ".join([*told, *([f"and {more} more"] if more else [])]),
        "At": ", ".join(dict.fromkeys(moment(change, window) for change in found[:_MOST_TOLD])),
    }
