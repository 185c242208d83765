"""Alerts: what fires, how near each limit is, what has happened and who was told."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import streamlit as st

from gemledger_dashboard import questions, tables
from gemledger_dashboard.alerts import alert_tables, budget_chart, rule_preview
from gemledger_dashboard.alerts.alert_answers import Channel, Rule
from gemledger_dashboard.answers import Alert, Budget, Limits, Threshold
from gemledger_dashboard.drawing import formats
from gemledger_dashboard.frame import filters, notices, sidebar
from gemledger_dashboard.frame.asking import ask

REFRESH = timedelta(seconds=15)
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
BUDGET_EXAMPLE = """extensions:
  alerts:
    budgets:
      - {name: all-daily, limit_usd: 25.00, period: day, thresholds: [50, 75, 90, 100]}"""


@st.fragment(run_every=REFRESH)
def present() -> bool:
    """What fires and how near the limits are; refreshes by itself. False: no answer."""
    zone = sidebar.window().zone
    with notices.Explained():
        limits = ask(questions.limits())
        # Whatever is open is part of every window, so today's is enough.
        open_alerts = ask(questions.alert_history(filters.today(sidebar.now(), zone)))
        notices.stale((limits, open_alerts), zone)
        st.subheader("Firing now")
        firing(open_alerts.value.alerts, zone)
        down(ask(questions.channels()).value)
        against_budgets(limits.value, zone)
        against_rules(ask(questions.rules()).value)
        return True
    return False


def firing(alerts: Sequence[Alert], zone: ZoneInfo) -> None:
    """Every alert that fires or is about to, or a clear word that none does."""
    active = tables.most_severe(alerts)
    if not active:
        st.success("Nothing is firing.", icon=":material/check_circle:")
    for alert in active:
        show = st.error if tables.limit_reached(alert) else st.warning
        since = formats.instant(alert.began, zone)
        cause = f"; {alert.cause}" if alert.cause else ""
        quiet = f". Nobody is told: {', '.join(alert.muted_by)}" if alert.muted_by else ""
        words = f"{alert.state} since {since}. {alert.summary}{cause}{quiet}"
        show(
            f"**{formats.plain(tables.alert_name(alert))}**: {formats.plain(words)}",
            icon=ICONS[alert.state],
        )


def down(channels: Sequence[Channel]) -> None:
    """A clear word about every channel that does not deliver."""
    for channel in channels:
        if channel.down:
            words = (
                f"{channel.waiting} wait, {channel.given_up} were given up. {channel.last_error}"
            )
            st.error(
                f"**{formats.plain(channel.name)}** does not deliver: {formats.plain(words)}",
                icon=":material/link_off:",
            )


def against_budgets(limits: Limits, zone: ZoneInfo) -> None:
    """Every budget with its thresholds, or how to set one."""
    st.subheader("Spend against budgets")
    if not limits.budgets:
        st.info(
            "No budget is configured. Add one to otel-config.yaml and restart the collector:",
            icon=":material/savings:",
        )
        st.code(BUDGET_EXAMPLE, language="yaml")
    for budget in limits.budgets:
        budget_card(budget, zone)


def budget_card(budget: Budget, zone: ZoneInfo) -> None:
    """Spent of limit, the bar, and each threshold with its amount and state."""
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.markdown(f"**{formats.plain(budget.name)}** {scope(budget.filter)}", width="content")
            spent = f"{formats.usd(budget.spent_pico_usd)} of {formats.usd(budget.limit_pico_usd)}"
            part = formats.share(budget.spent_pico_usd, budget.limit_pico_usd)
            st.markdown(f"**{formats.plain(spent)}** ({formats.plain(part)})", width="content")
        st.altair_chart(budget_chart.budget(budget), width="stretch")
        with st.container(horizontal=True, gap="small"):
            for step in budget.thresholds:
                threshold(budget, step)
        ends = formats.instant(budget.period_end, zone)
        st.caption(f"Per {budget.period} ({budget.timezone}); this one ends {ends}, {zone.key}")


def threshold(budget: Budget, step: Threshold) -> None:
    """One threshold as a badge: percentage, amount, state."""
    amount = formats.usd(budget_chart.threshold_amount(budget, step.percent))
    state = "not reached" if step.state == "inactive" else step.state
    st.badge(
        formats.plain(f"{step.percent} % = {amount}: {state}"),
        icon=ICONS[step.state] if step.state in {"firing", "pending"} else None,
        color=COLOURS[step.state] if step.percent >= 100 or step.state != "firing" else "orange",
    )


def against_rules(rules: Sequence[Rule]) -> None:
    """Each rule with what it sees now; of several groups the one nearest to the limit."""
    if not rules:
        return
    st.subheader("Rules")
    for rule in rules:
        with (
            st.container(border=True),
            st.container(horizontal=True, horizontal_alignment="distribute"),
        ):
            whose = scope({**rule.filter, **rule.group})
            st.markdown(f"**{formats.plain(rule.name)}** {whose}", width="content")
            length = formats.duration(timedelta(seconds=rule.window_seconds))
            value = rule.value_in_words or "nothing measured"
            words = f"{value} in the last {length}, limit {rule.limit_in_words}"
            st.markdown(formats.plain(words), width="content")
            st.badge(rule.state, icon=ICONS.get(rule.state), color=COLOURS.get(rule.state, "gray"))


def scope(labels: Mapping[str, str]) -> str:
    """Whose spend counts, in Markdown."""
    words = ", ".join(f"{name} {value}" for name, value in labels.items()) or "all spend"
    return f":gray[{formats.plain(words)}]"


def past(chosen: filters.Window) -> None:
    """What has happened in the chosen time and which messages went out."""
    history = ask(questions.alert_history(chosen)).value
    st.subheader("History")
    if not history.alerts:
        notices.nothing_matches("No alert in this time range.", "Choose a longer one on the left.")
        return
    frame = tables.alerts(history, chosen.zone)
    st.dataframe(frame, hide_index=True, width="stretch")
    st.subheader("Messages sent")
    if not history.notifications:
        st.caption(
            "None in this time range: what is found in late data is recorded and pages nobody."
        )
        return
    st.dataframe(tables.notifications(history, chosen.zone), hide_index=True, width="stretch")


def quiet_and_channels(zone: ZoneInfo) -> None:
    """Silences that last or will, and every channel."""
    silences = ask(questions.silences()).value
    st.subheader("Silences")
    if silences:
        st.dataframe(alert_tables.silences(silences, zone), hide_index=True, width="stretch")
    else:
        st.caption(
            "None. `gemledger alerts silence 'team=\"growth\"' --for 2h --comment …` makes one."
        )
    st.subheader("Channels")
    found = alert_tables.channels(ask(questions.channels()).value, zone)
    st.dataframe(found, hide_index=True, width="stretch")


sidebar.heading("Alerts")
if present():
    with notices.Explained():
        past(sidebar.window())
        quiet_and_channels(sidebar.window().zone)
    rule_preview.section(sidebar.window().zone)
