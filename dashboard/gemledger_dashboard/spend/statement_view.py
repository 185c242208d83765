"""The statement of a month and a team: chosen, shown, and taken along as a page or a table."""

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import streamlit as st

from gemledger_dashboard import questions
from gemledger_dashboard.drawing import formats, sheets, tiles
from gemledger_dashboard.drawing.sheets import Sheet
from gemledger_dashboard.drawing.tiles import Tile
from gemledger_dashboard.frame import filters, narrowing, notices, sidebar
from gemledger_dashboard.frame.asking import ask
from gemledger_dashboard.frame.choices import choose
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.spend import (
    certainty,
    grouping,
    second_currency,
    spend_tables,
    statement,
    statement_html,
)
from gemledger_dashboard.spend.spend_answers import Spend
from gemledger_dashboard.spend.statement import KEYS, Statement


def show(zone: ZoneInfo) -> None:
    """The whole view."""
    now = sidebar.now()
    months = statement.months(now, zone, sidebar.shown().month_starts_on)
    named = {first: statement.name(month, now) for first, month in months.items()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        month = months[choose("month", "Month", named)]
        asked = filters.ending(month, now) if sidebar.fixed() else month
        answer = ask(questions.spend(asked, "total", *statement.KEYS))
        team = choose("of", "Statement of", _teams(answer.value))
    notices.stale((answer,), zone)
    if narrowing.only():
        st.caption("A statement is of every call of its month: filters do not reach it.")
    if answer.value.rows:
        _draw(_made(answer.value, month, team), answer.value)
    else:
        said = f"No calls from {month.describe()}."
        notices.nothing_matches(formats.plain(said), "Choose another month above.")


def _teams(spend: Spend) -> dict[str, str]:
    found = {each: narrowing.shown(each) for each in statement.teams(spend)}
    return {statement.ALL: "All teams", **found}


def _made(spend: Spend, month: Window, team: str) -> Statement:
    """The statement with what stands beside it."""
    made = Statement(
        team=team,
        month=month,
        runs=month.until > sidebar.now(),
        lines=statement.lines(spend, team),
        committed_pico_usd=spend.committed_pico_usd if team == statement.ALL else None,
    )
    converted = second_currency.converted(made.totals.cost_pico_usd, month)
    return replace(made, converted=converted)


def _draw(made: Statement, spend: Spend) -> None:
    tiles.row(_tiles(made, spend))
    if made.converted is not None:
        st.caption(formats.plain(made.converted.words))
    price_book = ask(questions.status()).value.price_book
    st.download_button(
        "Statement to print or send (HTML)",
        lambda: statement_html.page(made, sidebar.now(), price_book),
        file_name=f"gemledger-statement-{_file_name(made)}.html",
        mime="text/html",
        icon=":material/print:",
        on_click="ignore",
    )
    if made.team == statement.ALL:
        _by_team(spend)
    names = KEYS if made.team == statement.ALL else KEYS[1:]
    sheets.show(
        Sheet(
            f"statement-{_file_name(made)}",
            "Lines by feature and model",
            spend_tables.lines(made.lines, names),
            spend_tables.columns(made.lines),
            whole=lambda: statement.file(made),
        )
    )
    _kinds(made)


def _tiles(made: Statement, spend: Spend) -> list[Tile]:
    sums = made.totals
    runs = "so far: the month is not over" if made.runs else "the month is over"
    share = formats.share(sums.cost_pico_usd, spend.totals.cost_pico_usd)
    committed = Tile(
        "Committed",
        formats.usd(made.committed_pico_usd),
        "by open jobs; in no amount here"
        if made.committed_pico_usd is not None
        else "is kept of all teams together only",
    )
    return [
        Tile("Cost", formats.usd(sums.priced_pico_usd), certainty.certainty(sums)),
        Tile("Share of all teams", share, runs),
        Tile("Calls", formats.count(sums.calls), formats.plural(sums.errors, "error")),
        committed,
    ]


def _by_team(spend: Spend) -> None:
    groups = grouping.groups(spend, "team")
    sheets.show(
        Sheet(
            "statement-teams",
            "Each team",
            spend_tables.lines(groups, ("team",)),
            spend_tables.columns(groups),
            whole=lambda: spend_tables.whole(groups, ["team"]),
        )
    )


def _kinds(made: Statement) -> None:
    if statement.kinds(made):
        sheets.show(
            Sheet(
                "statement-kinds",
                "What it was for",
                spend_tables.cost_lines(made.totals),
                spend_tables.kind_columns(made.totals),
            )
        )


def _file_name(made: Statement) -> str:
    """Of letters and digits, whatever a team is called."""
    of = "all-teams" if made.team == statement.ALL else made.team
    safe = re.sub(r"[^A-Za-z0-9]+", "-", of).strip("-")[:40] or "team"
    return f"{made.month.since.date().isoformat()[:7]}-{safe}"
