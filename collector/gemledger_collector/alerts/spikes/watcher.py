"""Looks at every configured spike: all its groups against their baselines, at every evaluation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gemledger_collector.alerts.alert import Alert, Condition, Identity, State, Watch
from gemledger_collector.alerts.measures.sources import Grouping, MinuteSource
from gemledger_collector.alerts.records import from_row
from gemledger_collector.alerts.spikes.baseline import (
    NANO,
    Baseline,
    baseline,
    labels,
    thresholds,
)
from gemledger_collector.alerts.spikes.recent import Recent, recent
from gemledger_collector.alerts.spikes.rule import LONGEST_SECONDS, lasts
from gemledger_collector.alerts.spikes.standing import Standing, standing_of
from gemledger_collector.alerts.spikes.telling import Spiking, annotations
from gemledger_collector.alerts.spikes.usual import HOUR_SECONDS, Flags, Floats, Rung
from gemledger_collector.alerts.view import View
from gemledger_collector.alerts_config import SpikeConfig
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.storage import alert_history
from gemledger_collector.storage.group_spend import Group
from gemledger_collector.storage.minutes import Minutes
from gemledger_collector.storage.rule_windows import Asked
from gemledger_collector.storage.transaction import Snapshot

_MINUTE_NS = 60 * NANO
_RENEWED_NS = 5 * _MINUTE_NS
"""Late data changes a baseline at most so often."""
_MOST_PAST_ALERTS = 10_000
_GROUPS_KEPT = 50_000
"""Of one question; beyond that those that were seen are forgotten, and seen anew."""


@dataclass(slots=True)
class _Kept:
    """A baseline, when it was last compared with the ledger, and what the ledger's past held then."""

    baseline: Baseline
    checked_at: int
    version: tuple[int, int]


@dataclass(slots=True)
class _Seen:
    """One look at one spike: arrays in the baseline's order of groups."""

    spike: SpikeConfig
    baseline: Baseline
    recent: Recent
    hour: Floats
    exceeded: Flags
    lasting: Flags


@dataclass(slots=True)
class SpikeWatcher:
    """Everything but the baselines, which are learned anew after a restart, is in the store.

    A spike must be seen at ``evaluations`` minutes in a row; what fired goes on until half of it is gone.
    """

    spikes: Sequence[SpikeConfig]
    minutes: Minutes
    _kept: dict[str, _Kept] = field(default_factory=dict, init=False)
    _groupings: dict[Asked, Grouping] = field(default_factory=dict, init=False)

    def look(self, view: View) -> Sequence[Condition]:
        """A condition for each group that spikes or has an open alert."""
        found: list[Condition] = []
        source = self._source(view.watch)
        for spike in self.spikes:
            now = recent(source, spike, view.watch)
            seen = _seen(spike, self._baseline(view.snapshot, spike, view.watch), now)
            opened = _opened(spike, view.open_alerts.values())
            found += _conditions(view, seen, opened)
        return found

    def standing(self, snapshot: Snapshot, watch: Watch) -> Sequence[Standing]:
        """How each group stands: learning or ready, its usual, and what it spends now."""
        source = self._source(watch)
        return [
            each
            for spike in self.spikes
            for each in standing_of(
                spike, self._baseline(snapshot, spike, watch), recent(source, spike, watch)
            )
        ]

    def _source(self, watch: Watch) -> MinuteSource:
        if any(len(each.groups.all) > _GROUPS_KEPT for each in self._groupings.values()):
            self._groupings.clear()
        return MinuteSource(self.minutes.read(watch.now), self._grouping)

    def _grouping(self, asked: Asked) -> Grouping:
        return self._groupings.setdefault(asked, Grouping(asked))

    def _baseline(self, snapshot: Snapshot, spike: SpikeConfig, watch: Watch) -> Baseline:
        hour = watch.now // NANO // HOUR_SECONDS * HOUR_SECONDS
        kept = self._kept.get(spike.name)
        if kept is not None and kept.baseline.hour == hour:
            if watch.now - kept.checked_at < _RENEWED_NS:
                return kept.baseline
            kept.checked_at = watch.now
            if kept.version == alert_history.ledger_before(snapshot, hour):
                return kept.baseline
        version = alert_history.ledger_before(snapshot, hour)
        learned = baseline(snapshot, spike, hour, _past(snapshot, spike, watch))
        self._kept[spike.name] = _Kept(learned, watch.now, version)
        return learned


