"""Looks at every quality alert: who is judged worse than before, and whether that is over."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gemledger_collector.alerts.alert import Alert, Condition, Identity, Window
from gemledger_collector.alerts.quality.memory import Memory
from gemledger_collector.alerts.quality.standing import Standing, in_use, standings
from gemledger_collector.alerts.quality.telling import EXAMPLES, Alarm, Seen, annotations
from gemledger_collector.alerts.quality.trusted import Trusting
from gemledger_collector.alerts.view import View
from gemledger_collector.alerts_config import QualityConfig
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.estimation.cusum import course
from gemledger_collector.storage import alert_history, changes
from gemledger_collector.storage.judged_answers import AnswersAsked, Group, examples
from gemledger_collector.storage.transaction import Snapshot

log = logging.getLogger("gemledger.alerts")

_BILLION = 10**9
_Texts = dict[str, str]


@dataclass
class QualityWatcher:
    """All of them. Everything it remembers it can work out again from the store."""

    configs: Sequence[QualityConfig]
    external_url: str = ""
    rubrics: Path | None = None
    _watched: list["_Watched"] = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is read before the first look."""
        self._watched = [
            _Watched(config, self.external_url, Trusting(config, self.rubrics))
            for config in self.configs
        ]

    def look(self, view: View) -> Sequence[Condition]:
        """A condition for each group that is in alarm or has an open alert."""
        return [condition for each in self._watched for condition in each.look(view)]


@dataclass
class _Watched:
    """One configured alert."""

    config: QualityConfig
    external_url: str
    trusting: Trusting
    standings: dict[Group, Standing] = field(default_factory=dict)
    _texts: dict[Group, tuple[object, _Texts]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.memory = Memory(self.config)

    def look(self, view: View) -> list[Condition]:
        """Follow the charts to the last answer that is judged."""
        self._follow(view.snapshot, view.watch.now)
        used = in_use(self.config, self.memory.sequences, view.watch.now)
        found = {}
        for group, standing in self.standings.items():
            identity = self._identity(group)
            alert = view.open_alerts.get(identity.fingerprint)
            alarm = self._alarm(view.snapshot, standing, alert) if used[group] else None
            if alarm is not None:
                found[identity.fingerprint] = self._worse(view.snapshot, standing, alarm)
        over = [
            each for each in self._open(view.open_alerts) if each.identity.fingerprint not in found
        ]
        return [*found.values(), *(self._over(alert) for alert in over)]

    def _follow(self, snapshot: Snapshot, now: int) -> None:
        """Read what is new of verdicts and labels; another known judge means other charts."""
        judged = self.memory.refresh(snapshot, now)
        learned = self.trusting.refresh(snapshot, self.memory.judges, now)
        if judged or learned:
            last = {} if learned else self.standings
            known = self.trusting.now.known
            self.standings = standings(self.config, self.memory.sequences, known, last)
            self._say_who_waits()

    def _alarm(self, snapshot: Snapshot, standing: Standing, alert: Alert | None) -> Alarm | None:
        """What was told stays true until the mirrored chart says otherwise, and what is over does not come back.

        Answers that are judged late, labels and a new baseline change the chart of what is past; whoever was told of
        it should neither hear that it never was, nor hear it twice.
        """
        if alert is not None:
            return self._going_on(standing, alert)
        if standing.chart is None or not standing.course.alarmed:
            return None
        watched, seen = standing.watched, standing.course
        ended = self._ended_at(snapshot, standing.group)
        if ended is not None:
            watched = watched.since(ended)
            seen = course(standing.chart, watched.bad)
        if not seen.alarmed or seen.alarmed_at is None:
            return None
        return Alarm(
            int(watched.starts[seen.changed_at or 0]), int(watched.starts[seen.alarmed_at])
        )

    def _going_on(self, standing: Standing, alert: Alert) -> Alarm | None:
        known = Alarm(alert.window.start_unix_nano, alert.started_at)
        if standing.chart is None:
            return known
        since = standing.answers.since(alert.started_at + 1)
        return known if course(standing.chart, since.bad, alarmed=True).alarmed else None

    def _ended_at(self, snapshot: Snapshot, group: Group) -> int | None:
        row = alert_history.newest(snapshot, self._identity(group).fingerprint, None)
        return None if row is None else row.resolved_at_unix_nano

    def _worse(self, snapshot: Snapshot, standing: Standing, alarm: Alarm) -> Condition:
        judged = standing.answers.since(alarm.since_unix_nano)
        end = int(standing.answers.starts[-1]) + 1
        acceptable = self.config.acceptable if standing.chart is None else standing.chart.acceptable
        return Condition(
            identity=self._identity(standing.group),
            window=Window(alarm.since_unix_nano, max(end, alarm.since_unix_nano + 1)),
            value=round(int(judged.bad.sum()) * _BILLION / max(1, len(judged))),
            limit=round(acceptable * _BILLION),
            breached=True,
            unit="billionths",
            metric="judged_bad_share",
            keep_firing_ns=nanoseconds(self.config.keep_firing_for),
            breached_since=alarm.began_unix_nano,
            annotations={**self._told(snapshot, standing, alarm), **self.config.told},
        )

    def _over(self, alert: Alert) -> Condition:
        return Condition(
            identity=alert.identity,
            window=alert.window,
            value=alert.value,
            limit=alert.limit,
            breached=False,
            unit=alert.unit,
            metric=alert.metric,
            keep_firing_ns=nanoseconds(self.config.keep_firing_for),
            annotations=alert.annotations,
        )

    def _told(self, snapshot: Snapshot, standing: Standing, alarm: Alarm) -> _Texts:
        """The texts, put together only where there is news."""
        key = (alarm, id(standing))
        known = self._texts.get(standing.group)
        if known is not None and known[0] == key:
            return known[1]
        about = self._identity(standing.group).filter
        asked = AnswersAsked(
            self.config.dimension, self.config.rule, (), about, alarm.since_unix_nano
        )
        last = int(standing.answers.starts[-1])
        shown = examples(snapshot, asked, last, EXAMPLES)
        first = _first_call(snapshot, about)
        seen = Seen(standing, alarm, first, shown, self.trusting.now, self.external_url)
        texts = annotations(self.config, seen)
        self._texts[standing.group] = (key, texts)
        return texts

    def _open(self, open_alerts: Mapping[str, Alert]) -> list[Alert]:
        return [
            alert
            for alert in open_alerts.values()
            if (alert.identity.kind, alert.identity.rule) == ("quality", self.config.name)
        ]

    def _identity(self, group: Group) -> Identity:
        config = self.config
        about = config.filter.labels()
        for name, value in zip(config.group_by, group, strict=True):
            about[name] = value or ""
        return Identity(config.name, "quality", config.severity, about, None, config.labels)

    def _say_who_waits(self) -> None:
        for group, standing in self.standings.items():
            if standing.why:
                log.debug("%s does not watch %s yet: %s", self.config.name, group, standing.why)


def _first_call(snapshot: Snapshot, about: Mapping[str, str]) -> int | None:
    """Of a feature's prompt version the ledger knows it; of other groups only what was judged is known."""
    if "feature" not in about or not about.get("prompt_version"):
        return None
    return changes.first_call(
        snapshot, about["feature"], about["prompt_version"], about.get("environment")
    )
