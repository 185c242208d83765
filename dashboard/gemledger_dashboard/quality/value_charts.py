"""Quality for money as a picture and as tables: everything inside its interval. Pure."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from gemledger_dashboard.drawing import formats, palette
from gemledger_dashboard.quality.value_answers import (
    Figure,
    Money,
    Pair,
    ThumbsRow,
    ValueRow,
)
from gemledger_dashboard.spend.grouping import UNSET

_HEIGHT = 340
_COLOUR = palette.SCORE


def name_of(row: ValueRow | ThumbsRow) -> str:
    """What a group is called: its keys, the outer one first."""
    return " · ".join(key or UNSET for key in row.keys.values())


def drawable(rows: Sequence[ValueRow]) -> list[ValueRow]:
    """Groups that have a place in the picture: judged, and with a cost that a logarithm can show."""
    return [
        row for row in rows if row.good_rate.value is not None and row.cost_per_call.value_pico_usd
    ]


def scatter(rows: Sequence[ValueRow]) -> alt.LayerChart | alt.FacetChart:
    """Cost of a call against the share of good answers, both with their intervals; up and to the left is better."""
    frame = pd.DataFrame([_dot(row) for row in drawable(rows)])
    base = alt.Chart(frame)
    tooltip = [
        "Group:N",
        "Good answers:N",
        "Cost of a call:N",
        "Good answers per USD:N",
        "Judged:N",
    ]
    costs = _interval(base).encode(x=_across("low_cost"), x2="high_cost:Q", y=_up("good"))
    goods = _interval(base).encode(x=_across("cost"), y=_up("low_good"), y2="high_good:Q")
    dots = base.mark_point(color=_COLOUR, filled=True, size=90, opacity=1).encode(
        x=_across("cost"), y=_up("good"), tooltip=tooltip
    )
    names = base.mark_text(align="left", dx=8, dy=-9, fontSize=12, color=palette.OTHERS).encode(
        x=_across("cost"), y=_up("good"), text="Group:N"
    )
    return alt.layer(
        costs, goods, dots, names, height=_HEIGHT, description="Quality against cost of a call"
    )


def _interval(base: alt.Chart) -> alt.Chart:
    chart: alt.Chart = base.mark_rule(color=_COLOUR, strokeWidth=2, opacity=0.6)
    return chart


def _across(field: str) -> alt.X:
    return alt.X(
        f"{field}:Q",
        title="Cost of a call, USD (logarithmic)",
        scale=alt.Scale(type="log", nice=False, padding=40),
        axis=alt.Axis(format="$~g", tickCount=5, grid=False, domain=False, ticks=False),
    )


def _up(field: str) -> alt.Y:
    return alt.Y(
        f"{field}:Q",
        title="Good answers",
        scale=alt.Scale(zero=False, nice=True),
        axis=alt.Axis(format=".0%", tickCount=5, domain=False, ticks=False),
    )


def groups(rows: Sequence[ValueRow]) -> pd.DataFrame:
    """One line per group, the most good answers for a dollar first."""
    ordered = sorted(rows, key=lambda row: -(row.good_per_usd.value or -1.0))
    return pd.DataFrame(
        [
            {
                "Group": name_of(row),
                "Good answers per USD": _number(row.good_per_usd.value),
                "95 % interval": _numbers(row.good_per_usd),
                "Good answers": formats.percent(row.good_rate.value),
                "Judged": row.judged,
                "Cost of a call": formats.usd(row.cost_per_call.value_pico_usd),
                "Calls": row.calls,
                "Unpriced": row.unpriced_calls,
                "Cost": formats.usd(row.cost_pico_usd),
            }
            for row in ordered
        ]
    )


def pairs(found: Sequence[Pair]) -> pd.DataFrame:
    """One line per pair, the largest saving a month first."""
    return pd.DataFrame(
        [
            _pair(pair)
            for pair in sorted(found, key=lambda pair: -(pair.saving_per_month.value_pico_usd or 0))
        ]
    )


def _pair(pair: Pair) -> dict[str, object]:
    difference = pair.quality_difference
    return {
        "Feature": pair.feature or UNSET,
        "Instead of": pair.instead_of or UNSET,
        "Use": pair.use or UNSET,
        "Verdict": pair.verdict,
        "Good answers": formats.points(difference.value, difference.low, difference.high),
        "Saving a month": formats.usd(pair.saving_per_month.value_pico_usd),
        "95 % interval": _between(pair.saving_per_month),
        "Calls a month": pair.calls_per_month,
        "Judged": f"{formats.count(pair.judged_instead_of)} and {formats.count(pair.judged_use)}",
    }


def thumbs(rows: Sequence[ThumbsRow]) -> pd.DataFrame:
    """One line per group of calls that somebody said something about."""
    return pd.DataFrame(
        [
            {
                "Group": name_of(row),
                "Thumbs up": row.up,
                "Thumbs down": row.down,
                "Share down": formats.percent(row.down_rate.value),
                "95 % interval": formats.percent_interval(row.down_rate.low, row.down_rate.high),
                "Mean score": formats.score(row.mean_score.value),
                "Comments": row.comments,
            }
            for row in rows
        ]
    )


def _dot(row: ValueRow) -> dict[str, object]:
    cost, good = row.cost_per_call, row.good_rate
    middle = cost.value_pico_usd or 0
    low = max(cost.low_pico_usd or 0, middle // 10)  # a logarithm has no zero
    high = middle * 10 if cost.high_pico_usd is None else cost.high_pico_usd
    return {
        "Group": name_of(row),
        "cost": formats.chart_dollars(middle),
        "low_cost": formats.chart_dollars(low),
        "high_cost": formats.chart_dollars(high),
        "good": good.value,
        "low_good": good.low,
        "high_good": good.high,
        "Good answers": f"{formats.percent(good.value)} ({formats.percent_interval(good.low, good.high)})",
        "Cost of a call": f"{formats.usd(middle)} ({_between(cost)})",
        "Good answers per USD": f"{_number(row.good_per_usd.value)} ({_numbers(row.good_per_usd)})",
        "Judged": formats.count(row.judged),
    }


def _number(value: float | None) -> str:
    if value is None:
        return formats.MISSING
    return formats.count(round(value)) if value >= 100 else f"{value:.3g}"


def _numbers(figure: Figure) -> str:
    if figure.value is None:
        return formats.MISSING
    if figure.high is None:
        return f"{_number(figure.low)} or more"
    return f"{_number(figure.low)} to {_number(figure.high)}"


def _between(money: Money) -> str:
    if money.value_pico_usd is None:
        return formats.MISSING
    if money.high_pico_usd is None:
        return f"{formats.usd(money.low_pico_usd)} or more"
    return f"{formats.usd(money.low_pico_usd)} to {formats.usd(money.high_pico_usd)}"
