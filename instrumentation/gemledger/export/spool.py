"""The file in which spans wait for the collector: a ring of bounded size, owned by one process at a time.

What is in it is what goes over the wire: OTLP requests, compressed, with whatever content the app chose to capture
(after redaction). It is readable by its owner alone. Written spans survive the death of the process, not that of the
machine: nothing is forced to the disk.
"""

import fcntl
import os
import secrets
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Self

from gemledger.export import spool_frames
from gemledger.export.spool_frames import PROLOGUE_BYTES, Frame

SUFFIX = ".spool"
_FLAGS = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW


class Record(NamedTuple):
    """An encoded OTLP request (gzip) of some spans, and its number among all of its process."""

    number: int
    spans: int
    payload: bytes

    @property
    def raw_bytes(self) -> int:
        """Its size before compression: gzip ends with it."""
        return int.from_bytes(self.payload[-4:], "little")


def fitting(records: Iterable[Record], most_spans: int, most_bytes: int) -> Iterator[Record]:
    """The first of these that go into one request: so many spans and raw bytes, but at least one record."""
    spans = raw_bytes = 0
    for record in records:
        spans, raw_bytes = spans + record.spans, raw_bytes + record.raw_bytes
        if spans > record.spans and (spans > most_spans or raw_bytes > most_bytes):
            return
        yield record


class SpoolFile:
    """Frames in the order of their numbers, in a file that this process has locked.

    ``spans`` wait in it, ``evicted`` made room for newer ones, ``damaged`` could not be read back.
    Not thread-safe: its owner sees to that. Every method may raise OSError; after ``close`` and ``leave`` all do.
    """

    def __init__(self, path: Path, fd: int, capacity: int, frames: Iterable[Frame] = ()) -> None:
        self.path = path
        self._fd = fd
        self._capacity = capacity
        self._frames = deque(frames)
        last = self._frames[-1] if self._frames else Frame(0, 0, PROLOGUE_BYTES, 0)
        self._end = last.offset + last.size
        self.spans = sum(frame.spans for frame in self._frames)
        self.evicted = self.damaged = 0

    @classmethod
    def create(cls, directory: Path, capacity: int) -> Self:
        """A new file of this process; OSError where the directory does not let us."""
        while True:
            path = directory / f"{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
            file = cls(path, os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o600), capacity)
            try:
                if file.begin():
                    return file
            except BaseException:
                file.close()
                raise
            file.leave()

    @classmethod
    def adopt(cls, path: Path) -> Self | None:
        """A file whose process is gone, now ours; None where it is alive, or where the file is not for us."""
        fd = os.open(path, _FLAGS)
        try:
            status = os.fstat(fd)
            if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid() and _lock(fd):
                size = os.fstat(fd).st_size
                if os.fstat(fd).st_nlink:  # else somebody adopted, sent and removed it meanwhile
                    frames = spool_frames.scan(lambda count, at: os.pread(fd, count, at), size)
                    adopted, fd = cls(path, fd, size, frames), -1
                    return adopted
        finally:
            if fd >= 0:
                os.close(fd)
        return None

    @property
    def first_number(self) -> int | None:
        """The number of the oldest record, None where nothing waits."""
        return self._frames[0].number if self._frames else None

    def begin(self) -> bool:
        """Lock the new file and write its prologue; False where one who looks for orphans took it for one."""
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        _write(self._fd, spool_frames.prologue(0), 0)
        return os.fstat(self._fd).st_nlink > 0

    def append(self, record: Record) -> None:
        """Write a record, over the oldest where there is no room. OSError where it cannot be written."""
        content = spool_frames.encode(*record)
        if PROLOGUE_BYTES + len(content) > self._capacity:
            raise OSError(f"{len(content)} bytes do not fit into a spool of {self._capacity}")
        self._make_room(len(content), record.number)
        _write(self._fd, content, self._end)
        self._frames.append(Frame(record.number, record.spans, self._end, len(content)))
        self._end += len(content)
        self.spans += record.spans

    def read(self) -> Iterator[Record]:
        """Every record, oldest first; what turns out to be damaged is passed over, counted and forgotten."""
        for frame in tuple(self._frames):
            content = spool_frames.decode(os.pread(self._fd, frame.size, frame.offset))
            if content is None or content[0] != frame.number:
                self.damaged += self._forget(frame)
            else:
                yield Record(*content)

    def remove_through(self, number: int) -> int:
        """Let go of every record up to this number; how many spans those were."""
        removed = 0
        while self._frames and self._frames[0].number <= number:
            removed += self._forget(self._frames[0])
        if removed:
            self._end = self._end if self._frames else PROLOGUE_BYTES
            self._say_done_below(number + 1)
            if not self._frames:
                os.ftruncate(self._fd, PROLOGUE_BYTES)
        return removed

    def drop_all(self) -> None:
        """Let go of everything unsent."""
        while self._frames:
            self.evicted += self._forget(self._frames[0])

    def close(self) -> None:
        """Give the file up: removed where nothing waits in it, else left for the next process to adopt."""
        try:
            if not self._frames:
                self.path.unlink(missing_ok=True)
        finally:
            self.leave()

    def leave(self) -> None:
        """Close without touching anything: after a fork the file is the parent's, and so is its lock."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _make_room(self, size: int, number: int) -> None:
        """Set ``_end`` to a place with so many free bytes for a record; the oldest spans go for it."""
        if self._end + size > self._capacity:  # round the ring: what lies behind here is the oldest
            while self._frames and self._frames[0].offset >= self._end:
                self.evicted += self._forget(self._frames[0])
            self._end = PROLOGUE_BYTES
            self._say_done_below(number)  # else what is dropped and not overwritten would be found
        while self._frames and self._end <= self._frames[0].offset < self._end + size:
            self.evicted += self._forget(self._frames[0])

    def _say_done_below(self, number: int) -> None:
        """Write down which records are done with: all before our first, or before this number where there is none."""
        first = self._frames[0].number if self._frames else number
        _write(self._fd, spool_frames.prologue(first), 0)

    def _forget(self, frame: Frame) -> int:
        self._frames.remove(frame)
        self.spans -= frame.spans
        return frame.spans


def _lock(fd: int) -> bool:
    """Whether the file is ours now; not where a living process has it."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _write(fd: int, content: bytes, offset: int) -> None:
    """All of it, or OSError."""
    while content:
        written = os.pwrite(fd, content, offset)
        content, offset = content[written:], offset + written
