"""Spend: today and this month at a glance, then where the money of the chosen time went."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import streamlit as st

from gemledger_dashboard import questions
from gemledger_dashboard.answers import Spend
from gemledger_dashboard.drawing import charts, formats, palette, tiles
from gemledger_dashboard.frame import filters, narrowing, notices, sidebar
from gemledger_dashboard.frame.asking import ask
from gemledger_dashboard.spend import grouping, spend_tables
from gemledger_dashboard.spend.sums import Sums

MOST_MODELS = 7
REFRESH = timedelta(seconds=15)
EVER = datetime(2023, 1, 1, tzinfo=UTC)
"""Before any Gemini call there can be."""


@st.fragment(run_every=REFRESH)
def figures() -> bool:
    """The tiles; they refresh by themselves, without the rest of the page. False: no answer."""
    chosen, now = sidebar.window(), sidebar.now()
    with notices.Explained():
        today = ask(
            questions.spend(filters.today(now, chosen.zone), "total", only=narrowing.only())
        )
        month = ask(
            questions.spend(filters.month_to_date(now, chosen.zone), "total", only=narrowing.only())
        )
        whole = ask(questions.spend(chosen, chosen.bucket, "model", only=narrowing.only()))
        notices.stale((today, month, whole), chosen.zone)
        tiles.row(tiles.spend(today.value.totals, month.value.totals, whole.value.totals))
        return True
    return False


def details(chosen: filters.Window) -> None:
    """Bars and tables of the chosen time."""
    spend = ask(questions.spend(chosen, chosen.bucket, "model", only=narrowing.only())).value
    if spend.totals.calls == 0:
        notices.no_calls(ever=bool(sidebar.model_colours()))
        return
    daily(spend, chosen, sidebar.model_colours())
    table(spend, ("model",), "Spend by model")
    owners = ask(questions.spend(chosen, "total", "team", "feature", only=narrowing.only())).value
    table(owners, ("team", "feature"), "Spend by team and feature")
    if beside := tiles.unowned(spend.totals):
        st.caption(formats.plain(beside))
    kinds(spend.totals)


def daily(spend: Spend, chosen: filters.Window, colours: dict[str, str]) -> None:
    """Stacked bars, one colour per model."""
    st.subheader("Daily spend by model" if chosen.bucket == "day" else "Hourly spend by model")
    total = formats.usd(spend.totals.cost_pico_usd)
    st.caption(formats.plain(f"{total} in this time range: {tiles.certainty(spend.totals)}"))
    if beside := tiles.committed(spend):
        st.caption(formats.plain(f"Not in these figures: {beside}"))
    series = grouping.series(spend, "model", MOST_MODELS)
    st.html(charts.legend(series.names, colours))
    st.altair_chart(charts.spend_by_model(series, colours, chosen), width="stretch")


def kinds(totals: Sums) -> None:
    """What the money was for: tokens in and out, searches, media, storage."""
    lines = [line for line, pico in totals.lines.items() if pico]
    if not lines:
        return
    st.subheader("Spend by kind")
    colours = {formats.LINE_NAMES[line]: palette.LINES[line] for line in lines}
    st.html(charts.legend(list(colours), colours))
    st.altair_chart(charts.cost_lines(totals), width="stretch")
    st.dataframe(
        spend_tables.cost_lines(totals),
        hide_index=True,
        width="stretch",
        column_config={
            "Cost": st.column_config.NumberColumn(format=spend_tables.lines_format(totals)),
            "Share": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
        },
    )


def table(spend: Spend, keys: Sequence[str], title: str) -> None:
    """One line per combination of keys, to read and to download."""
    groups = grouping.groups(spend, *keys)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.subheader(title, width="content")
        st.download_button(
            "CSV",
            spend_tables.spend_csv(groups, keys),
            file_name=f"gemledger-spend-by-{'-'.join(keys)}.csv",
            mime="text/csv",
            icon=":material/download:",
            key=f"csv-{'-'.join(keys)}",
            help="Every figure, cost to the last picodollar",
            type="tertiary",
        )
    frame = spend_tables.spend(groups, [key.capitalize() for key in keys])
    dollars = st.column_config.NumberColumn(format=spend_tables.dollar_format(groups))
    st.dataframe(
        frame,
        hide_index=True,
        width="stretch",
        placeholder=formats.MISSING,
        column_config={
            **dict.fromkeys(spend_tables.MONEY, dollars),
            **dict.fromkeys(spend_tables.COUNTS, st.column_config.NumberColumn(format="localized")),
            "Share": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
        },
    )


sidebar.heading("Spend")
if figures():
    with notices.Explained():
        details(sidebar.window())
