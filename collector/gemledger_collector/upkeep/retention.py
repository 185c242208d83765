"""What is deleted because it is old, or because the file holds too much. Decisions are pure; time is an argument.

Of spans two times matter. The mark says from when on everything is there, and no span that starts before it is taken.
Rows stay a slot longer than their mark, so that a call seen by two instrumentations, whose spans start up to a minute
apart, is still found with both.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gemledger_collector.config_values import nanoseconds
from gemledger_collector.exporters_config import Retention
from gemledger_collector.storage.retention import (
    QUOTING,
    Kept,
    Mark,
    Quoting,
    SlotRows,
    delete_piece,
    forget_quotes,
    quotes_by_slot,
    rows_by_slot,
    set_mark,
    used_bytes,
)
from gemledger_collector.storage.store import Store
from gemledger_collector.telemetry import Telemetry

log = logging.getLogger("gemledger.upkeep")

SLOT_NANO = 900 * 10**9
PIECE_ROWS = 50_000
"""Most rows deleted in one transaction, but for a slot that has more: ingest waits for one piece, never for all."""
_BREATH_SECONDS = 0.05
"""Between two pieces, so that whoever waits to write has their turn: a lock is not fair."""
NEVER_FOR_SIZE_NANO = 4 * SLOT_NANO
"""What is younger is not deleted to save space."""
_SIZE_PASSES = 5
_AIM = 0.9
"""Share of max_size that a deletion for size comes down to, so that the next is not due at once."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows that are deleted together: those that start from ``first_unix_nano`` and before ``before_unix_nano``."""

    first_unix_nano: int
    before_unix_nano: int


def pieces(slots: Sequence[SlotRows], most_rows: int = PIECE_ROWS) -> Iterator[Piece]:
    """Stretches of whole slots, the oldest first, each with at most ``most_rows`` where a slot has not more alone."""
    first, rows = None, 0
    end = 0
    for slot in slots:
        if first is not None and rows + slot.rows > most_rows:
            yield Piece(first, end)
            first, rows = None, 0
        first = slot.slot_unix_nano if first is None else first
        rows, end = rows + slot.rows, slot.slot_unix_nano + SLOT_NANO
    if first is not None:
        yield Piece(first, end)


def kept_from(now_unix_nano: int, age_nano: int) -> int:
    """Start of the first slot that is kept."""
    return max(now_unix_nano - age_nano, 0) // SLOT_NANO * SLOT_NANO


def kept_for_size(slots: Sequence[SlotRows], used: int, most: int) -> int | None:
    """From when on rows are kept so that about ``_AIM`` of ``most`` bytes stay used; None where all may stay.

    Reckoned as if every row took the same: whoever asks measures again afterwards.
    """
    if used <= most or not slots:
        return None
    surplus = sum(slot.rows for slot in slots) * (1 - _AIM * most / used)
    for slot in slots:
        surplus -= slot.rows
        if surplus <= 0:
            return slot.slot_unix_nano + SLOT_NANO
    return slots[-1].slot_unix_nano + SLOT_NANO


class Upkeep:
    """Deletes by age and by size."""

    def __init__(self, store: Store, config: Retention, telemetry: Telemetry) -> None:
        self._store = store
        self._config = config
        self._telemetry = telemetry

    def round(self, now_unix_nano: int) -> None:
        """Delete whatever is due now, and give its blocks back to the file."""
        deleted = 0
        for table, age in self._config.ages.items():
            if age is not None:
                mark = Mark(table, kept_from(now_unix_nano, nanoseconds(age)), "age")
                deleted += self._delete(mark, now_unix_nano)
        if self._config.contents is not None:
            deleted += self._forget(kept_from(now_unix_nano, nanoseconds(self._config.contents)))
        if deleted:
            self._store.checkpoint()
        if self._config.max_size is not None:
            self._keep_size(self._config.max_size, now_unix_nano)

    def _keep_size(self, most: int, now_unix_nano: int) -> None:
        youngest = kept_from(now_unix_nano, NEVER_FOR_SIZE_NANO)
        for _ in range(_SIZE_PASSES):
            with self._store.reading() as snapshot:
                used = used_bytes(snapshot)
                slots = rows_by_slot(snapshot, "spans", youngest)
            since = kept_for_size(slots, used, most)
            if since is None:
                break
            tables: tuple[Kept, Kept] = ("contents", "spans")
            for table in tables:
                # A slot more, which _delete leaves: here the rows are what it is about.
                self._delete(Mark(table, since + SLOT_NANO, "size"), now_unix_nano)
            self._forget(since + SLOT_NANO)
            self._store.checkpoint()
        else:
            self._warn(most)

    def _warn(self, most: int) -> None:
        log.warning(
            "the database still uses more than max_size (%d bytes): "
            "what is left is young, or no span; raise exporters.duckdb.retention.max_size",
            most,
        )

    def _delete(self, mark: Mark, now_unix_nano: int) -> int:
        """How many rows went."""
        before = mark.kept_from_unix_nano - SLOT_NANO
        with self._store.reading() as snapshot:
            slots = rows_by_slot(snapshot, mark.table, before)
        rows = sum(slot.rows for slot in slots)
        if not rows:
            return 0
        with self._store.writing() as transaction:
            set_mark(transaction, mark, rows, now_unix_nano)
        for piece in pieces(slots):
            delete_piece(
                self._store,
                mark.table,
                piece.first_unix_nano,
                min(piece.before_unix_nano, before),
            )
            time.sleep(_BREATH_SECONDS)
        self._telemetry.add("rows_deleted_total", rows, reason=mark.table)
        log.info("%d rows of %s deleted: %s", rows, mark.table, mark.reason)
        return rows

    def _forget(self, kept_from_unix_nano: int) -> int:
        """In how many rows words about content went that is older: a verdict outlives its answer, a quotation not."""
        return sum(self._forget_in(table, kept_from_unix_nano - SLOT_NANO) for table in QUOTING)

    def _forget_in(self, table: Quoting, before: int) -> int:
        with self._store.reading() as snapshot:
            slots = quotes_by_slot(snapshot, table, before)
        for piece in pieces(slots):
            end = min(piece.before_unix_nano, before)
            forget_quotes(self._store, table, piece.first_unix_nano, end)
            time.sleep(_BREATH_SECONDS)
        rows = sum(slot.rows for slot in slots)
        if rows:
            log.info(
                "the words of %d rows of %s deleted, as the content they are about", rows, table
            )
        return rows
