"""One look at everything that fires or has ended: who is to be told what; pure but for the times it remembers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gemledger_collector.alerts.alert import Alert
from gemledger_collector.alerts.dispatch.groups import Group, Members, Telling, is_due, tell
from gemledger_collector.alerts.dispatch.inhibition import Inhibition
from gemledger_collector.alerts.dispatch.muting import Silence, Times, quiet_time, silenced_by
from gemledger_collector.alerts.dispatch.routing import Leg, Routes
from gemledger_collector.alerts.notification import Notification, Reason
from gemledger_collector.alerts_config import LOG, AlertsConfig

GroupId = tuple[str, str]
"""Channel and group key."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a look has before it: alerts that fire, told ones that ended, groups as remembered, silences."""

    firing: Sequence[Alert]
    ended: Sequence[Alert]
    groups: Mapping[GroupId, Group]
    silences: Sequence[Silence]


@dataclass(slots=True)
class Dispatched:
    """What a look came to."""

    notifications: list[Notification] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    """Groups to remember anew."""
    over: list[GroupId] = field(default_factory=list)
    """Groups to forget."""
    told: dict[str, Reason] = field(default_factory=dict)
    """Firing alerts, by key, that some channel is now told of."""


@dataclass(slots=True)
class _Gathered:
    leg: Leg
    labels: tuple[tuple[str, str], ...]
    firing: list[Alert] = field(default_factory=list)
    muted: list[Alert] = field(default_factory=list)
    began_at: int = 2**63 - 1


class Dispatcher:
    """Decides for one configuration.

    It remembers when it last looked at each group; after a restart the time of the group's last message stands in.
    """

    def __init__(self, config: AlertsConfig, external_url: str = "") -> None:
        self._config = config
        self._external_url = external_url
        self._routes = Routes(config)
        self._times = Times(config.times)
        self._resolving = {c.name for c in config.channels if c.send_resolved} | {LOG}
        self._channels = {LOG, *(channel.name for channel in config.channels)}
        self._looked_at: dict[GroupId, int] = {}

    def dispatch(self, standing: Standing, now: int) -> Dispatched:
        """Look once."""
        gathered = self._gather(standing, now)
        found = Dispatched()
        for place in {**standing.groups, **gathered}:
            group = standing.groups.get(place)
            if place[0] not in self._channels:
                found.over.append(place)
                continue
            one = gathered.get(place) or _Gathered(self._routes.top(place[0]), ())
            if group is None:
                group = Group(*place, began_at=one.began_at)
                found.groups.append(group)
            self._look(found, group, one, standing.ended, now)
        self._looked_at = dict.fromkeys([*standing.groups, *gathered], now)
        known = standing.groups
        found.groups = [g for g in found.groups if known.get((g.channel, g.group_key)) != g]
        return found

    def _look(
        self, found: Dispatched, group: Group, one: _Gathered, ended: Sequence[Alert], now: int
    ) -> None:
        place = group.channel, group.group_key
        if not is_due(group, one.leg, self._looked_at.get(place, 0), now):
            return
        hears_of_ends = group.channel in self._resolving
        resolved = [alert for alert in ended if hears_of_ends and alert.key in group.told_firing]
        telling = tell(group, Members(one.firing, one.muted, resolved), one.leg, now)
        self._note(found, group, telling)
        told = [each for each in telling.alerts if self._hears(group.channel, each)]
        if telling.reason is None or not told:
            return
        found.told |= {alert.key: telling.reason for alert in told if alert.resolved_at is None}
        found.notifications.append(
            Notification(
                channel=group.channel,
                group_key=group.group_key,
                group_labels=one.labels or _shared_rule(told),
                alerts=told,
                reason=telling.reason,
                created_at_unix_nano=now,
                sequence=len(found.notifications),
                external_url=self._external_url,
            )
        )

    def _note(self, found: Dispatched, before: Group, telling: Telling) -> None:
        found.groups = [group for group in found.groups if group is not before]
        if telling.group is None:
            found.over.append((before.channel, before.group_key))
        else:
            found.groups.append(telling.group)

    def _hears(self, channel: str, alert: Alert) -> bool:
        return alert.resolved_at is None or channel in self._resolving

    def _gather(self, standing: Standing, now: int) -> dict[GroupId, _Gathered]:
        inhibition = Inhibition(self._config.inhibit, standing.firing)
        gathered: dict[GroupId, _Gathered] = {}
        for alert in standing.firing:
            labels = alert.identity.labels
            hushed = self._hushed(alert, inhibition, standing.silences, now)
            for leg in self._routes.legs(labels):
                place = leg.channel, leg.group_key(labels)
                one = gathered.setdefault(place, _Gathered(leg, leg.group_labels(labels)))
                quiet = quiet_time(leg.mute_times, leg.active_times, self._times, now)
                mutes = not leg.passes_muting and (hushed or quiet is not None)
                (one.muted if mutes else one.firing).append(alert)
                one.began_at = min(one.began_at, alert.firing_since or now)
        return gathered

    def _hushed(
        self, alert: Alert, inhibition: Inhibition, silences: Iterable[Silence], now: int
    ) -> bool:
        return (
            silenced_by(alert, silences, now) is not None or inhibition.muted_by(alert) is not None
        )


def after_telling(alert: Alert, told: Mapping[str, Reason], now: int) -> Alert:
    """The alert, with when and why a channel was told of it."""
    reason = told.get(alert.key)
    if reason is None:
        return alert
    return replace(alert, notified_at=now, told=reason.value)


def _shared_rule(alerts: Sequence[Alert]) -> tuple[tuple[str, str], ...]:
    return (("alertname", alerts[0].identity.rule),)
