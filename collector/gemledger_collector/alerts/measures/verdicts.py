"""Which window speaks for each group, and whether it breaches the rule; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gemledger_collector.alerts.alert import MONEY, Window
from gemledger_collector.alerts.measures.definitions import Dearest, Total, definition_of
from gemledger_collector.alerts.measures.frames import Group, Whole
from gemledger_collector.alerts.measures.measure import Measured
from gemledger_collector.alerts_config import RuleConfig
from gemledger_collector.processors.batches import Integers, Mask


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What is said of each group: by which window, with which value, whether that is a breach.

    ``silent``: the group used to call and does not; then there is no value. ``known``: it called at all within the last
    day, or is measured; of the others there is nothing to say.
    """

    groups: Sequence[Group]
    window_of: Callable[[int], Window]
    values: Whole
    breached: Mask
    silent: Mask
    known: Mask
    calls: Integers


def breaches(rule: RuleConfig, values: Whole) -> Mask:
    """Which values are beyond the rule's limit. An amount of money that is reached is; any other limit is within."""
    limit = rule.limit
    if not rule.is_above:
        return np.asarray(values < limit, dtype=bool)
    return np.asarray(values >= limit if rule.unit == MONEY else values > limit, dtype=bool)


def verdicts(rule: RuleConfig, measured: Measured, called_today: Mask) -> Verdicts:
    """The highest value counts, or the lowest where that is what the rule is about."""
    count = len(measured.groups)
    rows = candidates(rule, len(measured.windows.ends))
    calls, values = measured.calls[rows], measured.values[rows]
    enough = measured.has_value[rows] & (calls >= rule.fewest_calls)
    place = _chosen(values, enough, highest=rule.is_above)
    at = (place, np.arange(count))
    chosen = values[at]
    beyond = breaches(rule, chosen)
    present = measured.present[rows].any(axis=0)
    called = _padded(called_today, count)
    silent = called & ~present & (not _measures_nothing(rule))
    known = called | present
    breached = beyond & enough[at] & known & ~silent
    return Verdicts(
        measured.groups,
        lambda group: measured.windows.at(int(rows[place[group]])),
        chosen,
        breached,
        silent,
        known,
        calls[at],
    )


def candidates(rule: RuleConfig, count: int) -> Integers:
    """Which of the windows speak: the first is the one that is over, the last the one that runs."""
    grows = isinstance(definition_of(rule), Total | Dearest)
    if grows and not rule.is_above:
        return np.array([0])
    return np.arange(1, count)


def _measures_nothing(rule: RuleConfig) -> bool:
    """Whether no call at all is a figure like any other, namely 0.

    So it is for what must not be too much, unless the rule asks to hear of it, and for too few calls. Of any other
    metric there is none then: an exporter that died must not look like spend that ended.
    """
    if not isinstance(definition_of(rule), Total):
        return False
    return rule.no_data != "alert" if rule.is_above else rule.metric == "calls"


def _chosen(values: Whole, enough: Mask, *, highest: bool) -> Integers:
    """The row of each column's highest, or lowest, value; of equal ones the newest; the newest where none will do."""
    worst = -np.inf if highest else np.inf
    scores = np.where(enough, values.astype(np.float64), worst)[::-1]
    best = np.argmax(scores, axis=0) if highest else np.argmin(scores, axis=0)
    chosen: Integers = len(values) - 1 - best
    return chosen


def _padded(flags: Mask, count: int) -> Mask:
    wide: Mask = np.zeros(count, dtype=bool)
    wide[: len(flags)] = flags
    return wide
