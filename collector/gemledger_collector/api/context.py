"""What a route may ask: handed to every handler, so that none needs a global.

A router module does::

    router = APIRouter()

    @router.get("/api/v1/alerts")
    def alerts(ask: Ask, since: Instant | None = None) -> dict[str, object]:
        with ask.store.reading() as snapshot:
            ...

Handlers are plain functions: FastAPI runs them in its thread pool, so that a query never blocks intake.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from pydantic import AfterValidator, BeforeValidator

from gemledger.pricing import Book, load_book
from gemledger_collector.access import Caller
from gemledger_collector.api.doorway import CALLER
from gemledger_collector.config import Config
from gemledger_collector.judge_standing import JudgeStanding
from gemledger_collector.pipeline import Pipeline
from gemledger_collector.storage.budget_spend import RememberedSpend
from gemledger_collector.storage.minutes import Minutes
from gemledger_collector.storage.store import Store
from gemledger_collector.telemetry import Telemetry
from gemledger_collector.upkeep.revise.loop import Bell


@dataclass(frozen=True, slots=True)
class Context:
    """Everything the API reads. ``clock`` gives unix nanoseconds."""

    config: Config
    store: Store
    pipeline: Pipeline
    telemetry: Telemetry
    price_book: str
    clock: Callable[[], int]
    started_at_unix_nano: int
    minutes: Minutes
    """What was committed of late, minute by minute."""
    book: Book = field(default_factory=load_book)
    revisions: Bell = field(default_factory=Bell)
    """Rung when a re-pricing or a preview of rules was asked for."""
    spend: RememberedSpend = field(default_factory=RememberedSpend)
    """What those who ask before they spend were told of the ledger."""
    judge: JudgeStanding = field(default_factory=JudgeStanding)
    """Whether answers are judged, and if not, why not."""


def _context(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


Ask = Annotated[Context, Depends(_context)]
"""A handler's first parameter."""


def _who(request: Request) -> Caller:
    caller: Caller = request.scope[CALLER]
    return caller


Who = Annotated[Caller, Depends(_who)]
"""Whom the door let in: who it was for the audit, and whether they may do more than the route needs."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(
            f"{name!r} is no time zone; give an IANA name such as Europe/Berlin"
        ) from None
    return name


def _aware(moment: datetime) -> datetime:
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    if not 0 <= unix_nano(aware) < 2**63:
        raise ValueError("give a time from 1970 on and before 2262: nanoseconds end there")
    return aware


def _text_only(value: object) -> object:
    if isinstance(value, str) and not value.lstrip("+-").isdigit():
        return value
    raise ValueError("give an ISO 8601 time such as 2026-11-01T00:00:00Z")


Instant = Annotated[datetime, BeforeValidator(_text_only), AfterValidator(_aware)]
"""A query parameter in ISO 8601; without an offset it is UTC."""

ZoneName = Annotated[str, AfterValidator(_zone)]
"""A query parameter with the name of a time zone."""


def unix_nano(moment: datetime) -> int:
    """Unix nanoseconds of an aware datetime, exactly."""
    elapsed = moment - datetime.fromtimestamp(0, UTC)
    return (elapsed.days * 86_400 + elapsed.seconds) * 10**9 + elapsed.microseconds * 1000


def iso(nanoseconds: int | None) -> str | None:
    """ISO 8601 in UTC, to the microsecond."""
    if nanoseconds is None:
        return None
    seconds, rest = divmod(nanoseconds, 10**9)
    return (
        datetime.fromtimestamp(seconds, UTC)
        .replace(microsecond=rest // 1000)
        .isoformat()
        .replace("+00:00", "Z")
    )
