"""What watches and whom it reaches: rules with what they see, silences that last, channels and how they work."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import streamlit as st

from gemledger_dashboard.alerts import actions, alert_tables
from gemledger_dashboard.alerts.alert_answers import Channel, Rule, Silence
from gemledger_dashboard.drawing import formats, sheets
from gemledger_dashboard.drawing.sheets import Sheet

MOST_ENDED_HERE = 20
"""Silences with a button; the others can be ended from the command line."""


def rules(found: Sequence[Rule]) -> None:
    """Each rule with what it sees; the chosen one as YAML."""
    if not found:
        st.subheader("Rules")
        st.caption("No rule is configured. Try one out at the end of this page, and paste it.")
        return
    columns = {"Groups": st.column_config.NumberColumn(format="localized")}
    chosen = sheets.show(
        Sheet("alert-rules", "Rules", alert_tables.rules(found), columns), rows_are_chosen=True
    )
    configured = None if chosen is None else found[chosen].configured
    if configured is not None:
        st.code(configured, language="yaml")
    else:
        st.caption("Choose a row to see the rule as it is written.")


def silences(found: Sequence[Silence], zone: ZoneInfo) -> None:
    """What nobody is told of now or will not be, each with a button that ends it."""
    if not found:
        st.subheader("Silences")
        st.caption(
            "None. An alert above has a button, and "
            "`gemledger alerts silence 'team=\"growth\"' --for 2h --comment …` makes one."
        )
        return
    sheets.show(Sheet("alert-silences", "Silences", alert_tables.silences(found, zone), {}))
    with st.container(horizontal=True):
        for each in found[:MOST_ENDED_HERE]:
            actions.ending(each.silence_id, f"End “{_named(each)}”", f"end-{each.silence_id}")
    if len(found) > MOST_ENDED_HERE:
        st.caption("The others are ended by `gemledger alerts silence --expire ID`.")


def _named(silence: Silence) -> str:
    comment = silence.comment if len(silence.comment) <= 40 else f"{silence.comment[:40]}…"
    return formats.plain(f"{silence.created_by}: {comment}")


def down(found: Sequence[Channel]) -> None:
    """A clear word about every channel that does not deliver."""
    for channel in found:
        if channel.down:
            words = (
                f"{channel.waiting} wait, {channel.given_up} were given up. {channel.last_error}"
            )
            st.error(
                f"**{formats.plain(channel.name)}** does not deliver: {formats.plain(words)}",
                icon=":material/link_off:",
            )


def channels(found: Sequence[Channel], zone: ZoneInfo) -> None:
    """Where messages go and whether they arrive; the chosen one can be tried."""
    frame = alert_tables.channels(found, zone)
    columns = {
        name: st.column_config.NumberColumn(format="localized") for name in ("Waiting", "Given up")
    }
    chosen = sheets.show(Sheet("alert-channels", "Channels", frame, columns), rows_are_chosen=True)
    if chosen is None:
        st.caption("Choose a row to send a test message there.")
    else:
        actions.trying(found[chosen].name)
