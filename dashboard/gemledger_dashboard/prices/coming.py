"""Which prices change after a day, from what to what. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from gemledger_dashboard.prices.price_answers import BookRow


@dataclass(frozen=True, slots=True)
class PriceChange:
    """From `day` on `after` holds instead of `before`. No `before`: a new price. No `after`: nothing follows."""

    day: date
    before: BookRow | None
    after: BookRow | None

    @property
    def row(self) -> BookRow:
        """Whose price it is."""
        row = self.after or self.before
        assert row is not None
        return row


def changes(rows: Iterable[BookRow], after: date) -> list[PriceChange]:
    """Everything that begins or ends after a day, the next first."""
    kinds: dict[object, list[BookRow]] = {}
    for row in rows:
        kinds.setdefault(row.kind, []).append(row)
    found = [change for kind in kinds.values() for change in _of_kind(kind, after)]
    return sorted(found, key=lambda change: (change.day, change.row.name))


def _of_kind(rows: Sequence[BookRow], after: date) -> Iterator[PriceChange]:
    """Rows of one kind follow one another, or leave a gap."""
    begins = {row.since: row for row in rows}
    ends = {row.until: row for row in rows if row.until is not None}
    for day in sorted(begins.keys() | ends.keys()):
        if day > after:
            yield PriceChange(day, ends.get(day), begins.get(day))
