"""``GET /api/v1/quality/summary``: all that a page about quality begins with, in one answer."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from gemledger_collector.api.breakdowns import OnlyJudged
from gemledger_collector.api.calibration import calibration
from gemledger_collector.api.changes import get_changes
from gemledger_collector.api.context import Ask, ZoneName
from gemledger_collector.api.quality import Bucket, Range, quality
from gemledger_collector.api.quality_comparison import versions
from gemledger_collector.api.ranges import Range as Between

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
    return {
        "quality": quality(ask, span, only, timezone, bucket),
        "versions": versions(ask, between, only)["versions"],
        "changes": [
            each for each in changed if features is None or (each["feature"] or "") in features
        ],
        "calibration": calibration(ask),
    }
