"""Budgets as cards: spent of the limit, reserved, how fast, and when it will be reached."""

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from gemledger_dashboard.alerts import budget_chart
from gemledger_dashboard.alerts.board_answers import Ahead, Board, BurnRate, Limit
from gemledger_dashboard.alerts.limit_answers import Budget, Threshold
from gemledger_dashboard.alerts.open_cards import COLOURS, ICONS
from gemledger_dashboard.drawing import formats

MOST_BUDGETS = 20
BUDGET_EXAMPLE = """extensions:
  alerts:
    budgets:
      - {name: all-daily, limit_usd: 25.00, period: day, thresholds: [50, 75, 90, 100]}"""


def show(board: Board, zone: ZoneInfo) -> None:
    """Every budget, or how to set one."""
    st.subheader("Budgets")
    if not board.limits:
        st.info(
            "No budget is configured. Add one to otel-config.yaml and restart the collector:",
            icon=":material/savings:",
        )
        st.code(BUDGET_EXAMPLE, language="yaml")
    for limit in board.limits[:MOST_BUDGETS]:
        _card(limit, zone)
    for limit in board.limits[MOST_BUDGETS:]:
        st.markdown(f"- {formats.plain(limit.budget.name)}: {formats.plain(spent(limit.budget))}")


def spent(budget: Budget) -> str:
    """How much of how much."""
    part = formats.share(budget.spent_pico_usd, budget.limit_pico_usd)
    return f"{formats.usd(budget.spent_pico_usd)} of {formats.usd(budget.limit_pico_usd)} ({part})"


def _card(limit: Limit, zone: ZoneInfo) -> None:
    budget = limit.budget
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            whose = formats.plain(_scope(budget.filter))
            st.markdown(f"**{formats.plain(budget.name)}** :gray[{whose}]", width="content")
            st.markdown(f"**{formats.plain(spent(budget))}**", width="content")
        st.altair_chart(budget_chart.budget(budget), width="stretch")
        with st.container(horizontal=True, gap="small"):
            for step in budget.thresholds:
                _threshold(budget, step)
        st.markdown(formats.plain(_standing(limit, zone)))
        if limit.burn_rates:
            st.caption(formats.plain(burning(limit.burn_rates)))
        st.caption(formats.plain(_period(limit, zone)))


def _standing(limit: Limit, zone: ZoneInfo) -> str:
    reserved = f"{formats.usd(limit.reserved_pico_usd)} reserved"
    left = (
        f"{formats.usd(limit.left_pico_usd)} left"
        if limit.left_pico_usd >= 0
        else f"{formats.usd(-limit.left_pico_usd)} over"
    )
    return f"{reserved}, {left}. {ending(limit.ahead, zone)}"


def ending(ahead: Ahead | None, zone: ZoneInfo) -> str:
    """How the period will end, with its interval, and when the limit is reached."""
    if ahead is None:
        return "How it will end cannot be said: it is too early in the period, or it rolls."
    likely, low, high = (
        formats.usd(each)
        for each in (ahead.likely_pico_usd, ahead.low_pico_usd, ahead.high_pico_usd)
    )
    chance = formats.percent(ahead.probability_over)
    end = f"It will end at about {likely} (four of five times {low} to {high})"
    if ahead.reached_at is None:
        return f"{end}; over the limit in {chance} of cases."
    return f"{end}; the limit is reached about {formats.instant(ahead.reached_at, zone)}."


def burning(rates: tuple[BurnRate, ...]) -> str:
    """How fast it is spent: 1 ends exactly at the limit."""
    parts = [
        f"{rate.long_rate:.1f} over {_length(rate.long_seconds)} and {rate.short_rate:.1f} over "
        f"{_length(rate.short_seconds)} (alert from {rate.factor:g})"
        for rate in rates
    ]
    return f"Burn rate, 1 being exactly the limit at the end: {'; '.join(parts)}"


def _period(limit: Limit, zone: ZoneInfo) -> str:
    budget = limit.budget
    ends = formats.instant(budget.period_end, zone)
    groups = (
        f" Of {formats.plural(limit.group_count, 'group')}, the one that has used the most."
        if limit.group_count > 1
        else ""
    )
    return f"Per {budget.period} ({budget.timezone}); this one ends {ends}, {zone.key}.{groups}"


def _threshold(budget: Budget, step: Threshold) -> None:
    """One threshold as a badge: percentage, amount, state."""
    amount = formats.usd(budget_chart.threshold_amount(budget, step.percent))
    state = "not reached" if step.state == "inactive" else step.state
    st.badge(
        formats.plain(f"{step.percent} % = {amount}: {state}"),
        icon=ICONS[step.state] if step.state in {"firing", "pending"} else None,
        color=COLOURS[step.state] if step.percent >= 100 or step.state != "firing" else "orange",
    )


def _scope(labels: Mapping[str, str]) -> str:
    return (
        ", ".join(f"{name} {value or '(not set)'}" for name, value in labels.items()) or "all spend"
    )


def _length(seconds: int) -> str:
    return formats.duration(timedelta(seconds=seconds))
