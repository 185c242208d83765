"""What a price book consists of once it is read: models, each with dated rows of integer picoUSD."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_EPOCH = dt.date(1970, 1, 1)
DAY_NS = 86_400_000_000_000


class BookError(ValueError):
    """A price book cannot be read as written. The text names file, line, row and key, and what would be right."""


class RateRow(NamedTuple):
    """One dated set of rates as it is stated, money already in integer picoUSD.

    In force from 00:00 UTC of ``from_date`` until 00:00 UTC of ``until_date``, or until the next row of the same
    tier, context and region begins. ``inferred`` are the cells and units nobody has read on Google's own page.
    ``layer`` is empty, or ``overlay`` where a user's file had a say.
    """

    from_date: dt.date
    until_date: dt.date | None
    tier: str
    context: str
    region: str
    pico_usd_per_token: Mapping[str, int]
    pico_usd_per_unit: Mapping[str, int]
    inferred: frozenset[str]
    source: str
    read_on: str
    layer: str = ""

    @property
    def kind(self) -> tuple[str, str, str]:
        """What rows must share to follow one another."""
        return (self.tier, self.context, self.region)

    @property
    def confidence(self) -> str:
        """``inferred`` where nothing of the row was published, else ``published``; ``inferred`` has the cells."""
        stated = (*self.pico_usd_per_token, *self.pico_usd_per_unit)
        return "inferred" if self.inferred.issuperset(stated) else "published"

    def price(self, cell_or_unit: str) -> int | None:
        """What the row states for a token cell or a unit, in picoUSD."""
        token = self.pico_usd_per_token.get(cell_or_unit)
        return self.pico_usd_per_unit.get(cell_or_unit) if token is None else token


class ModelRows(NamedTuple):
    """One model on one platform: exact id, exact aliases, the prompt size of its price step, its dated rows."""

    platform: str
    id: str
    aliases: tuple[str, ...]
    long_context_above: int | None
    rows: tuple[RateRow, ...]

    def of_kind(self, kind: tuple[str, str, str]) -> list[RateRow]:
        """The rows of one tier, context and region, oldest first."""
        return sorted((row for row in self.rows if row.kind == kind), key=lambda row: row.from_date)

    @property
    def kinds(self) -> tuple[tuple[str, str, str], ...]:
        """Every tier, context and region the model has rows for, in the order they are stated."""
        return tuple(dict.fromkeys(row.kind for row in self.rows))


def unix_nano(day: dt.date) -> int:
    """The first nanosecond of a day in UTC."""
    return (day - _EPOCH).days * DAY_NS


def end_of(row: RateRow, later: Iterable[RateRow]) -> dt.date | None:
    """The first day a row no longer holds: its own ``until``, or the next row of its kind; None while it lasts."""
    following = min(
        (other.from_date for other in later if other.from_date > row.from_date), default=None
    )
    return row.until_date if row.until_date is not None else following
