"""What each rule and budget saw at every quarter of an hour of a stretch of the ledger."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from gemledger_collector.alerts.alert import Alert, Condition, Watch, Window
from gemledger_collector.alerts.budgets import thresholds
from gemledger_collector.alerts.budgets.groups import by_budget, open_by_group
from gemledger_collector.alerts.budgets.period import current_period, slots_of
from gemledger_collector.alerts.measures import apart
from gemledger_collector.alerts.measures.definitions import COST, Apart, definition_of
from gemledger_collector.alerts.measures.frames import Group, Whole
from gemledger_collector.alerts.measures.measure import Measured, asked_by, measure
from gemledger_collector.alerts.measures.sources import Grouping, SlotSource
from gemledger_collector.alerts.measures.verdicts import breaches
from gemledger_collector.alerts.measures.windows import Windows
from gemledger_collector.alerts.rules.conditions import Seen, condition, identity
from gemledger_collector.alerts_config import BudgetConfig, RuleConfig
from gemledger_collector.alerts_config.rules import SLOT
from gemledger_collector.errors import Rejected
from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.rule_windows import Asked
from gemledger_collector.storage.transaction import Snapshot

Open = Mapping[str, Alert]
Look = Callable[[int, Watch, Open], Iterator[Condition]]
"""What one rule or budget says at the step of that number, given the alerts that are open."""
LONGEST_PERIOD_SECONDS = 32 * 86400
MOST_CELLS = 4_000_000
"""Groups times steps of one rule or budget: what is beyond takes too long, and too much memory."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The moments that are looked at: ends of slots, in unix seconds."""

    snapshot: Snapshot
    ends: tuple[int, ...]


def untested(rule: RuleConfig) -> str | None:
    """Why a rule's past is not kept; None where it is."""
    if definition_of(rule) in {Apart("headroom"), Apart("silence")}:
        return f"{rule.metric} is known of now alone"
    if rule.window < SLOT or rule.window % SLOT != timedelta(0):
        return (
            f"its window of {rule.window} is finer than the ledger's 15 minutes; preview it instead"
        )
    return None


def rule_past(rule: RuleConfig, stretch: Stretch) -> Look:
    """Every group of a rule over the stretch, measured at once."""
    measured = _measured(rule, stretch)
    spoken = measured.has_value & (measured.calls >= rule.fewest_calls) & measured.present
    breached = np.zeros(spoken.shape, dtype=bool)
    breached[spoken] = breaches(rule, measured.values[spoken])
    places = {
        identity(rule, group).fingerprint: place for place, group in enumerate(measured.groups)
    }

    def look(step: int, _: Watch, opened: Open) -> Iterator[Condition]:
        known = [places[fingerprint] for fingerprint in opened if fingerprint in places]
        for place in dict.fromkeys([*np.flatnonzero(breached[step]).tolist(), *known]):
            value = int(measured.values[step, place]) if spoken[step, place] else None
            seen = (measured.windows.at(step), value, bool(breached[step, place]))
            yield condition(rule, Seen(measured.groups[place], *seen))

    return look


def _measured(rule: RuleConfig, stretch: Stretch) -> Measured:
    windows = Windows(int(rule.window.total_seconds()), stretch.ends, stretch.ends[-1])
    grouping = Grouping(asked_by(rule))
    if not rule.group_by:
        grouping.groups.number(())
    if definition_of(rule) == Apart("judged"):
        return apart.judged(rule, stretch.snapshot, windows, grouping)
    source = SlotSource(stretch.snapshot, lambda _: grouping)
    source.frame(grouping.asked, windows)
    _require_few(rule.name, grouping, len(stretch.ends))
    return measure(rule, source, windows, grouping.groups)


def budget_past(budget: BudgetConfig, stretch: Stretch) -> Look:
    """The thresholds of every group of a budget over the stretch."""
    first = stretch.ends[0] - LONGEST_PERIOD_SECONDS
    groups, running = _running(budget, stretch, first)

    def spent(period: Window, end: int) -> dict[tuple[str, ...], int]:
        since, until = slots_of(period)
        rows = [(min(until, end) - first) // SLOT_SECONDS, max(0, since - first) // SLOT_SECONDS]
        sums = running[rows[0]] - running[rows[1]]
        return {group: int(value) for group, value in zip(groups, sums, strict=True) if value}

    def look(step: int, watch: Watch, opened: Open) -> Iterator[Condition]:
        period = current_period(budget, watch)
        alerts = by_budget(opened).get(budget.name, ())
        known = open_by_group(budget, alerts, "budget")
        for each in thresholds.reached(budget, spent(period, stretch.ends[step]), known):
            yield thresholds.condition(budget, each, period, None)

    return look


def _running(
    budget: BudgetConfig, stretch: Stretch, first: int
) -> tuple[Sequence[tuple[str, ...]], Whole]:
    """The groups, and what each had spent before every slot since ``first``."""
    asked = Asked(tuple(budget.each), tuple(sorted(budget.filter.labels().items())))
    grouping = Grouping(asked)
    ends = tuple(range(first, stretch.ends[-1] + SLOT_SECONDS, SLOT_SECONDS))
    windows = Windows(SLOT_SECONDS, ends, ends[-1])
    frame = SlotSource(stretch.snapshot, lambda _: grouping).frame(asked, windows)
    _require_few(budget.name, grouping, len(ends))
    named: list[Group] = grouping.groups.all
    groups = [tuple(value or "" for value in group) for group in named]
    spend = frame.total((COST,), windows)
    return groups, np.cumsum(spend, axis=0) if len(spend) else spend


def _require_few(name: str, grouping: Grouping, steps: int) -> None:
    count = len(grouping.groups.all)
    if count * steps > MOST_CELLS:
        raise Rejected(
            f"{name} has {count:,} groups over {steps:,} quarters of an hour; give a later since, or a filter"
        )
