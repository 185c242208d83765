"""Rules: a metric of a trailing window beside a limit, for each group; what holds now, and what held before."""

from gemledger_collector.alerts.rules.conditions import identity
from gemledger_collector.alerts.rules.history import assess, is_walked
from gemledger_collector.alerts.rules.watcher import RuleWatcher

__all__ = ["RuleWatcher", "assess", "identity", "is_walked"]
