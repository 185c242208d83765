"""Compacting a live store: a DuckDB file never shrinks, so it is written anew and put in place of the old one.

Ingest waits twice for a moment, when the file is copied and when the new one takes its place. What is committed in
between is noted in a journal and done to the new file, too. A crash at any moment leaves the one or the other, whole.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gemledger_collector.errors import Overloaded
from gemledger_collector.storage import files
from gemledger_collector.storage.journal import Journal
from gemledger_collector.storage.rewrite import Progress, counts, rewrite, transaction_on
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.transaction import Snapshot

_SOON_DONE_BYTES = 2**20
"""As little as this may be left to do while ingest waits."""
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Compacted:
    """Bytes of the file before and after."""

    bytes_before: int
    bytes_after: int


def compact(store: Store) -> Generator[Progress | Compacted]:
    """Rewrite the file, telling how far that is, and what came of it at the end.

    Raises Overloaded when there is no room for a second file, or another rewriting is under way. Closing the generator
    gives up; the store stays as it is.
    """
    with _alone(store):
        before = store.file_bytes
        files.require_room(store.path, 2 * before)
        copy, fresh, noted = (
            files.scratch(store.path, purpose) for purpose in ("copy", "fresh", "journal")
        )
        journal = Journal(noted)
        try:
            store.copy_file(copy, journal)
            yield from rewrite(copy, fresh)
            for _ in range(_ROUNDS):
                if journal.unread_bytes > _SOON_DONE_BYTES:
                    _catch_up(journal, fresh)
            store.replace_file(fresh, lambda old: _finish(old, journal, fresh))
        finally:
            store.forget_journal()
            journal.close()
        yield Compacted(before, store.file_bytes)


def _catch_up(journal: Journal, fresh: Path) -> None:
    with transaction_on(fresh) as transaction:
        for steps in journal.unread():
            transaction.repeat(steps)


def _finish(old: Snapshot, journal: Journal, fresh: Path) -> None:
    _catch_up(journal, fresh)
    with transaction_on(fresh) as transaction:
        if counts(transaction) != counts(old):
            raise Overloaded(
                "the rewritten file differs from the one in use, which stays; try again"
            )


@contextmanager
def _alone(store: Store) -> Iterator[None]:
    if not store.rewriting.acquire(blocking=False):
        raise Overloaded(
            "the file is being copied or rewritten already; try again when that is done"
        )
    try:
        files.remove_scratch(store.path)
        yield
    finally:
        files.remove_scratch(store.path)
        store.rewriting.release()
