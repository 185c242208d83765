"""A revision, piece by piece. Each piece is one transaction with its progress: after a crash the next one is done."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gemledger.pricing import Book
from gemledger_collector.errors import CollectorError
from gemledger_collector.processors.attribute import Attribution
from gemledger_collector.storage import attribute_again, price_again, revisions
from gemledger_collector.storage.revisions import Difference, Revision
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.transaction import Snapshot, Transaction
from gemledger_collector.upkeep.revise.asked import overlaid_book, parsed_rules

PIECE_ROWS = 10_000
"""Charges in one transaction: spans that arrive wait for it, half a second where all of it changes."""

_KEYS = {
    "price": ("day", "model"),
    "attribution": ("month", "old_team", "old_cost_center", "new_team", "new_cost_center"),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """What a piece came to: ``write`` puts it in force."""

    looked_at: int
    changed: int
    difference: Difference
    write: Callable[[Transaction], None]


Look = Callable[[Snapshot, int, int], Piece]


class Reviser:
    """Does what is asked for. One per store, one thread at a time."""

    def __init__(self, store: Store, book: Book, piece_rows: int = PIECE_ROWS) -> None:
        self._store = store
        self._book = book
        self._piece_rows = piece_rows
        self._looks: dict[str, Look] = {}

    def step(self, now_unix_nano: int) -> bool:
        """Do one piece of whatever was asked for first. False where nothing is left. Raises Overloaded."""
        with self._store.reading() as snapshot:
            waiting = revisions.running(snapshot)
        if not waiting:
            self._looks.clear()
            return False
        revision = waiting[0]
        try:
            self._advance(revision, now_unix_nano)
        except CollectorError:
            raise
        except Exception as error:
            problem = str(error).partition("\n")[0]
            with self._store.writing() as transaction:
                revisions.save(transaction, revision.ended("failed", now_unix_nano, problem))
            raise
        return True

    def _advance(self, revision: Revision, now: int) -> None:
        look = self._looks.setdefault(revision.revision_id, self._look_of(revision, now))
        since, until = revision.cursor_unix_nano, revision.until_unix_nano
        with self._store.reading() as snapshot:
            end = revisions.piece_end(snapshot, since, until, self._piece_rows)
            piece = look(snapshot, since, end)
        with self._store.writing() as transaction:
            if piece.changed and not revision.dry_run:
                # Looked at anew: between the two looks spans may have come, or gone.
                piece = look(transaction, since, end)
                piece.write(transaction)
            sums = added(revision.differences, piece.difference, _KEYS[revision.kind])
            done = revision.advanced(end, piece.looked_at, piece.changed, sums)
            revisions.save(transaction, done.ended("done", now) if end >= until else done)

    def _look_of(self, revision: Revision, now: int) -> Look:
        if revision.kind == "price":
            return self._prices(revision, now)
        attribution = Attribution(parsed_rules(revision.settings or "{}"))

        def look(snapshot: Snapshot, since: int, until: int) -> Piece:
            found = attribute_again.attributed_again(snapshot, since, until, attribution)
            return Piece(
                found.looked_at,
                len(found.new),
                attribute_again.difference(found),
                lambda transaction: attribute_again.write(transaction, found),
            )

        return look

    def _prices(self, revision: Revision, now: int) -> Look:
        book = self._book
        if revision.settings is not None:
            overlay = json.loads(revision.settings)
            book = overlaid_book(overlay["text"], overlay["file"])

        def look(snapshot: Snapshot, since: int, until: int) -> Piece:
            found = price_again.priced_again(snapshot, since, until, book)
            return Piece(
                found.looked_at,
                len(found.new),
                price_again.difference(found),
                lambda transaction: price_again.write(transaction, found, revision, now),
            )

        return look


def added(before: Difference, more: Difference, keys: Iterable[str]) -> Difference:
    """Two differences as one: figures of the same keys added up."""
    names = tuple(keys)
    sums: dict[tuple[str, ...], dict[str, object]] = {}
    for row in (*before, *more):
        key = tuple(str(row[name]) if row[name] is not None else "" for name in names)
        known = sums.setdefault(key, {name: row[name] for name in names})
        for name, value in row.items():
            if name not in names:
                known[name] = int(str(known.get(name, 0))) + value
    return [sums[key] for key in sorted(sums)]
