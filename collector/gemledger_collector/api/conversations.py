"""``GET /api/v1/conversations``: what each conversation cost, a page at a time."""

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from gemledger_collector.api.breakdowns import Choices
from gemledger_collector.api.call_rows import Pico, Row, moment, pico
from gemledger_collector.api.context import Ask, iso
from gemledger_collector.api.freshness import Versioned
from gemledger_collector.api.paging import Cursor, Limit, cursor_of, key_of
from gemledger_collector.api.ranges import WeekRange
from gemledger_collector.storage.conversations import ConversationSearch, Order, conversations

router = APIRouter(tags=["calls"])


class Conversation(BaseModel):
    """The calls of one conversation in the range, summed."""

    conversation_id: str
    calls: int
    errors: int
    unpriced_calls: int
    cost_pico_usd: Pico = Field(description="of the priced calls; null: none is")
    input_tokens: int
    output_tokens: int
    first_call: str
    last_call: str
    team: str | None = Field(description="of one of its calls, as are feature and user_id")
    feature: str | None
    user_id: str | None


class Conversations(BaseModel):
    """One page of conversations."""

    since: str | None
    until: str | None
    order: str
    conversations: list[Conversation]
    next: str | None


@dataclass(frozen=True, slots=True)
class Filters:
    """By who pays."""

    team: Choices = None
    feature: Choices = None
    user: Choices = None


@router.get("/api/v1/conversations", dependencies=[Versioned("since")])
def get_conversations(
    ask: Ask,
    between: WeekRange,
    filters: Annotated[Filters, Depends()],
    order: Order = "dearest",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Conversations:
    """Conversations by their calls in [since, until), of the last 7 days where nothing is said.

    ``order``: the dearest, the newest, or the longest (most calls) first.
    """
    search = ConversationSearch(
        since=between.since, until=between.until, sort=order, **asdict(filters)
    )
    question = asdict(search) | {"since": None}
    key = key_of(question, cursor, ("sum", "text"))
    after = None if key is None else (int(key[0]), str(key[1]))
    with ask.store.reading() as snapshot:
        rows, more = conversations(snapshot, search, after, limit)
    return Conversations(
        since=iso(between.since),
        until=between.told_until,
        order=order,
        conversations=[_conversation(row) for row in rows],
        next=None if more is None else cursor_of(question, more),
    )


def _conversation(row: Row) -> Conversation:
    return Conversation(
        conversation_id=row["conversation_id"],
        calls=row["calls"],
        errors=row["errors"],
        unpriced_calls=row["unpriced_calls"],
        input_tokens=int(row["input_tokens"]),
        output_tokens=int(row["output_tokens"]),
        team=row["team"],
        feature=row["feature"],
        user_id=row["user_id"],
        cost_pico_usd=pico(row["cost_pico_usd"]),
        first_call=moment(row["first_unix_nano"]),
        last_call=moment(row["last_unix_nano"]),
    )
