"""Each open alert as a card: what, since when, why, who was told, what can be done, and the rule that made it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import streamlit as st

from gemledger_dashboard.alerts import actions, past_tables
from gemledger_dashboard.alerts.board_answers import Board, Contributor, OpenAlert, Told
from gemledger_dashboard.drawing import formats

MOST_CARDS = 12
"""So many are cards; what is beyond them is a line each."""
_LONGEST_LABEL = 60
_OWN = {"alertname", "rule", "kind", "severity", "threshold_percent"}
ICONS = {
    "firing": ":material/notifications_active:",
    "pending": ":material/hourglass_top:",
    "no_data": ":material/help:",
    "resolved": ":material/check_circle:",
    "inactive": ":material/check_circle:",
}
COLOURS: Mapping[str, Literal["red", "orange", "gray", "green"]] = {
    "firing": "red",
    "pending": "orange",
    "no_data": "gray",
    "resolved": "gray",
    "inactive": "gray",
}


def show(board: Board, zone: ZoneInfo) -> None:
    """All that is open, or a calm word that nothing is."""
    found = most_severe(board.open)
    if not found:
        st.success("Nothing fires.", icon=":material/check_circle:")
        return
    st.markdown(formats.plain(summary(found)))
    for one in found[:MOST_CARDS]:
        _card(one, board, zone)
    for one in found[MOST_CARDS:]:
        since = formats.instant(one.alert.began, zone)
        line = f"{past_tables.alert_name(one.alert)} {scope(one.alert.labels)}: {one.alert.state} since {since}"
        st.markdown(f"- {formats.plain(line)}")
    missing = board.open_count - len(board.open)
    if missing > 0:
        st.caption(f"{formats.count(missing)} more are open; the history below has them.")


def summary(found: Sequence[OpenAlert]) -> str:
    """How many fire, wait, and are acknowledged."""
    firing = [one for one in found if one.alert.state == "firing"]
    seen = sum(one.acknowledgement is not None for one in firing)
    waiting = len(found) - len(firing)
    parts = [f"{formats.plural(len(firing), 'alert')} {'fires' if len(firing) == 1 else 'fire'}"]
    if seen:
        parts.append(f"{formats.count(seen)} acknowledged")
    if waiting:
        parts.append(f"{formats.count(waiting)} not yet, or without data")
    return ", ".join(parts) + "."


def most_severe(found: Sequence[OpenAlert]) -> list[OpenAlert]:
    """Each budget once: at the highest threshold it has reached."""
    kept = {
        (a.fingerprint, a.started_at) for a in past_tables.most_severe([o.alert for o in found])
    }
    return [
        one
        for one in found
        if one.alert.state == "no_data" or (one.alert.fingerprint, one.alert.started_at) in kept
    ]


def scope(labels: Mapping[str, str]) -> str:
    """Whose traffic an alert is about."""
    own = {name: value for name, value in labels.items() if name not in _OWN}
    return ", ".join(f"{name} {_cut(value)}" for name, value in own.items()) or "all traffic"


def _card(one: OpenAlert, board: Board, zone: ZoneInfo) -> None:
    alert = one.alert
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(
                f"{alert.state.replace('_', ' ')}, {alert.severity}",
                icon=ICONS.get(alert.state),
                color=COLOURS.get(alert.state, "gray"),
            )
            st.markdown(
                f"**{formats.plain(past_tables.alert_name(alert))}** :gray[{formats.plain(scope(alert.labels))}]",
                width="content",
            )
        st.markdown(_figures(one, board.at, zone))
        if alert.cause:
            st.markdown(f"Why: {formats.plain(alert.cause)}")
        _contributors(one.contributors)
        _told(one, zone)
        _doing(one, board)


def _figures(one: OpenAlert, at: datetime, zone: ZoneInfo) -> str:
    alert = one.alert
    value, limit = (formats.quantity(each, alert.unit) for each in (alert.value, alert.limit))
    since = f"{formats.instant(alert.began, zone)} ({formats.duration(at - alert.began)})"
    return (
        f"**{formats.plain(value)}** against {formats.plain(limit)}, since {formats.plain(since)}. "
        f"{formats.plain(alert.summary)}"
    )


def _contributors(found: Sequence[Contributor]) -> None:
    lines = [
        f"- {formats.plain(_whose(each))}: {formats.plain(_more(each.excess_pico_usd))} "
        f":gray[({formats.plain(formats.usd(each.spent_pico_usd))}, "
        f"usually {formats.plain(formats.usd(each.usual_pico_usd))})]"
        for each in found
    ]
    if lines:
        st.markdown("\n".join(lines))


def _told(one: OpenAlert, zone: ZoneInfo) -> None:
    """Who knows of it, and who does not."""
    if one.acknowledgement is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge("Acknowledged", icon=":material/visibility:", color="blue")
            st.markdown(formats.plain(one.said), width="content")
            actions.ending(one.acknowledgement, "Take it back", f"back-{one.name}")
    if one.quiet:
        st.markdown(
            f":material/notifications_off: Kept quiet by {formats.plain(', '.join(one.quiet))}"
        )
    if one.told:
        said = " | ".join(arrived(each, zone) for each in one.told)
        st.markdown(f"Told: {said}")
    else:
        st.markdown("Told: nobody yet.")


def arrived(told: Told, zone: ZoneInfo) -> str:
    """A channel, and whether what was said to it arrived; in Markdown."""
    channel = formats.plain(told.channel)
    times = f", {formats.count(told.messages)} messages" if told.messages > 1 else ""
    if told.sent_at is not None:
        when = formats.plain(formats.instant(told.sent_at, zone))
        return f":material/check: {channel}, arrived {when}{times}"
    if told.waiting:
        said = f" ({told.error})" if told.error else ""
        return f":material/schedule: {channel}, waits to be sent{formats.plain(said)}"
    return f":material/close: {channel}, did not arrive: {formats.plain(told.error or 'given up')}"


def _doing(one: OpenAlert, board: Board) -> None:
    with st.container(horizontal=True):
        if one.alert.state == "firing" and one.acknowledgement is None:
            actions.acknowledging(one, board.at)
        actions.silencing(one)
        with st.popover("Its rule", icon=":material/code:"):
            _rule(one)


def _rule(one: OpenAlert) -> None:
    value, limit = (
        formats.quantity(each, one.alert.unit) for each in (one.alert.value, one.alert.limit)
    )
    st.markdown(f"Sees {formats.plain(value)} now; the limit is {formats.plain(limit)}.")
    if one.configured is None:
        st.caption("Nothing of this name is in the configuration: it is built in, or was removed.")
    else:
        st.code(one.configured, language="yaml")


def _whose(one: Contributor) -> str:
    named = [f"{name} {_cut(value)}" for name, value in one.labels.items() if value]
    return ", ".join(named) or "calls without any label"


def _more(excess: int) -> str:
    return f"{formats.usd(excess)} more" if excess >= 0 else f"{formats.usd(-excess)} less"


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST_LABEL else f"{value[:_LONGEST_LABEL]}…"
