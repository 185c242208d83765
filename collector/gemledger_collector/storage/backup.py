"""A copy of a live store: the file as it was at one moment, complete without a log."""

from pathlib import Path
from typing import BinaryIO

from gemledger_collector.errors import Overloaded
from gemledger_collector.storage import files
from gemledger_collector.storage.rewrite import transaction_on
from gemledger_collector.storage.store import Store


def snapshot_of(store: Store) -> BinaryIO:
    """A file that has no name any more, with all the store holds now; its disk space is free when it is closed.

    Writers wait while it is copied; whoever reads it later disturbs nobody. Raises Overloaded without room for it.
    """
    if not store.rewriting.acquire(blocking=False):
        raise Overloaded(
            "the file is being copied or rewritten already; try again when that is done"
        )
    copy = files.scratch(store.path, "backup")
    try:
        files.require_room(store.path, store.file_bytes)
        store.copy_file(copy)
        _absorb_log(copy)
        return copy.open("rb")
    finally:
        files.remove_scratch(store.path, "backup")
        store.rewriting.release()


def _absorb_log(copy: Path) -> None:
    """A backup is one file."""
    if files.log_of(copy).exists():
        with transaction_on(copy):
            pass
