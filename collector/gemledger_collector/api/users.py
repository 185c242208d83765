"""``GET /api/v1/users``: what each user cost."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query

from gemledger_collector.api.context import Ask, Instant, iso, unix_nano
from gemledger_collector.storage.ledger_user import Order, UsersQuestion, users

router = APIRouter()


@router.get("/api/v1/users")
def get_users(
    ask: Ask,
    since: Instant,
    until: Instant,
    order: Order = "cost",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> dict[str, object]:
    """Calls, tokens and money of each user, of calls that began in [since, until), widened to UTC days.

    Calls without a user are in no row. Of a day that is over, its dearest 10,000 users have rows of their own; the
    rest are the user ``(other)``, and ``folded_users`` says how many, one who is folded on two days twice.
    """
    question = UsersQuestion(unix_nano(since), unix_nano(until), order, limit, offset)
    with ask.store.reading() as snapshot:
        answer = users(snapshot, question)
    following = offset + len(answer.users)
    more = len(answer.users) == limit
    return {
        "since": iso(answer.range.start * 10**9),
        "until": iso(answer.range.end * 10**9),
        "order": order,
        "users": [{"user_id": name, **_sent(figures)} for name, figures in answer.users],
        "next_offset": following if more else None,
        "user_count": answer.user_count,
        "folded_users": answer.folded_users,
        "totals": _sent(answer.totals),
    }


def _sent(figures: Mapping[str, int]) -> dict[str, object]:
    """Money as strings: a browser's numbers end at 2**53."""
    return {
        name: str(value) if name.endswith("_pico_usd") else value for name, value in figures.items()
    }
