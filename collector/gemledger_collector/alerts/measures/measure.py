"""One rule's metric over windows, for all groups at once; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from gemledger_collector.alerts.measures.definitions import (
    Dearest,
    Definition,
    Quantile,
    Ratio,
    Total,
    definition_of,
)
from gemledger_collector.alerts.measures.frames import Frame, Group, Groups, Whole
from gemledger_collector.alerts.measures.sources import Source
from gemledger_collector.alerts.measures.windows import Windows
from gemledger_collector.alerts_config import RuleConfig
from gemledger_collector.processors.batches import Integers, Mask
from gemledger_collector.storage.rule_windows import Asked

Column = TypeVar("Column", Whole, Integers, Mask)


@dataclass(frozen=True, slots=True)
class Measured:
    """A row for each window, a column for each group.

    ``calls`` is of how many calls a value is; ``has_value`` whether there is one; ``present`` whether a group called or
    spent anything.
    """

    groups: Sequence[Group]
    windows: Windows
    values: Whole
    calls: Integers
    has_value: Mask
    present: Mask


def asked_by(rule: RuleConfig) -> Asked:
    """Which traffic a rule is about, and by what it is told apart."""
    return Asked(tuple(rule.group_by), tuple(sorted(rule.filter.labels().items())))


def measure(rule: RuleConfig, source: Source, windows: Windows, groups: Groups) -> Measured:
    """What the rule's metric is in these windows; ``groups`` are those of the rule's question."""
    asked, definition = asked_by(rule), definition_of(rule)
    frame = source.frame(asked, windows)
    calls = frame.sums("calls", windows)
    spent = (frame.sums("cost_high", windows) != 0) | (frame.sums("cost_low", windows) != 0)
    present = (calls != 0) | spent
    values, of_calls, has_value = _values(definition, source, (asked, frame, windows), calls)
    count = len(groups.all)
    return Measured(
        groups.all[:count],
        windows,
        _wide(values, count),
        _wide(of_calls, count),
        _wide(has_value, count),
        _wide(present, count),
    )


def _values(
    definition: Definition, source: Source, of: tuple[Asked, Frame, Windows], calls: Integers
) -> tuple[Whole, Integers, Mask]:
    asked, frame, windows = of
    if isinstance(definition, Total):
        values = frame.total(definition.figures, windows)
        return values, calls, np.ones(values.shape, dtype=bool)
    if isinstance(definition, Ratio):
        return _ratio(definition, frame, windows, calls)
    if isinstance(definition, Quantile):
        histogram = source.histogram(asked, windows, definition.of)
        values, told = histogram.quantile(definition.percent, windows)
        return values, told, told > 0
    if isinstance(definition, Dearest):
        values = source.frame(asked, windows, dearest=True).highest(windows)
        return values, calls, np.ones(values.shape, dtype=bool)
    raise TypeError(f"{definition} is measured apart")


def _ratio(
    ratio: Ratio, frame: Frame, windows: Windows, calls: Integers
) -> tuple[Whole, Integers, Mask]:
    upper = frame.total(ratio.upper, windows)
    if ratio.minus:
        upper -= frame.total(ratio.minus, windows)
    lower = frame.total(ratio.lower, windows)
    has_value: Mask = lower > 0
    values: Whole = np.zeros(upper.shape, dtype=object)
    values[has_value] = upper[has_value] * ratio.scale // lower[has_value]
    return values, calls, has_value


def _wide(values: Column, count: int) -> Column:
    """With columns for groups that were seen only later: they have nothing."""
    if values.shape[1] == count:
        return values
    return np.pad(values, ((0, 0), (0, count - values.shape[1])))
