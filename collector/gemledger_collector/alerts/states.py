"""How alerts move between their states, given what is seen now; pure, time is an argument.

A breach fires once it has lasted for the hold; one quiet look while pending drops it. ``keep_firing_for`` holds a
firing alert after its condition last held, so that what flaps, or is not measured for a moment, does not resolve.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gemledger_collector.alerts.alert import Alert, Condition, Ended, State


@dataclass(frozen=True, slots=True)
class Change:
    """One alert before and after one evaluation."""

    before: Alert | None
    after: Alert | None

    @property
    def alters(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after

    @property
    def starts_firing(self) -> bool:
        """Whether it fires now and did not before."""
        was = self.before is not None and self.before.state is State.FIRING
        return self.after is not None and self.after.state is State.FIRING and not was


def changes(
    conditions: Iterable[Condition],
    open_alerts: Mapping[str, Alert],
    now: int,
    *,
    complete: bool = True,
) -> list[Change]:
    """Every alert's next step; an open alert that no condition is about has left the configuration.

    Not so where the look was not ``complete``: what could not be looked at stays as it was.
    """
    seen: set[str] = set()
    steps = []
    for condition in conditions:
        fingerprint = condition.identity.fingerprint
        seen.add(fingerprint)
        before = open_alerts.get(fingerprint)
        steps.append(Change(before, advance(before, condition, now)))
    gone = (alert for fingerprint, alert in open_alerts.items() if fingerprint not in seen)
    left = (Change(each, end(each, Ended.REMOVED, now) if complete else each) for each in gone)
    return [*steps, *left]


def firing(steps: Sequence[Change]) -> list[Alert]:
    """The alerts that fire after these steps."""
    return [
        step.after for step in steps if step.after is not None and step.after.state is State.FIRING
    ]


def advance(alert: Alert | None, condition: Condition, now: int) -> Alert | None:
    """The alert's next state; None is ``inactive``."""
    if alert is not None and condition.begins_after(alert):
        return end(alert, Ended.PERIOD_OVER, alert.window.end_unix_nano)
    if condition.value is None and condition.no_data != "ok":
        return _unmeasured(alert, condition, now)
    if condition.breached:
        return _breached(alert, condition, now)
    return _quiet(alert, condition, now, Ended.NOT_BREACHED)


def end(alert: Alert, reason: Ended, at: int) -> Alert | None:
    """What becomes of an alert that is over: who was never told to fire is forgotten."""
    if alert.state is not State.FIRING:
        return None
    return replace(alert, state=State.RESOLVED, resolved_at=at, ended=reason)


def _unmeasured(alert: Alert | None, condition: Condition, now: int) -> Alert | None:
    if condition.no_data == "keep":
        return alert
    if condition.no_data == "alert":
        return _breached(alert, condition, now)
    if alert is not None and alert.state is State.FIRING:
        return _quiet(alert, condition, now, Ended.NO_DATA)
    if alert is not None and alert.state is State.NO_DATA:
        return alert
    return replace(_begin(condition, now), state=State.NO_DATA)


def _quiet(alert: Alert | None, condition: Condition, now: int, reason: Ended) -> Alert | None:
    if alert is None:
        return None
    last = alert.last_breached_at
    if alert.state is State.FIRING and last is not None and now - last < condition.keep_firing_ns:
        return alert
    return end(alert, reason, now)


def _breached(alert: Alert | None, condition: Condition, now: int) -> Alert:
    known = alert if alert is not None and alert.state is not State.NO_DATA else None
    seen = replace(
        known or _begin(condition, now),
        window=condition.window,
        value=condition.value or 0,
        limit=condition.limit,
        annotations=condition.annotations,
        # Written only where it is needed: it changes at every look.
        last_breached_at=now if condition.keep_firing_ns else None,
    )
    if seen.state is State.PENDING and now - seen.started_at >= condition.hold_ns:
        return replace(seen, state=State.FIRING, firing_since=now)
    return seen


def _begin(condition: Condition, now: int) -> Alert:
    since = now if condition.breached_since is None else min(now, condition.breached_since)
    return Alert(
        identity=condition.identity,
        state=State.PENDING,
        window=condition.window,
        value=condition.value or 0,
        limit=condition.limit,
        unit=condition.unit,
        metric=condition.metric,
        started_at=since,
        annotations=condition.annotations,
    )
