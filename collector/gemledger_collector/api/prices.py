"""``GET /api/v1/prices``: the price book, with sources and dates, and what of it is about to change."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from gemledger.pricing.book import model_id
from gemledger.pricing.rows import ModelRows
from gemledger_collector.api.book_rows import BookRow, book_row
from gemledger_collector.api.context import Ask, Context
from gemledger_collector.api.freshness import Versioned
from gemledger_collector.api.paging import Cursor, Limit, cursor_of, key_of

router = APIRouter(tags=["prices"])

_Name = Annotated[str | None, Query(max_length=200)]


class PricedModel(BaseModel):
    """A model on one platform with every rate it has had or will have."""

    platform: str
    model: str
    aliases: list[str]
    long_context_above: int | None = Field(
        description="prompt tokens of its price step; null: none"
    )
    rows: list[BookRow]


class Change(BaseModel):
    """A day on which a price begins or ends."""

    date: str
    row: str
    begins: bool = Field(description="false: it ends, and nothing follows")


class Prices(BaseModel):
    """One page of models, and every change to come of all of them."""

    book: str
    as_of: str
    models: list[PricedModel]
    coming: list[Change]
    next: str | None


@router.get("/api/v1/prices", dependencies=[Versioned("as_of")])
def get_prices(
    ask: Ask,
    platform: _Name = None,
    model: _Name = None,
    as_of: Annotated[
        date | None, Query(description="changes after this day; default today")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Prices:
    """The book that prices calls, overlay included: rates, their source, the day they were read, confidence."""
    today = as_of or datetime.fromtimestamp(ask.clock() // 10**9, UTC).date()
    chosen = _chosen(ask, platform, model)
    question = {"platform": platform, "model": model, "book": ask.book.version}
    key = key_of(question, cursor, ("text", "text"))
    rest = [
        each for each in chosen if key is None or (each.platform, each.id) > tuple(map(str, key))
    ]
    page = rest[:limit]
    return Prices(
        book=ask.book.version,
        as_of=today.isoformat(),
        models=[_priced(each) for each in page],
        coming=sorted(_changes(chosen, today), key=lambda change: (change.date, change.row)),
        next=cursor_of(question, (page[-1].platform, page[-1].id)) if len(rest) > limit else None,
    )


def _chosen(ask: Context, platform: str | None, model: str | None) -> list[ModelRows]:
    wanted = None if model is None else model_id(model)
    return sorted(
        (
            each
            for each in ask.book.models()
            if platform in (None, each.platform) and wanted in (None, each.id, *each.aliases)
        ),
        key=lambda each: (each.platform, each.id),
    )


def _priced(model: ModelRows) -> PricedModel:
    return PricedModel(
        platform=model.platform,
        model=model.id,
        aliases=list(model.aliases),
        long_context_above=model.long_context_above,
        rows=[book_row(model, row) for row in model.rows],
    )


def _changes(models: list[ModelRows], today: date) -> Iterator[Change]:
    for model in models:
        for row in model.rows:
            shown = book_row(model, row)
            if row.from_date > today:
                yield Change(date=shown.from_date, row=shown.row, begins=True)
            if row.until_date is not None and row.until_date > today:
                yield Change(date=row.until_date.isoformat(), row=shown.row, begins=False)
