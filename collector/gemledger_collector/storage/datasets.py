"""Captured answers as a data set: with what their calls cost, and all that judges, people and users said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from gemledger_collector.storage.transaction import Snapshot

By = Literal["judge", "human"]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which answers: of calls that started in [since, until), with these attributes, of which this was said."""

    since: int
    until: int
    feature: str | None = None
    team: str | None = None
    prompt_version: str | None = None
    model: str | None = None
    label: str | None = None
    by: By = "judge"
    dimension: str | None = None
    min_score: float | None = None
    max_score: float | None = None
    thumbs: str | None = None

    @property
    def by_what_was_said(self) -> bool:
        """Whether only answers are wanted that somebody judged or labelled so."""
        said = (self.label, self.dimension, self.min_score, self.max_score)
        return any(each is not None for each in said)


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers in order of time, and the position behind which more follow; None: there are no more."""

    rows: Sequence[Row]
    next: tuple[int, int] | None


def answers(
    snapshot: Snapshot, chosen: Chosen, after: tuple[int, int] | None, limit: int
) -> Answers:
    """``limit`` answers at most, behind position ``after`` (start, span id)."""
    start, identity = after or (chosen.since, -1)
    found = snapshot.query(
        "dataset_answers",
        asdict(chosen)
        | {
            "only_chosen": chosen.by_what_was_said,
            "after_start": start,
            "after_id": identity,
            "limit": limit + 1,
        },
    ).to_pylist()
    rows = found[:limit]
    if len(found) <= limit:
        return Answers(rows, None)
    return Answers(rows, (rows[-1]["start_time_unix_nano"], int(rows[-1]["span_id"], 16)))
