"""The price book, typed; and the collector's JSON made into it. Rates are integers of picoUSD. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gemledger_dashboard.drawing.formats import parse_pico
from gemledger_dashboard.spend.sums import Json


@dataclass(frozen=True, slots=True)
class Priced:
    """A model on one platform; ``step`` is the prompt size above which it costs more, None without one."""

    platform: str
    model: str
    aliases: tuple[str, ...]
    step: int | None


@dataclass(frozen=True, slots=True)
class BookRow:
    """One dated set of rates of a model: in force from ``since``, and until the day before ``until``.

    ``inferred`` are the rates that nobody read on Google's own page; ``overlay``: the company's own file had a say.
    """

    name: str
    of: Priced
    tier: str
    context: str
    region: str
    since: date
    until: date | None
    per_token: Mapping[str, int]
    per_unit: Mapping[str, int]
    inferred: frozenset[str]
    published: bool
    source: str
    read_on: date | None
    overlay: bool

    @property
    def kind(self) -> tuple[str, str, str, str, str]:
        """What rows must share to follow one another."""
        return (self.of.platform, self.of.model, self.tier, self.context, self.region)

    @property
    def rates(self) -> Mapping[str, int]:
        """Every rate, of tokens and of other units."""
        return {**self.per_token, **self.per_unit}

    def holds_on(self, day: date) -> bool:
        """Whether calls of that day in UTC are priced by it."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Every row of the book that prices calls; not ``whole``: there are more than were asked for."""

    version: str
    rows: tuple[BookRow, ...]
    whole: bool


def book(body: Json) -> PriceBook:
    """`/api/v1/prices`."""
    return PriceBook(
        version=str(body["book"]),
        rows=tuple(_row(_priced(model), row) for model in body["models"] for row in model["rows"]),
        whole=body["next"] is None,
    )


def _priced(model: Json) -> Priced:
    step = model["long_context_above"]
    return Priced(
        platform=str(model["platform"]),
        model=str(model["model"]),
        aliases=tuple(str(alias) for alias in model["aliases"]),
        step=None if step is None else int(step),
    )


def _row(of: Priced, row: Json) -> BookRow:
    return BookRow(
        name=str(row["row"]),
        of=of,
        tier=str(row["tier"]),
        context=str(row["context"]),
        region=str(row["region"]),
        since=date.fromisoformat(row["from_date"]),
        until=_day(row["until_date"]),
        per_token=_rates(row["pico_usd_per_token"]),
        per_unit=_rates(row["pico_usd_per_unit"]),
        inferred=frozenset(str(name) for name in row["inferred"]),
        published=row["confidence"] == "published",
        source=str(row["source"]),
        read_on=_day(row["read_on"]),
        overlay=bool(row["layer"]),
    )


def _rates(found: Json) -> Mapping[str, int]:
    return {str(name): parse_pico(pico) for name, pico in found.items()}


def _day(text: str | None) -> date | None:
    """What the company's own file says was read on no day."""
    return date.fromisoformat(text) if text else None
