"""What late data shows of budgets and rules in time that is over: recorded, and told to nobody."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gemledger_collector.alerts import budgets, rules
from gemledger_collector.alerts.alert import Alert, Episode, Watch
from gemledger_collector.alerts.history import Correction, corrections
from gemledger_collector.alerts.records import from_row
from gemledger_collector.alerts.slots import slot_of
from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.storage import alert_history
from gemledger_collector.storage.transaction import Snapshot

Version = tuple[int, int, int]


@dataclass(slots=True)
class LateWalk:
    """Walks the whole ledger, but only when something has come into time that is over.

    What can be walked is what the ledger's slots tell: budgets, and rules about spend that are not grouped.
    """

    config: AlertsConfig
    _walked: Version | None = field(default=None, init=False)

    def version(self, snapshot: Snapshot, watch: Watch) -> Version:
        """Changes when late data comes, and when a slot passes."""
        before = slot_of(watch.watermark)
        return before, *alert_history.ledger_before(snapshot, before)

    def is_due(self, version: Version) -> bool:
        """Whether there is anything the last walk did not see."""
        return version != self._walked

    def done(self, version: Version) -> None:
        """What was found is in the store."""
        self._walked = version

    def walk(self, snapshot: Snapshot, watch: Watch, known: Sequence[Alert]) -> list[Correction]:
        """What the history lacks; ``known`` are alerts of this very look, not in the store yet."""
        episodes = [*self._budgets(snapshot, watch), *self._rules(snapshot, watch)]
        recorded = [from_row(row) for row in alert_history.recorded_alerts(snapshot)]
        return corrections(episodes, [*recorded, *known])

    def _budgets(self, snapshot: Snapshot, watch: Watch) -> list[Episode]:
        found: list[Episode] = []
        for budget in self.config.budgets:
            if budgets.is_walked(budget):
                spend = alert_history.spend_by_slot(snapshot, budget.filter.labels(), 0)
                found += budgets.episodes(budget, spend, watch)
        return found

    def _rules(self, snapshot: Snapshot, watch: Watch) -> list[Episode]:
        found: list[Episode] = []
        for rule in self.config.rules:
            if rules.is_walked(rule):
                spend = alert_history.spend_by_slot(snapshot, rule.filter.labels(), 0)
                found += rules.assess(rule, spend, watch)[1]
        return found
