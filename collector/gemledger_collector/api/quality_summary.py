"""``GET /api/v1/quality/summary``: all that a page about quality begins with, in one answer."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from gemledger_collector.api import calibration, quality, quality_comparison
from gemledger_collector.api.alerts import bounds
from gemledger_collector.api.breakdowns import OnlyJudged
from gemledger_collector.api.changes import get_changes
from gemledger_collector.api.context import Ask, ZoneName
from gemledger_collector.api.quality import Bucket, Range
from gemledger_collector.api.ranges import Range as Between
from gemledger_collector.storage.judges import Judges

Json = dict[str, Any]

router = APIRouter(tags=["quality"])


@router.get("/api/v1/quality/summary")
def summary(
    ask: Ask,
    between: Between,
    span: Annotated[Range, Depends()],
    only: Annotated[OnlyJudged, Depends()],
    timezone: ZoneName = "UTC",
    bucket: Bucket = "day",
) -> Json:
    """What ``/api/v1/quality``, ``quality/versions``, ``changes`` and ``calibration`` answer, each by its name.

    Changes are those of the features that are chosen; what judges agree with people is not narrowed.
    """
    changed = get_changes(ask, between)["changes"]
    features = only.feature
    rubrics = ask.config.judge.rubrics_folder
    asked = quality.Asked(timezone, bucket, (), rubrics)
    with ask.store.reading() as snapshot:
        judges = Judges.of(snapshot)
        figures = quality.told(snapshot, judges, bounds(ask, span.since, span.until), asked, only)
        versions = quality_comparison.tallies_of_versions(snapshot, between, only)
        trusted = calibration.told(snapshot, judges, ask.clock(), rubrics)
    return {
        "quality": figures,
        "versions": quality_comparison.told(versions, judges, rubrics),
        "changes": [
            each for each in changed if features is None or (each["feature"] or "") in features
        ],
        "calibration": trusted,
    }
