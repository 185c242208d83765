"""The history: which alerts there were in the chosen time, who was told, and every message."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from gemledger_dashboard import questions
from gemledger_dashboard.alerts import past_tables
from gemledger_dashboard.alerts.past_answers import Alert, AlertHistory
from gemledger_dashboard.drawing import formats, sheets
from gemledger_dashboard.drawing.sheets import Sheet
from gemledger_dashboard.frame import choices, narrowing, notices, sidebar
from gemledger_dashboard.frame.asking import ask
from gemledger_dashboard.questions import Only

MOST = 1_000
STATES = {
    "all": "All",
    "firing": "Firing",
    "pending": "Pending",
    "resolved": "Resolved",
    "no_data": "No data",
}


def show() -> None:
    """Alerts and messages of the chosen time, narrowed as far as they have labels."""
    window, only = sidebar.window(), narrowing.only()
    history = ask(questions.alert_history(window, MOST)).value
    state = choices.choose("state", "State", STATES)
    found, unlabelled = narrowed(history.alerts, only)
    kept = [alert for alert in found if state in ("all", alert.state)]
    if not kept:
        st.subheader("History")
        notices.nothing_matches(
            "No alert of this choice.", "Choose a longer time, another state or fewer filters."
        )
        return
    frame = past_tables.alerts(replace(history, alerts=tuple(kept)), window.zone)
    sheets.show(Sheet("alerts", "History", frame, {}))
    _said(len(history.alerts), unlabelled, only)
    _messages(history, kept)


def narrowed(alerts: Sequence[Alert], only: Only) -> tuple[list[Alert], int]:
    """Those that the filters do not rule out, and how many of them lack a label that is filtered by.

    An alert without such a label is about all its values, the chosen ones too, and stays.
    """
    kept = [
        alert
        for alert in alerts
        if all(alert.labels.get(name, values[0]) in values for name, values in only.items())
    ]
    return kept, sum(any(name not in alert.labels for name in only) for alert in kept)


def _said(asked: int, unlabelled: int, only: Only) -> None:
    if unlabelled:
        verb = "is" if unlabelled == 1 else "are"
        st.caption(
            formats.plain(
                f"Narrowed to {narrowing.words(only)}. {formats.plural(unlabelled, 'alert')} of these {verb} not about "
                "one value of it but about all, and shown as well."
            )
        )
    if asked >= MOST:
        st.caption(f"The newest {formats.count(MOST)} of this time. Choose a shorter one.")


def _messages(history: AlertHistory, kept: Sequence[Alert]) -> None:
    names = {alert.fingerprint for alert in kept}
    about = [
        message
        for message in history.notifications
        if names & {message.fingerprint, *message.fingerprints}
    ]
    if not about:
        st.subheader("Messages sent")
        st.caption("None: what is found in late data is recorded and pages nobody.")
        return
    frame = past_tables.notifications(
        replace(history, notifications=tuple(about)), sidebar.window().zone
    )
    columns = {"Attempts": st.column_config.NumberColumn(format="localized")}
    sheets.show(Sheet("alert-messages", "Messages sent", frame, columns))
