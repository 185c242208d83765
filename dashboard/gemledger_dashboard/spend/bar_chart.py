"""The bars of the page, and what is said of the one that was chosen."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from gemledger_dashboard.drawing import charts, formats, palette
from gemledger_dashboard.frame import narrowing, sidebar
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.spend import drill, grouping, spend_charts, ways
from gemledger_dashboard.spend.grouping import Series
from gemledger_dashboard.spend.spend_charts import Look
from gemledger_dashboard.spend.spend_tiles import Compared
from gemledger_dashboard.spend.sums import Sums

MOST = 7
"""So many values have bars of their own."""


def show(compared: Compared, chosen: Window, by: str, shown_as: str) -> None:
    """Bars over time, their legend, and the calls behind the one that was chosen."""
    spend = compared.now
    st.subheader(_title(chosen, by, shown_as))
    if shown_as == ways.BEFORE:
        _two_periods(compared, chosen)
        return
    series = grouping.series(spend, by, MOST, ways.others(by))
    look = Look(shown_as, by, labels(series.names), colours(series, by))
    named = {look.labels[name]: colour for name, colour in look.colours.items()}
    st.html(charts.legend([look.labels[name] for name in series.names], named))
    drawn = series if shown_as != ways.CUMULATIVE else grouping.running(series, _begun(chosen))
    point = _draw(spend_charts.bars(drawn, chosen, look), f"{by}-{shown_as}", _title(chosen, by))
    if point is not None:
        _offer(point, series, chosen, look)


def labels(names: Sequence[str]) -> dict[str, str]:
    """What each name is called in a picture: cut where it is long, and still another for each."""
    found: dict[str, str] = {}
    for name in names:
        label, count = narrowing.shown(name), 1
        while label in found.values():
            count += 1
            label = f"{narrowing.shown(name)} ({count})"
        found[name] = label
    return found


def colours(series: Series, by: str) -> dict[str, str]:
    """A colour for each name: a model's and a kind's own, of others the one its name leads to."""
    if by == "model":
        known: Mapping[str, str] = sidebar.model_colours()
    elif by == ways.KIND:
        known = {name: palette.LINES[line] for line, name in formats.LINE_NAMES.items()}
    else:
        merged = series.names[-1] if series.rest else None
        known = palette.model_colours(sorted(name for name in series.names if name != merged))
    return {name: known.get(name, palette.OTHERS) for name in series.names}


def _title(chosen: Window, by: str, shown_as: str = ways.AMOUNT) -> str:
    often = "Daily" if chosen.bucket == "day" else "Hourly"
    if shown_as == ways.BEFORE:
        return f"{often} spend against the period before"
    title = f"{often} spend by {ways.BY[by].lower()}"
    extra = {ways.SHARE: ", as shares", ways.CUMULATIVE: ", added up"}
    return title + extra.get(shown_as, "")


def _begun(chosen: Window) -> list[datetime]:
    """The bars that have begun: of what is to come, nothing is added up."""
    return [start for start in chosen.buckets() if start <= sidebar.now()]


def _two_periods(compared: Compared, chosen: Window) -> None:
    window = compared.window
    earlier = grouping.by_bucket(compared.before)
    starts = Window("custom", window.since, window.until, window.zone).buckets()
    whole = grouping.by_bucket(compared.now)
    this, that = "This period", f"Before: {window.describe()}"
    st.html(charts.legend([this, that], {this: palette.SERIES[0], that: palette.SERIES[1]}))
    before = [earlier.get(start.astimezone(UTC), Sums()) for start in starts]
    chart = spend_charts.two_periods(whole, before, chosen)
    point = _draw(chart, "before", _title(chosen, "", ways.BEFORE))
    if point is not None:
        _offer_whole(point, whole, chosen)


def _draw(chart: Any, key: str, told: str) -> Mapping[str, Any] | None:  # noqa: ANN401 - altair's charts have no type in common
    """Draw it; the point of the bar that was chosen."""
    event: Any = st.altair_chart(
        chart,
        width="stretch",
        key=f"bars-{key}",
        on_select="rerun",
        selection_mode=spend_charts.BAR,
        alt=f"{told}; the table below has the same figures. A bar leads to its calls.",
    )
    points = event["selection"].get(spend_charts.BAR) or []
    return points[0] if points and "when" in points[0] else None


def _start(point: Mapping[str, Any], chosen: Window) -> datetime | None:
    texts = charts.bucket_labels(chosen)
    return next((start for start, text in texts.items() if text == point["when"]), None)


def _offer(point: Mapping[str, Any], series: Series, chosen: Window, look: Look) -> None:
    start, rank = _start(point, chosen), int(point.get("rank", -1))
    if start is None or not 0 <= rank < len(series.names):
        return
    name = series.names[rank]
    sums = series.sums.get((start, name), Sums())
    values = series.rest if series.rest and rank == len(series.names) - 1 else (name,)
    told = f"{point['when']}, {look.labels[name]}: {formats.usd(sums.priced_pico_usd)}"
    if look.by != ways.KIND:
        told += f" for {formats.plural(sums.calls, 'call')}"
    drill.offer(drill.Behind(drill.bar(chosen, start), look.by, _values(values)), told)


def _offer_whole(point: Mapping[str, Any], whole: Mapping[datetime, Sums], chosen: Window) -> None:
    start = _start(point, chosen)
    if start is not None:
        sums = whole.get(start, Sums())
        told = f"{point['when']}: {formats.usd(sums.priced_pico_usd)}"
        told += f" for {formats.plural(sums.calls, 'call')}"
        drill.offer(drill.Behind(drill.bar(chosen, start), ""), told)


def _values(names: Sequence[str]) -> tuple[str, ...]:
    return tuple("" if name == grouping.UNSET else name for name in names)
