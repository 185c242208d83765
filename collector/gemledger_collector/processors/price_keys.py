"""Rates for a whole batch: looked up once per distinct key, then gathered into columns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger.pricing import Book, Rates, Usage, engine
from gemledger_collector.processors.batches import Integers, Keys, Mask, integers

_DAY_NANO = 86_400 * 10**9
_NO_THRESHOLD = 2**62


@dataclass(frozen=True, slots=True)
class Found:
    """The rates of each row.

    ``known``: there is a rate for every cell that has tokens. ``why`` is the reason where there is none,
    ``inferred`` where the book is not sure, ``unclear`` where the price step cannot be decided.
    """

    rates: Mapping[str, Integers]
    known: Mask
    why: pa.Array
    inferred: Mask
    threshold: Integers
    long_context: Mask
    price_row: pa.Array


class RateTable:
    """Every (platform, model, tier, region, day) of a batch, with its base and long-context rates."""

    def __init__(self, rows: pa.RecordBatch, book: Book) -> None:
        keys = Keys(len(rows))
        keys.add(rows.column("platform").fill_null(""))
        keys.add(
            pc.coalesce(rows.column("response_model"), rows.column("request_model")).fill_null("")
        )
        keys.add(rows.column("service_tier").fill_null("standard"))
        keys.add(
            pc.coalesce(rows.column("account_location"), rows.column("region")).fill_null("global")
        )
        day = integers(rows.column("start_time_unix_nano")) // _DAY_NANO
        keys.add(pa.array(day))
        self._of_row = keys.of_row
        self._entries = [_Entry(book, *key) for key in keys.distinct()]  # type: ignore[arg-type]  # parts as added

    def look_up(self, prompt_tokens: Integers, cells: Mapping[str, Integers]) -> Found:
        """The rates of each row, given how long its prompt is and which cells it has tokens in."""
        threshold = np.array([entry.threshold for entry in self._entries], dtype=np.int64)[
            self._of_row
        ]
        long_context: Mask = prompt_tokens > threshold
        index = self._of_row * 2 + long_context
        rates = [
            entry.rates(long_context=long) for entry in self._entries for long in (False, True)
        ]
        known: Mask = np.array([rate is not None for rate in rates], dtype=bool)[index]
        why = pa.array([entry.why for entry in self._entries for _ in (False, True)], pa.string())
        why = why.take(pa.array(index))
        gathered: dict[str, Integers] = {}
        for cell, count in cells.items():
            column, missing = _column(rates, cell)
            gathered[cell] = column[index]
            lacking = known & missing[index] & (count > 0)
            if lacking.any():
                known &= ~lacking
                why = pc.if_else(pa.array(lacking), f"no_rate:{cell}", why)
        inferred, rows = _provenance(rates, index)
        return Found(gathered, known, why, inferred, threshold, long_context & known, rows)


def _provenance(rates: Sequence[Rates | None], index: Integers) -> tuple[Mask, pa.Array]:
    """For each row: whether its rates are inferred, and the entry of the book they come from."""
    unsure = [rate is not None and rate.confidence != "published" for rate in rates]
    names = pa.array([rate.row if rate else None for rate in rates], pa.string())
    return np.array(unsure, dtype=bool)[index], names.take(pa.array(index))


def _column(rates: Iterable[Rates | None], cell: str) -> tuple[Integers, Mask]:
    """The cell's rate under each key, and where a key has rates but none for this cell."""
    found = [rate.pico_usd(cell) if rate is not None else 0 for rate in rates]
    numbers = np.array([0 if pico is None else pico for pico in found], dtype=np.int64)
    return numbers, np.array([pico is None for pico in found], dtype=bool)


class _Entry:
    """One key's rates."""

    def __init__(
        self, book: Book, platform: str, model: str, tier: str, region: str, day: int
    ) -> None:
        at = day * _DAY_NANO  # rates change at midnight UTC only
        found = book.long_context_threshold(platform, model, at)
        self.threshold = _NO_THRESHOLD if found is None else found
        self._rates = [
            book.rates_for(platform, model, tier, long, at, region) for long in (False, True)
        ]
        nothing = engine.Facts(platform, model, model, tier, at, Usage(0, 0), region, "localhost")
        self.why = "" if self._rates[0] else engine.price_exchange(book, nothing).reasons[0]

    def rates(self, *, long_context: bool) -> Rates | None:
        """Base rates, or those above the price step."""
        return self._rates[long_context]
