"""GET /api/v1/quality/compare and /versions: whether a prompt version is worse than another, and by how much."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from gemledger_collector.api.breakdowns import OnlyJudged
from gemledger_collector.api.context import Ask
from gemledger_collector.api.quality_rows import estimate, row
from gemledger_collector.api.ranges import Between, Range
from gemledger_collector.estimation import comparison, weighted
from gemledger_collector.estimation.weighted import Sums
from gemledger_collector.storage import evaluations
from gemledger_collector.storage.evaluations import Tally
from gemledger_collector.storage.judges import Judges
from gemledger_collector.storage.quality import CHECK, figures
from gemledger_collector.storage.transaction import Snapshot

Json = dict[str, Any]

router = APIRouter(tags=["quality"])

_Version = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Versions:
    """Which prompt versions are compared, in which dimension; an empty ``feature`` means: of none."""

    dimension: Annotated[str, Query(max_length=200)]
    old: _Version
    new: _Version
    feature: Annotated[str | None, Query(max_length=200)] = None
    delta: Annotated[float, Query(ge=0, le=1, description="how much worse matters")] = 0.0

    def of(self, tally: Tally, version: str) -> bool:
        """Whether a tally, grouped by feature and prompt version, is of this version."""
        feature, prompt_version = tally.group
        mine = self.feature is None or (feature or "") == self.feature
        return tally.dimension == self.dimension and prompt_version == version and mine


@router.get("/api/v1/quality/compare")
def compare(ask: Ask, between: Range, asked: Annotated[Versions, Depends()]) -> Json:
    """The bad rate of the new version against that of the old one: the difference, and how likely it is worse.

    ``probability_worse`` is that of a new rate above the old one by more than ``delta``; null where one of the two has
    no verdict. ``same_judge`` is false where they were not judged by the same rubric and model: then what differs may
    be the judge.
    """
    with ask.store.reading() as snapshot:
        tallies = evaluations.tallies(
            snapshot, between.since, between.until, ("feature", "prompt_version")
        )
        judges = Judges.labelled(snapshot)
    old = [tally for tally in tallies if asked.of(tally, asked.old)]
    new = [tally for tally in tallies if asked.of(tally, asked.new)]
    figured = partial(row, dimension=asked.dimension, rubrics=ask.config.judge.rubrics_folder)
    found = comparison.compare(_flags(old), _flags(new), asked.delta)
    return {
        "dimension": asked.dimension,
        "feature": asked.feature,
        "delta": asked.delta,
        "old": {"prompt_version": asked.old, **figured(figures(old, judges))},
        "new": {"prompt_version": asked.new, **figured(figures(new, judges))},
        **estimate("difference", found.difference if found else None),
        "probability_worse": found.probability_worse if found else None,
        "same_judge": _judges(old) == _judges(new),
    }


@router.get("/api/v1/quality/versions")
def versions(
    ask: Ask,
    between: Range,
    only: Annotated[OnlyJudged, Depends()],
    delta: Annotated[float, Query(ge=0, le=1, description="how much worse matters")] = 0.0,
) -> Json:
    """Every prompt version in every dimension, in the order they were first judged, each against the one before it.

    That is the earlier one that was judged last when this one was new: where v8 gave way to v7 again, v9 follows v7.
    ``before`` is null for a feature's first one in that time. What the figures mean is told under ``compare``.
    """
    with ask.store.reading() as snapshot:
        tallies = tallies_of_versions(snapshot, between, only)
        judges = Judges.labelled(snapshot)
    rubrics = ask.config.judge.rubrics_folder
    return {"delta": delta, "versions": told(tallies, judges, rubrics, delta)}


def tallies_of_versions(snapshot: Snapshot, between: Between, only: OnlyJudged) -> list[Tally]:
    """By feature and prompt version, with the time that each was judged in."""
    keys = ("feature", "prompt_version")
    return evaluations.tallies(
        snapshot, between.since, between.until, keys, only.chosen, slots=True
    )


def told(
    tallies: list[Tally], judges: Judges, rubrics: Path | None, delta: float = 0.0
) -> list[Json]:
    """A line for each version of each feature in each dimension."""
    return [
        {
            "dimension": dimension,
            "feature": feature,
            "prompt_version": version,
            **row(figures(new, judges), dimension, rubrics),
            **_against(_before(lined_up[:place], new), new, delta),
        }
        for (dimension, feature), lined_up in _courses(tallies).items()
        for place, (version, new) in enumerate(lined_up)
    ]


_Course = list[tuple[str | None, list[Tally]]]


def _courses(tallies: list[Tally]) -> dict[tuple[str, str | None], _Course]:
    """By dimension and feature: prompt versions in the order in which they were first judged."""
    gathered: dict[tuple[str, str | None], dict[str | None, list[Tally]]] = {}
    for tally in sorted(tallies, key=_place):
        if tally.kind != CHECK:
            feature, version = tally.group
            of_feature = gathered.setdefault((tally.dimension, feature), {})
            of_feature.setdefault(version, []).append(tally)
    return {key: list(found.items()) for key, found in gathered.items()}


def _place(tally: Tally) -> tuple[str, str, int]:
    return tally.dimension, tally.group[0] or "", tally.slots[0]


def _before(earlier: _Course, new: list[Tally]) -> tuple[str | None, list[Tally]] | None:
    """Of the earlier versions the one that was judged last when the new one was first judged."""
    begin = min(tally.slots[0] for tally in new)

    def last(course: tuple[str | None, list[Tally]]) -> int:
        slots = (slot for tally in course[1] for slot in tally.slots)
        return max(slot for slot in slots if slot <= begin)

    return max(reversed(earlier), key=last, default=None)


def _against(before: tuple[str | None, list[Tally]] | None, new: list[Tally], delta: float) -> Json:
    if before is None:
        return {"before": None, **estimate("difference", None), "probability_worse": None}
    version, old = before
    found = comparison.compare(_flags(old), _flags(new), delta)
    return {
        "before": {"prompt_version": version, "same_judge": _judges(old) == _judges(new)},
        **estimate("difference", found.difference if found else None),
        "probability_worse": found.probability_worse if found else None,
    }


def _flags(tallies: list[Tally]) -> Sums:
    return weighted.total([tally.flags for tally in tallies])


def _judges(tallies: list[Tally]) -> set[tuple[str, str]]:
    return {(tally.rubric_version, tally.judge_model) for tally in tallies if tally.flags.count}
