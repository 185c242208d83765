"""Efficiency as pictures: amounts that may not have had to be paid, and one figure over time. Pure."""

from collections.abc import Mapping

import altair as alt
import pandas as pd

from gemledger_dashboard.drawing import formats, palette
from gemledger_dashboard.drawing.lines import Lines, Point
from gemledger_dashboard.efficiency.efficiency_answers import Waste
from gemledger_dashboard.efficiency.efficiency_tiles import per_call, total
from gemledger_dashboard.spend.grouping import UNSET
from gemledger_dashboard.spend.spend_answers import Spend, SpendRow
from gemledger_dashboard.spend.sums import Sums

FIGURES: Mapping[str, str] = {
    "per-call": "Cost per call",
    "cached": "Cache-hit share",
    "thinking": "Thinking share",
}
_BAR = 34


def amounts(waste: Waste) -> alt.LayerChart | alt.FacetChart:
    """A bar for each amount, with the amount behind it."""
    rows = [
        ("More than just below the context step", waste.difference_pico_usd),
        ("Aborted streams", total(waste.streams)),
        ("Blocked answers", waste.blocked.cost_pico_usd),
        ("Failed calls", total(waste.failed)),
    ]
    frame = pd.DataFrame(
        [(name, formats.chart_dollars(pico), formats.usd(pico)) for name, pico in rows],
        columns=["What", "cost", "Amount"],
    )
    base = alt.Chart(frame).encode(
        y=alt.Y(
            "What:N",
            title=None,
            sort=None,
            axis=alt.Axis(labelLimit=260, ticks=False, domain=False),
        ),
        x=alt.X("cost:Q", title=None, axis=None, scale=alt.Scale(zero=True, padding=60)),
        tooltip=["What:N", "Amount:N"],
    )
    bars = base.mark_bar(color=palette.SERIES[0], cornerRadius=1)
    words = base.mark_text(align="left", dx=6, fontSize=13, color=palette.OTHERS).encode(
        text="Amount:N"
    )
    return alt.layer(
        bars,
        words,
        height=_BAR * len(rows),
        description="Amounts paid that may not have had to be, by what they were for",
    )


def over_time(spend: Spend, by: str, figure: str, colours: Mapping[str, str]) -> Lines:
    """One figure of each group over time; where it has none, there is no point."""
    cells: dict[tuple[str, str], tuple[SpendRow, Sums]] = {}
    for row in spend.rows:
        cell = (str(row.bucket_start), row.keys[by] or UNSET)
        cells[cell] = (row, row.sums + cells[cell][1] if cell in cells else row.sums)
    points = [
        Point(row.bucket_start, name, *value, sums.calls)
        for (_, name), (row, sums) in cells.items()
        if row.bucket_start is not None and (value := _value(sums, figure)) is not None
    ]
    return Lines(points, colours, FIGURES[figure])


def axis(figure: str) -> alt.Axis:
    """Dollars, or a share."""
    form = "$~g" if figure == "per-call" else ".0%"
    return alt.Axis(format=form, tickCount=5, domain=False, ticks=False)


def _value(sums: Sums, figure: str) -> tuple[float, str] | None:
    if figure == "per-call":
        pico = per_call(sums)
        return None if pico is None else (formats.chart_dollars(pico), formats.usd(pico))
    part, whole = (
        (sums.cache_read_tokens, sums.input_tokens)
        if figure == "cached"
        else (sums.thoughts_pico_usd, sums.cost_pico_usd)
    )
    return (part / whole, formats.share(part, whole)) if whole else None
