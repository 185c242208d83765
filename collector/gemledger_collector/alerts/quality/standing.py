"""How the groups of one quality alert stand: each has its own chart, learned from the prompt versions before."""

from collections.abc import Mapping
from collections.abc import Sequence as Listed
from dataclasses import dataclass, replace

import numpy as np

from gemledger_collector.alerts.quality.baseline import (
    FEWEST_LEARNED,
    MOST_LEARNED,
    Before,
    Known,
    chart,
)
from gemledger_collector.alerts.quality.memory import Sequence
from gemledger_collector.alerts_config import QualityConfig
from gemledger_collector.estimation.cusum import Course, Design, NoChart, course
from gemledger_collector.storage.judged_answers import Group

_QUIET = Course(alarmed=False)
_DAY_NS = 24 * 3600 * 10**9
_REPLACED_AFTER = 100
"""Judged answers of other versions in a row: a version that is not among them is no longer in use."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One group: what is compared with what, and where its chart stands.

    ``chart`` is None while there is too little to learn from, or nothing to tell apart; ``why`` says what is missing.
    ``watched`` are the answers that the chart follows: of an only version not those it was learned from.
    """

    group: Group
    answers: Sequence
    watched: Sequence
    before: Before | None
    chart: Design | None = None
    course: Course = _QUIET
    why: str = ""


def standings(
    config: QualityConfig,
    sequences: Mapping[Group, Sequence],
    known: Known | None,
    last: Mapping[Group, Standing],
) -> dict[Group, Standing]:
    """Every group's, each learned from those before it that differ in nothing but the prompt version.

    ``last`` is what came out with the same ``known``: whatever has not changed is taken from there.
    """
    found: dict[Group, Standing] = {}
    for versions in _by_line(config, sequences).values():
        line = _Line(config, known, last, [])
        for group in versions:
            found[group] = line.next(group, sequences[group])
    return found


def in_use(
    config: QualityConfig, sequences: Mapping[Group, Sequence], now: int
) -> dict[Group, bool]:
    """Whether a group has answers of the last day, and no other version has taken its place."""
    told: dict[Group, bool] = {}
    for versions in _by_line(config, sequences).values():
        for group in versions:
            last = int(sequences[group].starts[-1])
            others = sum(len(sequences[each].since(last)) for each in versions if each != group)
            told[group] = now - last < _DAY_NS and others < _REPLACED_AFTER
    return told


def _by_line(
    config: QualityConfig, sequences: Mapping[Group, Sequence]
) -> dict[Group, list[Group]]:
    """Groups that differ in the prompt version only, the oldest first."""
    lines: dict[Group, list[Group]] = {}
    for group in sorted(sequences, key=lambda each: (int(sequences[each].starts[0]), str(each))):
        named = zip(config.group_by, group, strict=True)
        line = tuple(value for name, value in named if name != "prompt_version")
        lines.setdefault(line, []).append(group)
    return lines


@dataclass(slots=True)
class _Line:
    """One version after the other. A version that is in alarm is nothing to learn from."""

    config: QualityConfig
    known: Known | None
    last: Mapping[Group, Standing]
    past: list[Sequence]

    def next(self, group: Group, sequence: Sequence) -> Standing:
        """How the next version stands."""
        watched, before = sequence, None
        if self.config.baseline == "learned":
            watched, before = self._learned(sequence)
        standing = self.last.get(group)
        if standing is None or standing.answers is not sequence or standing.before != before:
            standing = self._followed(Standing(group, sequence, watched, before))
        if not standing.course.alarmed:
            self.past.append(sequence)
        return standing

    def _followed(self, standing: Standing) -> Standing:
        before = standing.before
        if before is not None and before.judged < FEWEST_LEARNED:
            return replace(standing, why=f"{before.judged} of {FEWEST_LEARNED} answers are judged")
        try:
            follows = chart(self.config, before, self.known)
        except NoChart as error:
            return replace(standing, why=str(error))
        return replace(standing, chart=follows, course=course(follows, standing.watched.bad))

    def _learned(self, sequence: Sequence) -> tuple[Sequence, Before]:
        """From the versions before; where they are too few, from its own first answers as well.

        First is what is judged first. A judge that works its way back from today finds ever older answers: they
        add to what is learned. Were the oldest ones learned from, each round would draw another chart, and one of
        many would alarm.
        """
        first = int(sequence.starts[0])
        before = _newest([each.before(first) for each in self.past])
        own = sequence.called_with_the_first(FEWEST_LEARNED - before.judged)
        learned = sequence[max(0, own - MOST_LEARNED) : own]
        return sequence[own:], Before(
            before.bad + int(learned.bad.sum()), before.judged + len(learned)
        )


def _newest(past: Listed[Sequence]) -> Before:
    if not past:
        return Before(0, 0)
    starts = np.concatenate([each.starts for each in past])
    bad = np.concatenate([each.bad for each in past])
    newest = bad[np.argsort(starts, kind="stable")[-MOST_LEARNED:]]
    return Before(int(newest.sum()), len(newest))
