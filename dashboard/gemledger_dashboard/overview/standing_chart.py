"""A budget as a picture: spent, where it will end, and the limit. Pure."""

import altair as alt
import pandas as pd

from gemledger_dashboard.drawing import formats, palette
from gemledger_dashboard.overview import overview_words
from gemledger_dashboard.overview.overview_answers import Standing

_HEIGHT = 22
_BAR, _BAND = 10, 18
_ROOM = 1.03
_FARTHEST = 2.0
"""Beyond twice the limit the picture ends: how far is in words."""


def standing(budget: Standing) -> alt.LayerChart | alt.FacetChart:
    """A bar of what is spent, a pale band where it will probably end, a line at the limit."""
    limit = budget.limit_pico_usd or 1
    farthest = max(limit, budget.spent_pico_usd, budget.end.high_pico_usd if budget.end else 0)
    end = min(farthest / limit * _ROOM, _FARTHEST)
    scale = alt.Scale(domain=[0, end], nice=False)
    x = alt.X("from:Q", scale=scale, axis=None, title=None)
    told = overview_words.budget_spent(budget)
    spent = _span(0, budget.spent_pico_usd / limit, end, told)
    track = alt.Chart(_span(0, end, end, told))
    layers = [track.mark_bar(color="#8895a2", opacity=0.16, size=_BAND)]
    if budget.end is not None:
        low, high = budget.end.low_pico_usd, budget.end.high_pico_usd
        words = f"likely {formats.usd(low)} to {formats.usd(high)}"
        band = _span(low / limit, high / limit, end, words)
        layers.append(alt.Chart(band).mark_bar(color=colour(budget), opacity=0.35, size=_BAND))
    layers.append(alt.Chart(spent).mark_bar(color=colour(budget), size=_BAR))
    line = _span(1, 1, end, f"limit {formats.usd(limit)}")
    drawn = [layer.encode(x=x, x2="to:Q", tooltip="Told:N") for layer in layers]
    tick = alt.Chart(line).mark_tick(color="#7b8794", thickness=3, size=_BAND)
    return alt.layer(
        *drawn,
        tick.encode(x=x, tooltip="Told:N"),
        height=_HEIGHT,
        padding={"left": 0, "right": 0, "top": 0, "bottom": 0},
        description=f"{budget.name}: {told}",
    )


def colour(budget: Standing) -> str:
    """Calm, or that of danger: the limit is reached, or more likely reached than not."""
    over = budget.spent_pico_usd >= (budget.limit_pico_usd or 1)
    likely = budget.end is not None and (budget.end.probability_over or 0.0) >= 0.5
    return palette.STATE["firing" if over else "pending" if likely else "inactive"]


def _span(begin: float, until: float, end: float, told: str) -> pd.DataFrame:
    return pd.DataFrame([{"from": min(begin, end), "to": min(until, end), "Told": told}])
