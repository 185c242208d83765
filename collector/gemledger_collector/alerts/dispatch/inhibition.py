"""Alerts that mute others; pure."""

from collections.abc import Iterable, Sequence

from gemledger_collector.alerts.alert import Alert, State
from gemledger_collector.alerts_config import InhibitConfig, all_match

_STEPS = frozenset({"budget", "forecast"})


class Inhibition:
    """What the firing alerts of one look mute. An alert that matches both sides of a rule cannot mute itself."""

    def __init__(self, rules: Sequence[InhibitConfig], alerts: Iterable[Alert]) -> None:
        firing = [alert for alert in alerts if alert.state is State.FIRING]
        self._rules = [
            (rule, [one for one in firing if all_match(rule.source, one.identity.labels)])
            for rule in rules
        ]
        self._highest: dict[tuple[str, str, str], Alert] = {}
        for alert in firing:
            key = _steps_of(alert)
            if key is not None and _step(alert) > _step(self._highest.get(key)):
                self._highest[key] = alert

    def muted_by(self, alert: Alert) -> Alert | None:
        """The alert on whose account nobody is told of this one."""
        key = _steps_of(alert)
        higher = self._highest.get(key) if key is not None else None
        if higher is not None and _step(higher) > _step(alert):
            return higher  # of several thresholds of a budget only the highest is news
        labels = alert.identity.labels
        for rule, sources in self._rules:
            if not all_match(rule.target, labels):
                continue
            both = all_match(rule.source, labels)
            for source in sources:
                if _same(source, alert, rule) and not (both and _is_target(rule, source)):
                    return source
        return None


def _is_target(rule: InhibitConfig, source: Alert) -> bool:
    # Two alerts that match both sides would mute each other, and nobody would be told of either.
    return all_match(rule.target, source.identity.labels)


def _same(source: Alert, target: Alert, rule: InhibitConfig) -> bool:
    if source.identity.fingerprint == target.identity.fingerprint:
        return False
    one, other = source.identity.labels, target.identity.labels
    return all(one.get(name, "") == other.get(name, "") for name in rule.equal)


def _steps_of(alert: Alert) -> tuple[str, str, str] | None:
    """Which budget, of which group, an alert is a threshold of."""
    identity = alert.identity
    if identity.kind not in _STEPS:
        return None
    return identity.kind, identity.rule, str(sorted(identity.filter.items()))


def _step(alert: Alert | None) -> int:
    return 0 if alert is None else alert.identity.threshold_percent or 0
