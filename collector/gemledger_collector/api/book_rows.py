"""Rows of the price book as the API shows them."""

from collections.abc import Mapping, Sequence
from datetime import date

from pydantic import BaseModel, Field

from gemledger.pricing import Book
from gemledger.pricing.rates import rates_of
from gemledger.pricing.rows import ModelRows, RateRow, end_of


class BookRow(BaseModel):
    """One dated set of rates, with where it was read and when. Rates are picoUSD in decimal strings."""

    row: str = Field(description="platform/model/tier/context/from: what a call's price_row names")
    platform: str
    model: str
    tier: str
    context: str = Field(description="base, or long: above the model's price step")
    region: str
    from_date: str = Field(description="in force from 00:00 UTC of this day")
    until_date: str | None = Field(description="the first day it no longer is; null: no end known")
    pico_usd_per_token: dict[str, str]
    pico_usd_per_unit: dict[str, str]
    confidence: str = Field(description="published, or inferred where nothing of it was")
    inferred: list[str] = Field(description="the cells and units nobody read on Google's own page")
    source: str
    read_on: str
    layer: str = Field(description="overlay where the user's own file had a say, else empty")


def book_row(model: ModelRows, row: RateRow) -> BookRow:
    """A row of the book with its name and its end."""
    rates = rates_of(model, row)
    end = end_of(row, model.of_kind(row.kind))
    return BookRow(
        row=rates.row,
        platform=model.platform,
        model=model.id,
        tier=row.tier,
        context=row.context,
        region=row.region,
        from_date=row.from_date.isoformat(),
        until_date=_iso(end),
        pico_usd_per_token=_strings(rates.pico_usd_per_token),
        pico_usd_per_unit=_strings(rates.pico_usd_per_unit),
        confidence=row.confidence,
        inferred=sorted(row.inferred),
        source=row.source,
        read_on=str(row.read_on),
        layer=row.layer,
    )


def rows_named(book: Book, names: Sequence[str]) -> list[BookRow]:
    """The rows that a call's ``price_row`` names, of those that this book has."""
    wanted = set(names)
    models = {tuple(name.rpartition(":")[2].split("/")[:2]) for name in names}
    return [
        found
        for model in book.models()
        if (model.platform, model.id) in models
        for row in model.rows
        if (found := book_row(model, row)).row in wanted
    ]


def _strings(rates: Mapping[str, int]) -> dict[str, str]:
    return {name: str(pico) for name, pico in rates.items()}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
