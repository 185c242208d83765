"""GET /api/v1/changes: when a feature began to use another prompt version or another model."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from gemledger_collector.api.context import Ask, iso
from gemledger_collector.api.ranges import Range
from gemledger_collector.storage import changes

Json = dict[str, Any]

router = APIRouter(tags=["quality"])


@router.get("/api/v1/changes")
def get_changes(
    ask: Ask,
    between: Range,
    feature: Annotated[str | None, Query(description="empty: calls without one")] = None,
    environment: Annotated[str | None, Query(description="empty: calls without one")] = None,
    limit: Annotated[int, Query(ge=1, le=changes.MOST)] = changes.MOST,
) -> Json:
    """Prompt versions and models that a feature first used where it had used another before, in order of time.

    ``exact`` is false where the spans of that time are gone: ``time`` is then the begin of a quarter of an hour.
    """
    asked = changes.Asked(between.since, between.until, feature, environment, limit)
    with ask.store.reading() as snapshot:
        found = changes.changes(snapshot, asked)
    return {
        "changes": [
            {
                "time": iso(change.time_unix_nano),
                "exact": change.exact,
                "kind": change.kind,
                "feature": change.feature,
                "before": change.before,
                "after": change.after,
            }
            for change in found
        ]
    }