def _seen(spike: SpikeConfig, learned: Baseline, now: Recent) -> _Seen:
    base = learned.of(now.hour)
    hour = np.array([float(now.hour.get(group, 0)) for group in base.places])
    speed = np.array([float(now.speed.get(group, 0)) for group in base.places])
    goes_on = lasts(hour, base.usual, thresholds(spike))
    return _Seen(spike, base, now, hour, base.limits.exceeded(hour, speed), goes_on)


def identity(spike: SpikeConfig, group: Group) -> Identity:
    """The alert one group of a spike raises."""
    return Identity(spike.name, "spike", spike.severity, labels(spike, group), None, spike.labels)


def _past(snapshot: Snapshot, spike: SpikeConfig, watch: Watch) -> list[Alert]:
    since = watch.now - nanoseconds(spike.history)
    rows = alert_history.alerts_between(snapshot, since, watch.now, _MOST_PAST_ALERTS)
    alerts = [from_row(row) for row in rows if row.kind == "spike" and row.rule == spike.name]
    return [alert for alert in alerts if alert.firing_since is not None]


def _opened(spike: SpikeConfig, alerts: Iterable[Alert]) -> dict[Group, Alert]:
    opened = {}
    for alert in alerts:
        group = tuple(alert.identity.filter.get(name) or None for name in spike.group_by)
        if identity(spike, group).fingerprint == alert.identity.fingerprint:
            opened[group] = alert
    return opened


def _conditions(view: View, seen: _Seen, opened: Mapping[Group, Alert]) -> list[Condition]:
    groups = list(seen.baseline.places)
    fresh = [groups[place] for place in np.flatnonzero(seen.exceeded)]
    exceeding = set(fresh)
    breached = [
        group
        for group in dict.fromkeys([*fresh, *opened])
        if group in exceeding or _goes_on(seen, group, opened[group], view.watch.now)
    ]
    spiking = [_spiking(seen, group, opened.get(group)) for group in breached]
    texts = annotations(view.snapshot, seen.spike, view.watch, spiking)
    return [
        _condition(seen, group, texts.get(group)) for group in dict.fromkeys([*breached, *opened])
    ]


def _goes_on(seen: _Seen, group: Group, alert: Alert, now: int) -> bool:
    place = seen.baseline.places.get(group)
    young = now - alert.started_at < LONGEST_SECONDS * NANO
    return place is not None and young and alert.state is State.FIRING and bool(seen.lasting[place])


def _spiking(seen: _Seen, group: Group, alert: Alert | None) -> Spiking:
    place = seen.baseline.places[group]
    usual, spike = seen.baseline.usual, seen.spike
    level, spread = float(usual.level[place]), float(usual.spread[place])
    began = seen.recent.window.end_unix_nano if alert is None else alert.started_at
    return Spiking(
        group,
        began - HOUR_SECONDS * NANO,
        round(level),
        round(max(level + spike.z * spread, spike.ratio * level)),
        seen.recent.speed.get(group, 0),
        Rung(int(usual.rung[place])),
    )


def _condition(seen: _Seen, group: Group, texts: dict[str, str] | None) -> Condition:
    spike, place = seen.spike, seen.baseline.places.get(group)
    limit = spike.floor_pico_usd if place is None else round(seen.baseline.limits.hour[place])
    return Condition(
        identity=identity(spike, group),
        window=seen.recent.window,
        value=seen.recent.hour.get(group, 0),
        limit=limit,
        breached=texts is not None,
        metric="cost",
        hold_ns=(spike.evaluations - 1) * _MINUTE_NS,
        keep_firing_ns=nanoseconds(spike.keep_firing_for),
        annotations={**(texts or {}), **spike.told},
    )
