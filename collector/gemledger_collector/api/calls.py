"""``GET /api/v1/calls``: single calls, searched and filtered, a page at a time."""

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from gemledger_collector.api.breakdowns import Choices
from gemledger_collector.api.call_rows import Call, call_of
from gemledger_collector.api.context import Ask, iso
from gemledger_collector.api.freshness import Versioned
from gemledger_collector.api.paging import Cursor, Limit, cursor_of, key_of
from gemledger_collector.api.ranges import Range
from gemledger_collector.storage.calls import After, CallSearch, Order, calls

router = APIRouter(tags=["calls"])

_MOST_PICO = 2**63 - 1
_MOST_MILLISECONDS = 10**9


class Calls(BaseModel):
    """One page of calls."""

    since: str | None
    until: str | None
    order: str
    calls: list[Call]
    next: str | None


@dataclass(frozen=True, slots=True)
class Payers:
    """Filters by who pays."""

    team: Choices = None
    cost_center: Choices = None
    feature: Choices = None
    user: Choices = None
    environment: Choices = None
    prompt_version: Choices = None


@dataclass(frozen=True, slots=True)
class Kinds:
    """Filters by what was called and how it went."""

    model: Choices = None
    service: Choices = None
    status: Choices = None
    error_kind: Choices = None
    service_tier: Choices = None
    purpose: Choices = None
    platform: Choices = None
    operation: Choices = None


@dataclass(frozen=True, slots=True)
class Single:
    """Filters by an id, and by least amounts."""

    conversation: Annotated[str | None, Query(max_length=1000)] = None
    response_id: Annotated[str | None, Query(max_length=1000)] = None
    trace_id: Annotated[str | None, Query(pattern="^[0-9a-fA-F]{32}$")] = None
    min_cost_pico_usd: Annotated[int | None, Query(ge=0, le=_MOST_PICO)] = None
    min_duration_ms: Annotated[float | None, Query(ge=0, le=_MOST_MILLISECONDS)] = None


@dataclass(frozen=True, slots=True)
class Filters:
    """All of them."""

    payers: Annotated[Payers, Depends()]
    kinds: Annotated[Kinds, Depends()]
    single: Annotated[Single, Depends()]

    def search(self, between: Range, order: Order) -> CallSearch:
        """The question to the store."""
        single, least = self.single, self.single.min_duration_ms
        return CallSearch(
            since=between.since,
            until=between.until,
            sort=order,
            **asdict(self.payers),
            **asdict(self.kinds),
            conversation=single.conversation,
            response_id=single.response_id,
            trace_id=single.trace_id,
            min_cost=single.min_cost_pico_usd,
            min_duration=None if least is None else round(least * 1e6),
        )


@router.get("/api/v1/calls", dependencies=[Versioned("since")])
def get_calls(
    ask: Ask,
    between: Range,
    filters: Annotated[Filters, Depends()],
    order: Order = "newest",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Calls:
    """Calls that began in [since, until), by default of the last 30 days; the newest, dearest or slowest first.

    A filter given several times chooses any of its values; given empty (``team=``) it chooses calls that have none.
    Calls of unknown cost come last among the dearest. Pages neither shift nor repeat while calls arrive.
    """
    search = filters.search(between, order)
    question = asdict(search) | {"since": None, "until": None}
    key = key_of(question, cursor, ("time", "time", "id", "time"))
    if key is not None:  # a range that follows the clock stays where the first page had it
        search = filters.search(between.beginning(int(key[3])), order)
    after = None if key is None else After(int(key[0]), int(key[1]), int(key[2]))
    with ask.store.reading() as snapshot:
        page = calls(snapshot, search, after, limit, ask.clock())
    more = page.after
    return Calls.model_construct(
        since=iso(search.since),
        until=between.told_until,
        order=order,
        calls=[call_of(row) for row in page.rows],
        next=more
        and cursor_of(question, (more.key, more.start_time_unix_nano, more.span_id, search.since)),
    )
