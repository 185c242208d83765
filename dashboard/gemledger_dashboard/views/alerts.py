"""Alerts: what fires, why, since when, who was told, and what to do about it; how near each limit is; the past."""

from datetime import timedelta

import streamlit as st

from gemledger_dashboard import questions
from gemledger_dashboard.alerts import (
    actions,
    limit_cards,
    open_cards,
    past_alerts,
    rule_preview,
    watching,
)
from gemledger_dashboard.alerts.board_answers import Board
from gemledger_dashboard.frame import notices, sidebar
from gemledger_dashboard.frame.asking import Answer, ask
from gemledger_dashboard.frame.client import OlderError

REFRESH = timedelta(seconds=15)


@st.fragment(run_every=None if sidebar.fixed() else REFRESH)
def present() -> bool:
    """What is open, and all that watches; refreshes by itself. False: no answer."""
    zone = sidebar.window().zone
    with notices.Explained():
        answer = known()
        if answer is None:
            return True
        board = answer.value
        notices.stale((answer,), zone)
        if sidebar.fixed():
            st.caption("What is open, budgets, rules and channels are those of now.")
        actions.outcome()
        watching.down(board.channels)
        open_cards.show(board, zone)
        limit_cards.show(board, zone)
        watching.rules(board.rules)
        watching.silences(board.silences, zone)
        watching.channels(board.channels, zone)
        return True
    return False


def known() -> Answer[Board] | None:
    """What the collector says of now; None, and a word about it, where it is older than this page."""
    try:
        return ask(questions.board())
    except OlderError:
        st.info(
            "This collector is older than the dashboard and does not say what is open in one answer. Install the "
            "same version of both; the history below is there all the same.",
            icon=":material/update:",
        )
        return None


sidebar.heading("Alerts")
if present():
    with notices.Explained():
        past_alerts.show()
    rule_preview.section(sidebar.window().zone)
