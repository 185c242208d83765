"""When a group of alerts is told to a channel, and why: Alertmanager's log of notifications; pure.

The first message of a group waits for ``group_wait``, so that what begins together is told together. From then on it
is looked at every ``group_interval``: news is told, and what still fires is repeated after ``repeat_interval``, which
is therefore rounded up to the next look.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gemledger_collector.alerts.alert import Alert
from gemledger_collector.alerts.dispatch.routing import Leg
from gemledger_collector.alerts.notification import Reason

TOLD_ONCE = frozenset({"budget", "forecast"})
"""Kinds whose threshold is told once a period, however long it stays reached."""


@dataclass(frozen=True, slots=True)
class Group:
    """What one channel was last told about one group. Times are unix nanoseconds."""

    channel: str
    group_key: str
    began_at: int
    notified_at: int | None = None
    told_firing: frozenset[str] = frozenset()
    """Keys of the alerts the channel believes to fire."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What one look at a group came to."""

    group: Group | None
    """What to remember of it; None where it is over."""
    reason: Reason | None = None
    alerts: tuple[Alert, ...] = ()
    """Those to tell of, firing ones first; empty where nobody is told."""


def is_due(group: Group, leg: Leg, last_look: int, now: int) -> bool:
    """Whether the group's time to speak lies between the last look and now."""
    first = group.began_at + leg.group_wait_ns
    if now < first:
        return False
    if group.notified_at is None:
        return True
    return _tick(first, leg, now) > _tick(first, leg, max(last_look, group.notified_at))


def _tick(first: int, leg: Leg, at: int) -> int:
    return -1 if at < first else (at - first) // leg.group_interval_ns


@dataclass(frozen=True, slots=True)
class Members:
    """A group's alerts: those that fire, that fire but are muted, and that ended since they were told."""

    firing: Sequence[Alert] = ()
    muted: Sequence[Alert] = ()
    resolved: Sequence[Alert] = ()


def tell(group: Group, members: Members, leg: Leg, now: int) -> Telling:
    """The decision about a group that is due.

    Silences and inhibition keep alerts from being told, not from being told to have ended.
    """
    reason = _reason(group, members, leg, now)
    still_muted = {alert.key for alert in members.muted} & group.told_firing
    remembered = frozenset(still_muted | {alert.key for alert in members.firing})
    if reason is None:
        ended = not remembered and not members.muted
        return Telling(None if ended else group)
    told = (*members.firing, *members.resolved)
    after = replace(group, notified_at=now, told_firing=remembered)
    return Telling(after if remembered or members.muted else None, reason, told)


def _reason(group: Group, members: Members, leg: Leg, now: int) -> Reason | None:
    if group.notified_at is None:
        return Reason.FIRST if members.firing else None
    if not {alert.key for alert in members.firing} <= group.told_firing:
        return Reason.NEW_ALERTS
    if members.resolved:
        return Reason.SOME_RESOLVED if members.firing else Reason.ALL_RESOLVED
    repeats = any(alert.identity.kind not in TOLD_ONCE for alert in members.firing)
    if repeats and now - group.notified_at >= leg.repeat_interval_ns:
        return Reason.REPEAT
    return None
