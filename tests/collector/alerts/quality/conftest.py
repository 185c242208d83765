"""A timeline of judged answers: so many good and bad ones at given times, on a real store."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
from collector.alerts.conftest import Timeline
from support.judged import record, verdict

from gemledger_collector.config_values import nanoseconds, parse_duration
from gemledger_collector.storage import labels
from gemledger_collector.storage.labels import Label


@dataclass
class Judged(Timeline):
    """A timeline on which answers are judged."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    """Every verdict so far."""

    def quality(self, name: str = "support", **settings: Any) -> Self:
        """Watch the accuracy of answers, against 3 % unless told otherwise."""
        self.settings["quality"] = [
            *(each for each in self.settings.get("quality", []) if each["name"] != name),
            {"name": name, "dimension": "accuracy", "baseline": "fixed", **settings},
        ]
        return self._reconfigured()

    def answers(self, since: str, every: str, bad: Iterable[bool], **columns: Any) -> Self:
        """Answers at an even pace from a time on, and which of them are judged bad."""
        begin, step = self.time(since), nanoseconds(parse_duration(every))
        rows = [
            verdict(begin + place * step, "bad" if wrong else "good", **columns)
            for place, wrong in enumerate(bad)
        ]
        self.rows += rows
        record(self.store, rows)
        return self

    def people(self, number: int, *, differ: int = 0) -> Self:
        """People label so many answers, half of them flagged; they say the contrary of so many of each half."""
        told = []
        for verdict_label, contrary in (("bad", "good"), ("good", "bad")):
            judged = [row for row in self.rows if row["label"] == verdict_label][: number // 2]
            told += [
                _label(row, contrary if place < differ else verdict_label)
                for place, row in enumerate(judged)
            ]
        assert len(told) == number
        with self.store.writing() as transaction:
            assert not labels.record(transaction, told, self.now)
        return self


def _label(row: dict[str, Any], said: str) -> Label:
    trace, span = row["trace_id"].replace("-", ""), f"{row['span_id']:016x}"
    return Label(trace, span, row["dimension"], said, None, "ada", "api")


@pytest.fixture
def timeline(tmp_path: Path) -> Iterator[Judged]:
    """A story that begins on a Tuesday morning, in UTC."""
    story = Judged(tmp_path / "story.duckdb")
    yield story
    story.store.close()
