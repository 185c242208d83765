"""The spend of the last minutes, out of what the collector keeps of them in memory."""

from collections.abc import Mapping, Sequence

import numpy as np

from gemledger_collector.alerts.measures.sources import Grouping
from gemledger_collector.storage.budget_spend import Group
from gemledger_collector.storage.minute_cells import COST, FIGURES, MINUTE_NANO
from gemledger_collector.storage.minutes import Minutes
from gemledger_collector.storage.rule_windows import Asked

_HIGH, _LOW = (FIGURES.index(half) for half in COST)


class RememberedMinutes:
    """Sums of minutes by group. Not for two threads at once."""

    def __init__(self, minutes: Minutes) -> None:
        self._minutes = minutes
        self._groupings: dict[Asked, Grouping] = {}

    def spend_between(
        self, filter_labels: Mapping[str, str], group_by: Sequence[str], since: int, until: int
    ) -> Mapping[Group, int]:
        """PicoUSD of each group in ``[since, until)``, unix nanoseconds at whole minutes; exact."""
        asked = Asked(tuple(group_by), tuple(sorted(filter_labels.items())))
        grouping = self._groupings.setdefault(asked, Grouping(asked))
        view = self._minutes.read(until - 1)
        groups = grouping.of_keys(view)[view.cell_keys]
        within = (view.minutes >= since // MINUTE_NANO) & (view.minutes < until // MINUTE_NANO)
        own = within & (groups >= 0)
        # Each half of an amount has 32 bits, so that no sum of them leaves 64.
        halves = np.zeros((len(grouping.groups.all), 2), dtype=np.int64)
        np.add.at(halves, groups[own], view.figures[own][:, [_HIGH, _LOW]])
        spent: dict[Group, int] = {}
        for number in np.unique(groups[own]).tolist():
            high, low = halves[number].tolist()
            group = tuple(value or "" for value in grouping.groups.all[number])
            spent[group] = spent.get(group, 0) + (high << 32) + low
        return spent
