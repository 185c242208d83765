"""Spend by user: the collector keeps it by days of UTC, and of no other dimension."""

import streamlit as st

from gemledger_dashboard import questions
from gemledger_dashboard.drawing import formats, sheets
from gemledger_dashboard.drawing.sheets import Sheet
from gemledger_dashboard.frame import narrowing, notices
from gemledger_dashboard.frame.asking import ask
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.spend import drill, spend_tables
from gemledger_dashboard.spend.user_answers import Users

FOLDED = "(other)"
"""The row of users that the collector no longer keeps apart."""


def show(chosen: Window) -> None:
    """The dearest users; a chosen one leads to its calls."""
    users = ask(questions.users(chosen)).value
    st.caption(formats.plain(_said(users)))
    if not users.groups:
        notices.nothing_matches(
            "No call of this time has a user.", "Apps name it: gemledger.attribution(user_id=…)."
        )
        return
    groups = users.groups
    sheet = Sheet(
        "spend-by-user",
        "Spend by user",
        spend_tables.users(groups),
        spend_tables.columns(groups),
        whole=lambda: spend_tables.whole_users(groups),
    )
    row = sheets.show(sheet, rows_are_chosen=True)
    if row is not None and row < len(groups) and groups[row].names[0] != FOLDED:
        name = groups[row].names[0]
        told = f"User {narrowing.shown(name)}: {formats.usd(groups[row].sums.priced_pico_usd)}"
        drill.offer(drill.Behind(chosen, "user", (name,)), told)


def _said(users: Users) -> str:
    said = "By whole days of UTC, the first and the last included"
    said += ", of all calls: filters do not reach users." if narrowing.only() else "."
    if len(users.groups) < users.user_count:
        said += f" The dearest {formats.count(len(users.groups))} of {formats.count(users.user_count)} are shown."
    if users.folded_users:
        said += f" {formats.count(users.folded_users)} that cost little are one row, {FOLDED}."
    return said
