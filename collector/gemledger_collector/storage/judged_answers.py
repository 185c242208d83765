"""Judged answers in the order of their calls, group by group: what change detection follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from gemledger_collector.storage.transaction import Snapshot

KEYS = ("team", "feature", "environment", "prompt_version", "model")
"""What is known of a judged answer."""
GOOD, BAD = 0, 1

Group = tuple[str | None, ...]
"""Values of the keys that were asked for, in their order."""
Judge = tuple[str, str, str]
"""Judge rule, version of its rubric, judge model: a change of any is another judge."""


@dataclass(frozen=True, slots=True)
class AnswersAsked:
    """Verdicts of one dimension on answers to calls since a time, by some of KEYS; ``filter`` names values of KEYS."""

    dimension: str
    rule: str | None
    by: Sequence[str]
    filter: Mapping[str, str]
    since_unix_nano: int

    @property
    def parameters(self) -> dict[str, object]:
        """As the statements name them."""
        wanted = {key: self.filter.get(key) for key in KEYS}
        return {
            "dimension": self.dimension,
            "rule": self.rule,
            "since": self.since_unix_nano,
            **wanted,
        }


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One group's verdicts of one judge, sorted by the calls' start; ``answers`` are hashes of their ids.

    ``verdicts`` are GOOD, BAD, or something else where the judge could not tell.
    """

    starts: NDArray[np.int64]
    answers: NDArray[np.uint64]
    judged: NDArray[np.int64]
    verdicts: NDArray[np.int8]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.starts)

    def merged(self, *others: "Verdicts") -> "Verdicts":
        """With those of others; of several verdicts on one answer the last counts."""
        parts = (self, *others)
        starts, answers, judged, verdicts = (
            np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS
        )
        by_answer = np.lexsort((judged, answers))
        ordered = answers[by_answer]
        last = (
            by_answer[np.append(ordered[1:] != ordered[:-1], True)] if len(ordered) else by_answer
        )
        kept = last[np.lexsort((answers[last], starts[last]))]
        return Verdicts(starts[kept], answers[kept], judged[kept], verdicts[kept])

    def decided(self) -> "Verdicts":
        """Only those in which the judge could tell."""
        told = (self.verdicts == GOOD) | (self.verdicts == BAD)
        return Verdicts(*(getattr(self, name)[told] for name in _COLUMNS))


_COLUMNS = ("starts", "answers", "judged", "verdicts")


def judged_answers(
    snapshot: Snapshot, asked: AnswersAsked, judged_since_unix_nano: int = 0
) -> dict[tuple[Group, Judge], Verdicts]:
    """All of them, or only what was said since then."""
    parameters = {
        **asked.parameters,
        "by": list(asked.by),
        "judged_since": judged_since_unix_nano,
    }
    table = snapshot.query("judged_answers", parameters)
    found: dict[tuple[Group, Judge], Verdicts] = {}
    keys = [table[name].to_pylist() for name in asked.by]
    judges = zip(
        *(table[name].to_pylist() for name in ("rule", "rubric_version", "judge_model")),
        strict=True,
    )
    for place, judge in enumerate(judges):
        group = tuple(values[place] for values in keys)
        read = Verdicts(*(_values(table[name], place) for name in _COLUMNS))
        found[group, judge] = read.merged()
    return found


def _values(column: pa.ChunkedArray, place: int) -> np.ndarray:
    values: np.ndarray = column[place].values.to_numpy(zero_copy_only=False)
    return values


@dataclass(frozen=True, slots=True)
class Examples:
    """Traces of a group's newest bad answers, and the model that gave most bad ones."""

    trace_ids: Sequence[str]
    model: str | None


def examples(snapshot: Snapshot, asked: AnswersAsked, until_unix_nano: int, limit: int) -> Examples:
    """Of the answers ``asked`` selects, to calls up to a time; what was said stays in the store."""
    parameters = {**asked.parameters, "until": until_unix_nano, "limit": limit}
    rows = snapshot.query("judged_examples", parameters).to_pylist()
    return Examples([row["trace_id"] for row in rows], rows[0]["model"] if rows else None)
