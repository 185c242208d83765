"""The database file as a file: copied, put in place of another, and what lies beside it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from gemledger_collector.errors import Overloaded


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


class Copier:
    """Another process, ready to copy a file as soon as it is told to.

    DuckDB's lock on its file is of the kind that a process loses as soon as it closes the file anywhere, however it
    was opened: the collector itself must never open its own.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - the interpreter that runs this
            [sys.executable, "-I", "-S", "-c", _COPY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def copy(self, path: Path, target: Path) -> None:
        """Copy a database file that nobody writes to, and its log where it has one. Raises OSError."""
        pairs = [(path, target), (log_of(path), log_of(target))]
        told = [f"{source}\0{goal}" for source, goal in pairs if source.exists()]
        _, problem = self._process.communicate("\0".join(told).encode())
        if self._process.returncode:
            last = problem.decode(errors="replace").strip().rpartition("\n")[2]
            raise OSError(f"{path} could not be copied: {last}")

    def close(self) -> None:
        """End it, whether it was told to copy or not."""
        with self._process as process:
            process.kill()


_COPY = """
import os, sys

def copy(source, goal, size):
    copied = 0
    while copied < size:
        try:  # in the kernel: some file systems share the blocks and copy nothing
            done = os.copy_file_range(source, goal, size - copied)
        except (AttributeError, OSError):
            os.lseek(source, copied, os.SEEK_SET)
            os.lseek(goal, copied, os.SEEK_SET)
            done = os.write(goal, os.read(source, 1 << 24))
        if not done:
            break
        copied += done

names = os.fsdecode(sys.stdin.buffer.read()).split("\\0")
for name, goal in zip(names[::2], names[1::2]):
    with open(name, "rb") as reading, open(goal, "xb") as writing:
        copy(reading.fileno(), writing.fileno(), os.fstat(reading.fileno()).st_size)
"""


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
