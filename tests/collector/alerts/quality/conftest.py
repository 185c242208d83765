"""A timeline of judged answers: so many good and bad ones at given times, on a real store."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest
from collector.alerts.conftest import Timeline
from support.judged import record, verdict

from gemledger_collector.config_values import nanoseconds, parse_duration


@dataclass
class Judged(Timeline):
    """A timeline on which answers are judged."""

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
        record(self.store, rows)
        return self


@pytest.fixture
def timeline(tmp_path: Path) -> Iterator[Judged]:
    """A story that begins on a Tuesday morning, in UTC."""
    story = Judged(tmp_path / "story.duckdb")
    yield story
    story.store.close()
