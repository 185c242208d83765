"""Pictures of spend: bars over time by whatever it is broken down by, and two periods side by side. Pure.

A bar that is chosen tells its bucket and its rank, never a name: names are foreign text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import altair as alt
import pandas as pd

from gemledger_dashboard.drawing import charts, formats, palette
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.spend import ways
from gemledger_dashboard.spend.grouping import Series
from gemledger_dashboard.spend.sums import Sums

BAR = "bar"
"""The name of the selection."""
LINE_HEIGHT = 36
_COLUMNS = ("when", "rank", "name", "cost", "Cost", "Share", "Calls", "Unpriced calls")


@dataclass(frozen=True, slots=True)
class Look:
    """How bars are drawn: the word of `ways.AS`, what each name is called, its colour."""

    shown_as: str
    by: str
    labels: Mapping[str, str]
    colours: Mapping[str, str]


def bars(series: Series, window: Window, look: Look) -> alt.Chart:
    """Stacked bars of cost, the dearest at the bottom; all of one height where shares are drawn."""
    whens = charts.bucket_labels(window)
    frame = pd.DataFrame(_cells(series, whens, look), columns=list(_COLUMNS))
    highest = frame.groupby("when")["cost"].sum().max() if len(frame) else 0.0
    named = [look.labels[name] for name in series.names]
    chart: alt.Chart = (
        alt.Chart(frame, height=charts.HEIGHT)
        .mark_bar(cornerRadius=1, cursor="pointer")
        .encode(
            x=charts.time_axis(list(whens.values())),
            y=_height(look, float(highest)),
            color=alt.Color(
                "name:N",
                legend=None,
                scale=alt.Scale(
                    domain=named,
                    range=[look.colours.get(name, palette.OTHERS) for name in series.names],
                ),
            ),
            order=alt.Order("rank:Q"),
            tooltip=_tooltip(look),
        )
        .add_params(alt.selection_point(name=BAR, fields=["when", "rank"]))
    )
    return chart


def two_periods(
    now: Mapping[datetime, Sums], before: Sequence[Sums], window: Window
) -> alt.LayerChart:
    """A bar for each bucket of the window, and a tick where the same one of the period before was."""
    whens = charts.bucket_labels(window)
    rows = [
        _pair(text, now.get(start, Sums()), before[place] if place < len(before) else None)
        for place, (start, text) in enumerate(whens.items())
    ]
    frame = pd.DataFrame(rows, columns=["when", "rank", "cost", "before", "Cost", "Before"])
    highest = frame[["cost", "before"]].max().max() if len(frame) else 0.0
    axis = charts.dollar_axis(float(highest))
    base = alt.Chart(frame, height=charts.HEIGHT).encode(
        x=charts.time_axis(list(whens.values())),
        tooltip=[
            alt.Tooltip("when:N", title="When"),
            alt.Tooltip("Cost:N"),
            alt.Tooltip("Before:N"),
        ],
    )
    drawn = (
        base.mark_bar(cornerRadius=1, color=palette.SERIES[0], cursor="pointer")
        .encode(y=alt.Y("cost:Q", title=None, axis=axis))
        .add_params(alt.selection_point(name=BAR, fields=["when", "rank"]))
    )
    ticks = base.mark_tick(color=palette.SERIES[1], thickness=3).encode(
        y=alt.Y("before:Q", title=None)
    )
    layers: alt.LayerChart = alt.layer(drawn, ticks)  # type: ignore[assignment]  # of charts without facets
    return layers


def _pair(text: str, now: Sums, before: Sums | None) -> dict[str, object]:
    """A bucket with the one of the period before; no tick where that had no calls."""
    before = before if before is not None and before.calls else None
    return {
        "when": text,
        "rank": -1,
        "cost": formats.chart_dollars(now.cost_pico_usd),
        "before": None if before is None else formats.chart_dollars(before.cost_pico_usd),
        "Cost": formats.usd(now.priced_pico_usd),
        "Before": formats.usd(None if before is None else before.priced_pico_usd),
    }


def _cells(series: Series, whens: Mapping[datetime, str], look: Look) -> list[dict[str, object]]:
    wholes: dict[datetime, int] = {}
    for (start, _), sums in series.sums.items():
        wholes[start] = wholes.get(start, 0) + sums.cost_pico_usd
    counted = look.by != ways.KIND
    return [
        {
            "when": charts.label_at(whens, start),
            "rank": series.names.index(name),
            "name": look.labels[name],
            "cost": formats.chart_dollars(sums.cost_pico_usd),
            "Cost": formats.usd(sums.priced_pico_usd),
            "Share": formats.share(sums.cost_pico_usd, wholes[start.astimezone(UTC)]),
            "Calls": formats.count(sums.calls) if counted else formats.MISSING,
            "Unpriced calls": formats.count(sums.unpriced_calls) if counted else formats.MISSING,
        }
        for (start, name), sums in series.sums.items()
    ]


def _height(look: Look, highest: float) -> alt.Y:
    if look.shown_as == ways.SHARE:
        axis = alt.Axis(format="%", tickCount=5, domain=False, ticks=False)
        return alt.Y("cost:Q", title=None, stack="normalize", axis=axis)
    return alt.Y("cost:Q", title=None, axis=charts.dollar_axis(highest))


def _tooltip(look: Look) -> list[alt.Tooltip]:
    counts = () if look.by == ways.KIND else ("Calls", "Unpriced calls")
    return [
        alt.Tooltip("when:N", title="Up to" if look.shown_as == ways.CUMULATIVE else "When"),
        alt.Tooltip("name:N", title=ways.BY[look.by]),
        *(alt.Tooltip(f"{name}:N") for name in ("Cost", "Share", *counts)),
    ]


def cost_lines(sums: Sums) -> alt.Chart:
    """One bar of the whole cost, a part for each line, in the order of a bill."""
    lines = {line: pico for line, pico in sums.lines.items() if pico}
    frame = pd.DataFrame(
        [
            {
                "Kind": formats.LINE_NAMES[line],
                "rank": rank,
                "cost": formats.chart_dollars(pico),
                "Cost": formats.usd(pico),
                "Share": formats.share(pico, sums.cost_pico_usd),
            }
            for rank, (line, pico) in enumerate(lines.items())
        ],
        columns=["Kind", "rank", "cost", "Cost", "Share"],
    )
    names = [formats.LINE_NAMES[line] for line in lines]
    colours = [palette.LINES[line] for line in lines]
    chart: alt.Chart = (
        alt.Chart(frame, height=LINE_HEIGHT, description="What the cost is made of")
        .mark_bar(cornerRadius=1)
        .encode(
            x=alt.X("cost:Q", title=None, stack="normalize", axis=None),
            color=alt.Color("Kind:N", legend=None, scale=alt.Scale(domain=names, range=colours)),
            order=alt.Order("rank:Q"),
            tooltip=[alt.Tooltip(f"{name}:N") for name in ("Kind", "Cost", "Share")],
        )
    )
    return chart
