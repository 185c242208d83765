"""The state machine and the dispatcher over the past, one quarter of an hour after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gemledger_collector.alerts.alert import Alert, State, Watch
from gemledger_collector.alerts.backtest.past import Look, Stretch, budget_past, rule_past, untested
from gemledger_collector.alerts.dispatch.dispatcher import Dispatcher, GroupId, Standing
from gemledger_collector.alerts.dispatch.groups import Group
from gemledger_collector.alerts.notification import Notification
from gemledger_collector.alerts.states import changes, firing
from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.transaction import Snapshot

MOST_STEPS = 3_000
"""A month of quarters of an hour."""


@dataclass(frozen=True, slots=True)
class Untested:
    """Something configured whose past cannot be walked, and why."""

    name: str
    why: str


@dataclass(slots=True)
class Report:
    """What would have fired, whom it would have told, and what could not be said."""

    fired: list[Alert] = field(default_factory=list)
    """Each stay, as it was when it ended, or at the last step."""
    sent: list[Notification] = field(default_factory=list)
    untested: list[Untested] = field(default_factory=list)
    steps: int = 0


def backtest(snapshot: Snapshot, config: AlertsConfig, since: int, until: int) -> Report:
    """Walk [since, until), unix seconds. Whatever began before is as new."""
    first = since // SLOT_SECONDS * SLOT_SECONDS + SLOT_SECONDS
    ends = tuple(range(first, until // SLOT_SECONDS * SLOT_SECONDS + 1, SLOT_SECONDS))
    report = Report(untested=_untested(config), steps=len(ends))
    if ends:
        stretch = Stretch(snapshot, ends)
        looks = [budget_past(budget, stretch) for budget in config.budgets]
        looks += [rule_past(rule, stretch) for rule in config.rules if untested(rule) is None]
        _Walk(config, looks, report).over(ends)
    return report


def _untested(config: AlertsConfig) -> list[Untested]:
    found = [Untested(rule.name, why) for rule in config.rules if (why := untested(rule))]
    found += [
        Untested(budget.name, "its thresholds are walked; burn rates and forecasts are not")
        for budget in config.budgets
        if budget.burn_rates or budget.forecast
    ]
    later = [each.name for each in (*config.spikes, *config.quality)]
    later += [each.name for each in config.balances]
    return found + [Untested(name, "spikes, balances and quality are not walked") for name in later]


@dataclass
class _Walk:
    config: AlertsConfig
    looks: Sequence[Look]
    report: Report
    opened: dict[str, Alert] = field(default_factory=dict)
    ended: dict[str, Alert] = field(default_factory=dict)
    groups: dict[GroupId, Group] = field(default_factory=dict)

    def over(self, ends: Sequence[int]) -> None:
        """Every step in turn."""
        dispatcher = Dispatcher(self.config)
        for step, end in enumerate(ends):
            self._step(dispatcher, step, Watch(end * 10**9, nanoseconds(self.config.lateness)))
        still = [alert for alert in self.opened.values() if alert.state is State.FIRING]
        self.report.fired += still

    def _step(self, dispatcher: Dispatcher, step: int, watch: Watch) -> None:
        opened: Mapping[str, Alert] = self.opened
        conditions = [each for look in self.looks for each in look(step, watch, opened)]
        steps = changes(conditions, opened, watch.now)
        over = [one.after for one in steps if one.after and one.after.state is State.RESOLVED]
        self.report.fired += over
        self.ended |= {alert.key: alert for alert in over}
        self.opened = {
            one.after.identity.fingerprint: one.after
            for one in steps
            if one.after is not None and one.after.state is not State.RESOLVED
        }
        standing = Standing(firing(steps), list(self.ended.values()), self.groups, ())
        told = dispatcher.dispatch(standing, watch.now)
        self.report.sent += told.notifications
        self.groups |= {(group.channel, group.group_key): group for group in told.groups}
        for place in told.over:
            self.groups.pop(place, None)
        believed = {key for group in self.groups.values() for key in group.told_firing}
        self.ended = {key: alert for key, alert in self.ended.items() if key in believed}
