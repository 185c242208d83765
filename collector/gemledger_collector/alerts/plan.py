"""From what is seen now and what is stored to what changes and who is told; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gemledger_collector.alerts.alert import (
    Alert,
    Condition,
    Notify,
    State,
    advance,
    decide,
    remove,
)


@dataclass(frozen=True, slots=True)
class Change:
    """One alert before and after one evaluation, and whether somebody is told."""

    before: Alert | None
    after: Alert | None
    notify: Notify

    @property
    def alters(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after


def plan(
    conditions: Sequence[Condition], open_alerts: Mapping[str, Alert], now: int
) -> list[Change]:
    """Every alert's next step. ``open_alerts`` are the pending and firing ones by fingerprint."""
    watched = {condition.identity.fingerprint for condition in conditions}
    steps = [
        _step(condition, open_alerts.get(condition.identity.fingerprint), now)
        for condition in conditions
    ]
    return _highest_told(steps) + list(_removed(open_alerts, watched, now))


def _highest_told(steps: Sequence[Change]) -> list[Change]:
    """Of the thresholds of a budget that begin to fire together, only the highest is news."""
    highest: dict[str, int] = {}
    for step in steps:
        percent = _new_threshold(step)
        if step.after is not None and percent:
            rule = step.after.identity.rule
            highest[rule] = max(percent, highest.get(rule, 0))
    return [_overshadowed(step, highest) for step in steps]


def _new_threshold(step: Change) -> int:
    """The percentage of a budget threshold that somebody would now hear of first; 0 for anything else."""
    if step.after is None or step.notify is not Notify.FIRST:
        return 0
    return step.after.identity.threshold_percent or 0


def _overshadowed(step: Change, highest: Mapping[str, int]) -> Change:
    percent = _new_threshold(step)
    if step.after is None or not percent or percent == highest[step.after.identity.rule]:
        return step
    quiet = replace(step.after, notified_at=None, reason=Notify.OVERSHADOWED)
    return replace(step, after=quiet, notify=Notify.OVERSHADOWED)


def _step(condition: Condition, before: Alert | None, now: int) -> Change:
    after = advance(before, condition, now)
    notify = decide(after, now, condition.repeat_ns)
    if after is not None and after.state is State.FIRING and notify.sends:
        after = replace(after, notified_at=now, reason=notify)
    return Change(before, after, notify)


def _removed(open_alerts: Mapping[str, Alert], watched: set[str], now: int) -> Iterator[Change]:
    for fingerprint, alert in open_alerts.items():
        if fingerprint not in watched:
            after = remove(alert, now)
            yield Change(alert, after, decide(after, now, None))
