"""What the judge has said so far, kept in memory: only what is new is read, and put where its call belongs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gemledger_collector.alerts_config import QualityConfig
from gemledger_collector.estimation.cusum import Answers
from gemledger_collector.storage.judged_answers import (
    BAD,
    AnswersAsked,
    Group,
    Judge,
    Verdicts,
    judged_answers,
)
from gemledger_collector.storage.transaction import Snapshot

_MINUTE_NS = 60 * 10**9
_HOUR_NS = 60 * _MINUTE_NS
HISTORY_NS = 28 * 24 * _HOUR_NS
"""Calls before that are neither followed nor learned from."""
_OVERLAP_NS = 15 * _MINUTE_NS
"""A round of judging is written after it is done, with the time of its begin: so far back is read again."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A group's judged answers in the order of their calls; ``judged`` says when each was."""

    starts: NDArray[np.int64]
    bad: Answers
    judged: NDArray[np.int64]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.starts)

    def since(self, unix_nano: int) -> "Sequence":
        """Those of calls that started then or later."""
        first = int(np.searchsorted(self.starts, unix_nano, side="left"))
        return self[first:]

    def before(self, unix_nano: int) -> "Sequence":
        """Those of calls that started earlier."""
        end = int(np.searchsorted(self.starts, unix_nano, side="left"))
        return self[:end]

    def __getitem__(self, places: slice) -> "Sequence":
        """Those at these places."""
        return Sequence(self.starts[places], self.bad[places], self.judged[places])

    def called_with_the_first(self, count: int) -> int:
        """How many were asked for no later than the ``count`` answers that were judged first."""
        if count <= 0:
            return 0
        first = np.argsort(self.judged, kind="stable")[:count]
        return int(np.searchsorted(self.starts, self.starts[first].max(), side="right"))


@dataclass(slots=True)
class Memory:
    """The verdicts that one configured alert is about. What it holds, it can read again from the store.

    Once an hour it does: what was erased leaves it, and so does what has become too old.
    """

    config: QualityConfig
    _heard: dict[tuple[Group, Judge], Verdicts] = field(default_factory=dict)
    _hour: int | None = None
    _judged_until: int = 0
    _current: list[Judge] = field(default_factory=list)
    _sequences: dict[Group, Sequence] = field(default_factory=dict)

    def refresh(self, snapshot: Snapshot, now: int) -> bool:
        """Read what is new; False where that is nothing."""
        hour = now // _HOUR_NS
        whole = hour != self._hour
        since = 0 if whole else self._judged_until - _OVERLAP_NS
        read = judged_answers(snapshot, self._asked(hour * _HOUR_NS - HISTORY_NS), since)
        if whole:
            self._heard, self._hour = {}, hour
        changed = {key[0] for key, verdicts in read.items() if self._take(key, verdicts)}
        if not changed and not whole:
            return False
        judges = self._judges()
        anew = whole or judges != self._current
        self._current = judges
        self._put_together(None if anew else changed)
        return True

    @property
    def sequences(self) -> Mapping[Group, Sequence]:
        """By group: the values of ``group_by`` in its order."""
        return self._sequences

    @property
    def judges(self) -> list[tuple[str, str]]:
        """Version of the rubric and judge model that count now, of each judge rule; the last that judged comes last."""
        return [(version, model) for _, version, model in self._current]

    def _asked(self, since: int) -> AnswersAsked:
        wanted = self.config
        return AnswersAsked(
            wanted.dimension, wanted.rule, wanted.group_by, wanted.filter.labels(), since
        )

    def _take(self, key: tuple[Group, Judge], read: Verdicts) -> bool:
        known = self._heard.get(key)
        if known is None:
            self._heard[key] = read
            return True
        merged = known.merged(read)
        if np.array_equal(merged.judged, known.judged):
            return False
        self._heard[key] = merged
        return True

    def _judges(self) -> list[Judge]:
        """A new rubric or judge model is another judge, whose verdicts are not those of the one before."""
        newest: dict[str, tuple[int, Judge]] = {}
        for (_, judge), verdicts in self._heard.items():
            told = (int(verdicts.judged.max()), judge)
            newest[judge[0]] = max(newest.get(judge[0], told), told)
        self._judged_until = max((time for time, _ in newest.values()), default=0)
        return [judge for _, judge in sorted(newest.values())]

    def _put_together(self, groups: set[Group] | None) -> None:
        """The sequences of these groups, or of all."""
        parts: dict[Group, list[Verdicts]] = {}
        for (group, judge), verdicts in self._heard.items():
            if judge in self._current and (groups is None or group in groups):
                parts.setdefault(group, []).append(verdicts)
        kept = {} if groups is None else self._sequences
        told = {group: _sequence(verdicts) for group, verdicts in parts.items()}
        self._sequences = {**kept, **{group: each for group, each in told.items() if len(each)}}


def _sequence(parts: list[Verdicts]) -> Sequence:
    told = parts[0].merged(*parts[1:]).decided()
    return Sequence(told.starts, told.verdicts == BAD, told.judged)
