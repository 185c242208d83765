"""The database file as a file: copied, put in place of another, and what lies beside it."""

import os
import shutil
from pathlib import Path

from gemledger_collector.errors import Overloaded

_PIECE_BYTES = 64 * 2**20


def log_of(path: Path) -> Path:
    """DuckDB's write-ahead log of a database file."""
    return path.with_name(path.name + ".wal")


def size_with_log(path: Path) -> int:
    """Bytes of a database file and its log."""
    return sum(file.stat().st_size for file in (path, log_of(path)) if file.exists())


def scratch(path: Path, purpose: str) -> Path:
    """Where something is prepared, beside the file, so that it can be renamed to it; a crash may leave it behind."""
    return path.with_name(f"{path.name}.scratch-{purpose}")


def remove_scratch(path: Path, purpose: str = "") -> None:
    """Take away what was being prepared."""
    for file in path.parent.glob(f"{path.name}.scratch-{purpose}*"):
        file.unlink(missing_ok=True)


def require_room(path: Path, needed_bytes: int) -> None:
    """Raise Overloaded where the disk of ``path`` has not so much free."""
    free = shutil.disk_usage(path.parent).free
    if free < needed_bytes:
        raise Overloaded(
            f"{needed_bytes // 10**6 + 1} MB are needed beside {path}, and {free // 10**6} MB are free; make room",
            retry_after_seconds=30,
        )


def copy(path: Path, target: Path) -> None:
    """Copy a database file that nobody writes to, and its log where it has one."""
    for source, goal in ((path, target), (log_of(path), log_of(target))):
        if source.exists():
            with source.open("rb") as reading, goal.open("xb") as writing:
                _copy(reading.fileno(), writing.fileno(), source.stat().st_size)


def replace(fresh: Path, path: Path) -> None:
    """Put ``fresh`` in place of the closed file ``path``; after a crash at any moment one of them is there, whole."""
    if log_of(path).exists() or log_of(fresh).exists():
        raise Overloaded(f"{path} could not be closed, its log is still needed; try again")
    sync(fresh)
    sync(
        path.parent
    )  # that its log is gone must be known before: a log would be applied to the new file
    fresh.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
    """Have a file, or what a folder lists, on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _copy(source: int, goal: int, size: int) -> None:
    """In the kernel, where it can: some file systems share the blocks and copy nothing."""
    copied = 0
    while copied < size:
        try:
            done = os.copy_file_range(source, goal, min(size - copied, _PIECE_BYTES))
        except (AttributeError, OSError):  # not on this system, or not between these two
            os.lseek(source, copied, os.SEEK_SET)
            os.lseek(goal, copied, os.SEEK_SET)
            done = os.write(goal, os.read(source, _PIECE_BYTES))
        if not done:
            break
        copied += done
