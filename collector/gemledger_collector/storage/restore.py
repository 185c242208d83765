"""Putting a backup in place of a store that nobody has open: read in full first, and what it replaces is kept."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from gemledger_collector.errors import StoreCorrupt, StoreUnavailable
from gemledger_collector.storage import files, opening
from gemledger_collector.storage.inspection import Inspection, inspect


@dataclass(frozen=True, slots=True)
class Restored:
    """What is in place now, and where that lies which was there before; None where nothing was."""

    found: Inspection
    kept: Path | None


def restore(backup: Path, path: Path, *, force: bool) -> Restored:
    """Copy ``backup`` into the place of ``path``. Raises StoreError, and then nothing was changed.

    ``force`` allows it where a database is there already.
    """
    if path.exists():
        _require_stopped(path)
        if not force:
            raise StoreUnavailable(
                f"{path} exists; restore with --force to replace it (it is kept beside the new one)"
            )
    files.remove_scratch(path, "restore")
    prepared = files.scratch(path, "restore")
    try:
        if not backup.is_file():
            raise StoreUnavailable(f"{backup} does not exist, or is no file")
        files.require_room(path, files.size_with_log(backup))
        copier = files.Copier()
        try:
            copier.copy(backup, prepared)
        finally:
            copier.close()
        found = inspect(prepared)  # the copy: reading it may merge a log into it
        kept = _put_aside(path) if path.exists() else None
        files.replace(prepared, path)
    finally:
        files.remove_scratch(path, "restore")
    return Restored(found, kept)


def _require_stopped(path: Path) -> None:
    """Raise StoreLocked while a collector runs; a file that cannot be read is nobody's."""
    try:
        duckdb.connect(str(path)).close()
    except duckdb.Error as error:
        explained = opening.explain(path, error)
        if not isinstance(explained, StoreCorrupt):
            raise explained from error


def _put_aside(path: Path) -> Path:
    """Rename a database and its log out of the way; a name that is free."""
    number = 1
    while (kept := path.with_name(f"{path.name}.replaced-{number}")).exists():
        number += 1
    if files.log_of(path).exists():
        shutil.move(files.log_of(path), files.log_of(kept))
    try:
        kept.hardlink_to(path)  # a second name: at no moment is there no database at the first
    except OSError:  # not on this file system
        path.rename(kept)
    return kept
