"""``GET /api/v1/filters``: the values that each filter can have in a range, out of the ledger."""

from collections.abc import Sequence

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gemledger_collector.api.context import Ask, iso
from gemledger_collector.api.freshness import Versioned
from gemledger_collector.api.ranges import Range
from gemledger_collector.storage.buckets import slots_around
from gemledger_collector.storage.filter_values import MOST_VALUES, Counted, filter_values

router = APIRouter(tags=["calls"])


class FilterValue(BaseModel):
    """A value, and how many calls have it."""

    value: str | None = Field(description="null: calls that have none; as a filter, the empty text")
    calls: int


class Dimension(BaseModel):
    """The values of one dimension, the busiest first."""

    name: str
    values: list[FilterValue]
    truncated: bool = Field(description=f"there are more than the {MOST_VALUES} that are told")


class FilterValues(BaseModel):
    """Every dimension that has calls in the range."""

    since: str | None
    until: str | None
    dimensions: list[Dimension]


@router.get("/api/v1/filters", dependencies=[Versioned("since")])
def get_filters(ask: Ask, between: Range) -> FilterValues:
    """Values of model, team, feature and so on in [since, until), widened to 15-minute slots; the last 30 days."""
    around = slots_around(between.since, between.until)
    with ask.store.reading() as snapshot:
        found = filter_values(snapshot, around.start, around.end)
    return FilterValues(
        since=iso(between.since),
        until=between.told_until,
        dimensions=[_dimension(name, counted) for name, counted in found.items()],
    )


def _dimension(name: str, counted: Sequence[Counted]) -> Dimension:
    return Dimension(
        name=name,
        values=[FilterValue(value=value, calls=calls) for value, calls in counted[:MOST_VALUES]],
        truncated=len(counted) > MOST_VALUES,
    )
