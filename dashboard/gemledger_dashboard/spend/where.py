"""Where the money of the chosen time went: figures, bars over time, a table, what it was for."""

from datetime import timedelta

import streamlit as st

from gemledger_dashboard import questions
from gemledger_dashboard.drawing import charts, formats, palette, sheets, tiles
from gemledger_dashboard.drawing.sheets import Sheet
from gemledger_dashboard.frame import filters, narrowing, notices, sidebar
from gemledger_dashboard.frame.asking import ask_all
from gemledger_dashboard.frame.choices import choose
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.spend import (
    bar_chart,
    by_user,
    certainty,
    drill,
    grouping,
    second_currency,
    spend_charts,
    spend_tables,
    spend_tiles,
    ways,
)
from gemledger_dashboard.spend.spend_answers import Spend
from gemledger_dashboard.spend.spend_tiles import Compared
from gemledger_dashboard.spend.sums import Sums

REFRESH = timedelta(seconds=30)


def show() -> None:
    """The whole view: what was chosen, and below it figures, picture and table, which refresh together."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = choose("by", "By", ways.BY)
        shown_as = choose("as", "Shown as", ways.AS)
    refreshed = st.fragment(_answers, run_every=None if sidebar.fixed() else REFRESH)
    refreshed(by, shown_as)


def _answers(by: str, shown_as: str) -> None:
    """All of one moment, so that the bars always sum to the total above them."""
    with notices.Explained():
        compared, chosen = _compared(by), sidebar.window()
        _figures(compared)
        if compared.now.totals.calls == 0:
            notices.no_calls(ever=bool(sidebar.model_colours()))
            return
        if by == ways.USER:
            by_user.show(chosen)
        elif by == ways.KIND:
            bar_chart.show(_of_kinds(compared), chosen, by, shown_as)
        else:
            bar_chart.show(compared, chosen, by, shown_as)
            _table(compared, chosen, by)
        _kinds(compared.now)


def _figures(compared: Compared) -> None:
    """The tiles, and what stands beside the total in words."""
    tiles.row(spend_tiles.figures(compared))
    second_currency.beside(compared.now.totals.cost_pico_usd)
    if apart := certainty.committed(compared.now):
        st.caption(
            formats.plain(f"Not in these figures: {apart}, of all jobs whatever is filtered")
        )


def _compared(by: str) -> Compared:
    """The window and the one it is compared with."""
    chosen, only = sidebar.window(), narrowing.only()
    so_far = filters.ending(chosen, sidebar.now())
    earlier = filters.before(so_far, sidebar.shown().month_starts_on)
    keys = ways.asked(by)
    now, before = ask_all(
        questions.spend(chosen, chosen.bucket, *keys, only=only),
        questions.spend(earlier, chosen.bucket, *keys, only=only),
    )
    notices.stale((now, before), chosen.zone)
    return Compared(now.value, before.value, earlier)


def _of_kinds(compared: Compared) -> Compared:
    return Compared(
        grouping.by_kind(compared.now), grouping.by_kind(compared.before), compared.window
    )


def _table(compared: Compared, chosen: Window, by: str) -> None:
    """One line for each value, the dearest first; a chosen one leads to its calls."""
    groups = grouping.groups(compared.now, by)
    title = ways.BY[by]
    sheet = Sheet(
        f"spend-by-{by.replace('_', '-')}",
        f"Spend by {title.lower()}",
        spend_tables.compared(groups, grouping.groups(compared.before, by), title),
        spend_tables.columns(groups),
        whole=lambda: spend_tables.whole(groups, [by]),
    )
    row = sheets.show(sheet, rows_are_chosen=True)
    if row is not None and row < len(groups):
        name = groups[row].names[0]
        value = "" if name == grouping.UNSET else name
        told = f"{title} {narrowing.shown(name)}: {_amount(groups[row].sums)}"
        drill.offer(drill.Behind(chosen, by, (value,)), told)


def _amount(sums: Sums) -> str:
    return f"{formats.usd(sums.priced_pico_usd)} for {formats.plural(sums.calls, 'call')}"


def _kinds(spend: Spend) -> None:
    """What the money was for: tokens in and out, searches, media, storage."""
    lines = [line for line, pico in spend.totals.lines.items() if pico]
    if not lines:
        return
    st.subheader("What it was for")
    colours = {formats.LINE_NAMES[line]: palette.LINES[line] for line in lines}
    st.html(charts.legend(list(colours), colours))
    st.altair_chart(spend_charts.cost_lines(spend.totals), width="stretch")
    sheets.show(
        Sheet(
            "spend-by-kind",
            "Spend by kind",
            spend_tables.cost_lines(spend.totals),
            spend_tables.kind_columns(spend.totals),
        )
    )
