"""What an alert is, its states, and how it moves between them; pure, time is an argument."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class State(StrEnum):
    """Where an alert stands; ``inactive`` is the state of what is not stored."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


class Notify(StrEnum):
    """A decision about sending, with its reason."""

    FIRST = "first time this alert fires"
    REPEAT = "still firing after the repeat interval"
    RESOLVED = "no longer breached"
    PERIOD_OVER = "its period is over"
    REMOVED = "no longer in the configuration"
    NOT_YET = "already notified, repeat interval not over"
    OVERSHADOWED = "a higher threshold of its budget was told instead"
    LATE = "found in late data"
    QUIET = "nothing fires"

    @property
    def sends(self) -> bool:
        """Whether somebody is told."""
        return self in {self.FIRST, self.REPEAT, self.RESOLVED, self.PERIOD_OVER, self.REMOVED}


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes an alert this one and no other: never its value, never its time."""

    rule: str
    kind: str
    severity: str
    filter: Mapping[str, str]
    threshold_percent: int | None = None

    @property
    def labels(self) -> dict[str, str]:
        """Labels as Alertmanager knows them; routes match on them."""
        own = {
            "alertname": self.rule,
            "rule": self.rule,
            "kind": self.kind,
            "severity": self.severity,
        }
        if self.threshold_percent is not None:
            own["threshold_percent"] = str(self.threshold_percent)
        return {**self.filter, **own}

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits of the labels' hash: the same after a restart and on another machine."""
        written = json.dumps(self.labels, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(written.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Window:
    """The evidence of a breach: ``[start, end)`` in unix nanoseconds."""

    start_unix_nano: int
    end_unix_nano: int

    @property
    def seconds(self) -> int:
        """Its length in whole seconds."""
        return (self.end_unix_nano - self.start_unix_nano) // 10**9


@dataclass(frozen=True, slots=True)
class Condition:
    """What one threshold or rule sees now."""

    identity: Identity
    window: Window
    value_pico_usd: int
    limit_pico_usd: int
    hold_ns: int = 0
    repeat_ns: int | None = None
    breached_since: int | None = None
    """Event time at which an ongoing breach began, where the ledger shows it to be older than now."""

    @property
    def breached(self) -> bool:
        """A limit that is reached is used up: it breaches."""
        return self.value_pico_usd >= self.limit_pico_usd

    def begins_after(self, alert: "Alert") -> bool:
        """Whether the alert is about an earlier calendar period than this condition."""
        return (
            self.identity.kind == "budget"
            and self.window.start_unix_nano >= alert.window.end_unix_nano
        )


@dataclass(frozen=True, slots=True)
class Episode:
    """A breach whose window is over: from when to when, and how high it went."""

    identity: Identity
    window: Window
    started_at: int
    ended_at: int
    value_pico_usd: int
    limit_pico_usd: int


@dataclass(frozen=True, slots=True)
class Alert:
    """One stay of an alert outside ``inactive``: what the store keeps. Times are unix nanoseconds."""

    identity: Identity
    state: State
    window: Window
    value_pico_usd: int
    limit_pico_usd: int
    started_at: int
    firing_since: int | None = None
    resolved_at: int | None = None
    notified_at: int | None = None
    reason: Notify = Notify.QUIET
    cause: str = ""

    @property
    def late(self) -> bool:
        """Whether it is history found in late data, which nobody was told of."""
        return self.reason is Notify.LATE


def advance(alert: Alert | None, condition: Condition, now: int) -> Alert | None:
    """The alert's next state; None is ``inactive``. A breach fires once it has lasted for the hold."""
    if alert is not None and condition.begins_after(alert):
        return _end(alert, Notify.PERIOD_OVER, alert.window.end_unix_nano)
    if condition.breached:
        return _breached(alert or _begin(condition, now), condition, now)
    return _end(alert, Notify.RESOLVED, now)


def remove(alert: Alert, now: int) -> Alert | None:
    """What becomes of an alert whose rule has left the configuration."""
    return _end(alert, Notify.REMOVED, now)


def _end(alert: Alert | None, reason: Notify, at: int) -> Alert | None:
    if alert is None or alert.state is not State.FIRING:
        return None  # one quiet look while pending drops it
    return replace(alert, state=State.RESOLVED, resolved_at=at, reason=reason)


def _begin(condition: Condition, now: int) -> Alert:
    since = now if condition.breached_since is None else min(now, condition.breached_since)
    return Alert(
        identity=condition.identity,
        state=State.PENDING,
        window=condition.window,
        value_pico_usd=condition.value_pico_usd,
        limit_pico_usd=condition.limit_pico_usd,
        started_at=since,
    )


def _breached(alert: Alert, condition: Condition, now: int) -> Alert:
    seen = replace(
        alert,
        window=condition.window,
        value_pico_usd=condition.value_pico_usd,
        limit_pico_usd=condition.limit_pico_usd,
    )
    if alert.state is State.PENDING and now - alert.started_at >= condition.hold_ns:
        return replace(seen, state=State.FIRING, firing_since=now)
    return seen


def decide(alert: Alert | None, now: int, repeat_ns: int | None) -> Notify:
    """Whether to tell somebody about the alert as it stands now, and why.

    ``alert.notified_at`` is when its firing was last put out; ``repeat_ns`` None means once is enough.
    """
    if alert is None or alert.state is State.PENDING:
        return Notify.QUIET
    if alert.state is State.RESOLVED:
        # Who was not told that it fires is not told that it ended.
        return Notify.OVERSHADOWED if alert.notified_at is None else alert.reason
    if alert.reason is Notify.OVERSHADOWED:
        return Notify.OVERSHADOWED
    if alert.notified_at is None:
        return Notify.FIRST
    if repeat_ns is not None and now - alert.notified_at >= repeat_ns:
        return Notify.REPEAT
    return Notify.NOT_YET
