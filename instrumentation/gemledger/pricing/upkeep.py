"""What a price book needs somebody to look at: readings that grow old, prices about to change, prices about to end.

Pure: the day is an argument. ``gemledger price --check`` prints what comes out.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gemledger.pricing.quoted import usd
from gemledger.pricing.rows import ModelRows, RateRow, end_of

STALE_DAYS = 45
"""Google has changed prices within weeks: a reading older than this is no longer trusted."""
AHEAD_DAYS = 14

STALE, CHANGES, MODEL_ENDS, RATE_ENDS, CELL_ENDS = (
    "stale",
    "changes",
    "model ends",
    "rate ends",
    "cell ends",
)
ATTENTION = frozenset((STALE, MODEL_ENDS, RATE_ENDS, CELL_ENDS))
"""What nobody has provided for. A change whose next price is in the book is only worth knowing."""


class Finding(NamedTuple):
    """One thing to know; ``day`` is when it happens, or when the price was read."""

    kind: str
    subject: str
    day: str
    text: str

    @property
    def needs_attention(self) -> bool:
        """Whether somebody has to do something about it."""
        return self.kind in ATTENTION


def findings(models: Iterable[ModelRows], at: dt.date) -> list[Finding]:
    """Everything to know about these models on a day, what needs attention first."""
    known = tuple(models)
    found = [*_stale(known, at), *(finding for model in known for finding in _ahead(model, at))]
    return sorted(found, key=lambda one: (not one.needs_attention, one.kind, one.day, one.subject))


def _stale(models: Sequence[ModelRows], at: dt.date) -> Iterator[Finding]:
    """Sources last read too long ago, with how many models still rest on them."""
    resting: dict[tuple[str, str], set[str]] = {}
    for model in models:
        for row in model.rows:
            end = end_of(row, model.of_kind(row.kind))
            if row.read_on and (end is None or end > at):
                resting.setdefault((row.read_on, row.source), set()).add(model.id)
    for (read_on, source), ids in resting.items():
        days = (at - dt.date.fromisoformat(read_on)).days
        if days > STALE_DAYS:
            text = f"read {days} days ago, {len(ids)} models rest on it: read it again"
            yield Finding(STALE, source, read_on, text)


def _ahead(model: ModelRows, at: dt.date) -> Iterator[Finding]:
    """Changes and ends of one model within the days ahead."""
    horizon = at + dt.timedelta(days=AHEAD_DAYS)
    subject = f"{model.platform}/{model.id}"
    if _lasts(model, at) and not _lasts(model, horizon):
        last = max(row.until_date for row in model.rows if row.until_date is not None)
        yield Finding(MODEL_ENDS, subject, last.isoformat(), "no price after that day")
        return
    for kind in model.kinds:
        rows = model.of_kind(kind)
        for row in rows:
            end = end_of(row, rows)
            if end is not None and at < end <= horizon:
                yield from _end_of_row(f"{subject} {' '.join(kind)}", row, rows, end)


def _end_of_row(subject: str, row: RateRow, rows: list[RateRow], end: dt.date) -> Iterator[Finding]:
    following = next((later for later in rows if later.from_date == end), None)
    if following is None:
        yield Finding(RATE_ENDS, subject, end.isoformat(), "no next rate: calls will be unpriced")
        return
    before = {**row.pico_usd_per_token, **row.pico_usd_per_unit}
    after = {**following.pico_usd_per_token, **following.pico_usd_per_unit}
    changed = [
        f"{name} {usd(name, before[name])} to {usd(name, after[name])}"
        for name in before
        if name in after and before[name] != after[name]
    ]
    if changed:
        yield Finding(CHANGES, subject, end.isoformat(), ", ".join(changed))
    for name in before:
        if name not in after:
            yield Finding(CELL_ENDS, subject, end.isoformat(), f"no next price for {name}")


def _lasts(model: ModelRows, day: dt.date) -> bool:
    """Whether anything of the model has a price on that day or later."""
    return any(row.until_date is None or row.until_date > day for row in model.rows)
