"""A budget as a picture: what was spent, and the thresholds on the way to the limit. Pure."""

import altair as alt
import pandas as pd

from gemledger_dashboard.alerts.limit_answers import Budget
from gemledger_dashboard.drawing import formats, palette

_BAR, _TRACK, _LABELS = 14, 28, 26
_ROOM = 1.04
_FARTHEST = 1.5  # beyond this a bar fills the track: its thresholds must stay apart


def budget(state: Budget) -> alt.LayerChart | alt.FacetChart:
    """A bar on a track from nothing to the limit; each threshold a line with its percentage."""
    spent = formats.chart_percent(state.spent_pico_usd, state.limit_pico_usd)
    steps = sorted({step.percent for step in state.thresholds} | {100})
    end = min(max(steps[-1], spent) * _ROOM, steps[-1] * _FARTHEST)
    x = alt.X(
        "percent:Q",
        scale=alt.Scale(domain=[0, end], nice=False),
        axis=alt.Axis(
            values=steps,
            labelExpr="datum.label + ' %'",
            title=None,
            ticks=False,
            domain=False,
            grid=False,
            labelOverlap="greedy",
        ),
    )
    track = _layer(end).mark_bar(color="#8895a2", opacity=0.16, cornerRadius=4, size=_TRACK)
    bar = _layer(min(spent, end)).mark_bar(color=colour(state), cornerRadius=3, size=_BAR)
    lines = alt.Chart(pd.DataFrame([_step(state, percent) for percent in steps])).mark_tick(
        color="#7b8794", thickness=2, size=_TRACK
    )
    return alt.layer(
        track.encode(x=x),
        bar.encode(x=x),
        lines.encode(x=x, tooltip=["Threshold:N", "Amount:N", "State:N"]),
        height=_TRACK + _LABELS,
        padding={"left": 0, "right": 0, "top": 0, "bottom": 0},
        description=f"{state.name}: {spent:.0f} % of the budget is spent",
    )


def colour(state: Budget) -> str:
    """Calm while nothing fires; the colour of firing as soon as one threshold does."""
    firing = any(step.state == "firing" for step in state.thresholds)
    over = state.spent_pico_usd >= state.limit_pico_usd
    return palette.STATE["firing" if over else "pending" if firing else "inactive"]


def threshold_amount(state: Budget, percent: int) -> int:
    """The amount in picoUSD from which a threshold counts as reached."""
    return -(-state.limit_pico_usd * percent // 100)


def _layer(percent: float) -> alt.Chart:
    return alt.Chart(pd.DataFrame([{"percent": percent}]))


def _step(state: Budget, percent: int) -> dict[str, str | int]:
    known = {step.percent: step.state for step in state.thresholds}
    return {
        "percent": percent,
        "Threshold": f"{percent} %",
        "Amount": formats.usd(threshold_amount(state, percent)),
        "State": known.get(percent, "the limit"),
    }
