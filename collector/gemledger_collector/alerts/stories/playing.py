"""A story, played: the collector's own store, evaluator and dispatcher, and a clock that jumps from look to look."""

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from gemledger_collector.alerts.alert import Alert, State
from gemledger_collector.alerts.dispatch.muting import WHILE_OPEN
from gemledger_collector.alerts.evaluate import Evaluator
from gemledger_collector.alerts.notification import Notification
from gemledger_collector.alerts.records import acknowledgement_row, from_row
from gemledger_collector.alerts.stories import times
from gemledger_collector.alerts.stories.calls import Ledger, Row, timeline
from gemledger_collector.alerts.stories.comparing import Failure, Seen, failures
from gemledger_collector.alerts.stories.judged import Judge, verdicts
from gemledger_collector.alerts.stories.reading import Written
from gemledger_collector.alerts.stories.story import Event, SilenceMade
from gemledger_collector.config_values import nanoseconds
from gemledger_collector.errors import ConfigError
from gemledger_collector.storage import alert_history, silences
from gemledger_collector.storage.silences import SilenceRow
from gemledger_collector.storage.store import Store

MOST_LOOKS = 100_000


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a story."""

    failures: tuple[Failure, ...]
    looks: int
    expectations: int


def play(written: Written) -> Played:
    """Play it. Raises ConfigError where it cannot be played."""
    with (
        tempfile.TemporaryDirectory(prefix="gemledger-story-") as folder,
        _Stage(Path(folder) / "story.duckdb", written).opened() as stage,
    ):
        return stage.play()


@dataclass
class _Stage:
    path: Path
    written: Written
    sent: list[Notification] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    looks: int = 0

    def __post_init__(self) -> None:
        story = self.written.story
        self.start = times.start_of(story.start, story.timezone)
        self._ledger = Ledger()
        self._arriving: dict[int, list[Row]] = defaultdict(list)
        for traffic in story.traffic:
            for moment, rows in timeline(traffic, self._at(traffic.start)):
                self._arriving[moment] += rows
        self._judge = Judge()
        self._judged: dict[int, list[Row]] = defaultdict(list)
        for judged in story.judged:
            for moment, rows in verdicts(judged, self._at(judged.start)):
                self._judged[moment] += rows
        self._happening: dict[int, list[Event]] = defaultdict(list)
        for event in story.events:
            self._happening[self._at(event.at)].append(event)
        self._expected: dict[int, list[int]] = defaultdict(list)
        for index, expectation in enumerate(story.expect):
            self._expected[self._at(expectation.at)].append(index)

    @contextmanager
    def opened(self) -> Iterator["_Stage"]:
        """With its store open, whichever that is in the end."""
        self._open()
        try:
            yield self
        finally:
            self._store.close()

    def play(self) -> Played:
        """From the first moment to the last expectation."""
        for now in self._moments():
            for event in self._happening.get(now, ()):
                self._happen(event, now)
            if rows := self._arriving.pop(now, None):
                self._ledger.add(self._store, rows)
            if rows := self._judged.pop(now, None):
                self._judge.say(self._store, rows)
            self.looks += 1
            self.sent += self._evaluator.evaluate(now).notifications
            for index in self._expected.get(now, ()):
                self._compare(index, now)
        return Played(tuple(self.failures), self.looks, len(self.written.story.expect))

    def _moments(self) -> list[int]:
        story = self.written.story
        step = nanoseconds(story.look_every or self.written.config.evaluation_interval)
        last = max(self._expected)
        if (last - self.start) // step > MOST_LOOKS:
            raise ConfigError(
                f"{self.written.path}: it would take more than {MOST_LOOKS:,} looks; give look_every, such as 5m"
            )
        told = {*self._arriving, *self._judged, *self._happening, *self._expected}
        regular = range(self.start, last + 1, step)
        return sorted({*regular, *(moment for moment in told if moment <= last)})

    def _at(self, offset: str) -> int:
        return times.at(offset, self.start, self.written.story.timezone)

    def _open(self) -> None:
        self._store = Store.open(self.path)
        self._evaluator = Evaluator(self._store, self.written.config)

    def _happen(self, event: Event, now: int) -> None:
        if event.restart:
            self._store.close()
            self._open()
        elif event.config is not None:
            self.written = self.written.changed(event.config)
            self._evaluator = Evaluator(self._store, self.written.config)
        elif event.silence is not None:
            self._silence(event.silence, now)
        elif event.expire is not None:
            self._expire(event.expire, now)
        elif event.acknowledge is not None:
            self._acknowledge(event.acknowledge, now)
        elif event.late is not None:
            came = [
                row for _, rows in timeline(event.late, self._at(event.late.start)) for row in rows
            ]
            self._ledger.add(self._store, came)

    def _silence(self, silence: SilenceMade, now: int) -> None:
        matchers = json.dumps([str(matcher) for matcher in silence.matchers])
        ends = now + nanoseconds(silence.duration)
        row = SilenceRow(silence.name, matchers, now, ends, "story", "a story", now, now)
        with self._store.writing() as transaction:
            silences.keep(transaction, row)

    def _acknowledge(self, rule: str, now: int) -> None:
        with self._store.writing() as transaction:
            for row in alert_history.open_alerts(transaction):
                if row.rule == rule and row.state == State.FIRING:
                    silences.keep(
                        transaction, acknowledgement_row(row, "story", "seen", WHILE_OPEN, now)
                    )

    def _expire(self, name: str, now: int) -> None:
        with self._store.writing() as transaction:
            row = silences.silence(transaction, name)
            if row is None:
                raise ConfigError(
                    f"{self.written.path}: no silence {name!r} to expire; give a silence that name"
                )
            silences.keep(transaction, replace(row, ends_at_unix_nano=now))

    def _compare(self, index: int, now: int) -> None:
        expectation = self.written.story.expect[index]
        found = failures(expectation, Seen(now, self._alerts(), self.sent, self.written.config))
        for failure in found:
            line = self.written.line("expect", index, failure.what)
            self.failures.append(failure.at_line(line))
        if expectation.notifications is not None:
            self.sent = []

    def _alerts(self) -> list[Alert]:
        with self._store.reading() as snapshot:
            rows = alert_history.recorded_alerts(snapshot)
        return [from_row(row) for row in rows]
