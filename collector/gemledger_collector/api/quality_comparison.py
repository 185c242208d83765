"""GET /api/v1/quality/compare: whether a prompt version is worse than another, and by how much."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from gemledger_collector.api.context import Ask
from gemledger_collector.api.quality_rows import estimate, row
from gemledger_collector.api.ranges import Range
from gemledger_collector.estimation import comparison, weighted
from gemledger_collector.estimation.weighted import Sums
from gemledger_collector.storage import evaluations
from gemledger_collector.storage.evaluations import Tally
from gemledger_collector.storage.judges import Judges
from gemledger_collector.storage.quality import figures

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
        judges = Judges.of(snapshot)
    old = [tally for tally in tallies if asked.of(tally, asked.old)]
    new = [tally for tally in tallies if asked.of(tally, asked.new)]
    told = partial(row, dimension=asked.dimension, rubrics=ask.config.judge.rubrics_folder)
    found = comparison.compare(_flags(old), _flags(new), asked.delta)
    return {
        "dimension": asked.dimension,
        "feature": asked.feature,
        "delta": asked.delta,
        "old": {"prompt_version": asked.old, **told(figures(old, judges))},
        "new": {"prompt_version": asked.new, **told(figures(new, judges))},
        **estimate("difference", found.difference if found else None),
        "probability_worse": found.probability_worse if found else None,
        "same_judge": _judges(old) == _judges(new),
    }


def _flags(tallies: list[Tally]) -> Sums:
    return weighted.total([tally.flags for tally in tallies])


def _judges(tallies: list[Tally]) -> set[tuple[str, str]]:
    return {(tally.rubric_version, tally.judge_model) for tally in tallies if tally.flags.count}
