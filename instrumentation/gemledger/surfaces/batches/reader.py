"""A file of results, line by line as its bytes come in, whatever they are written to."""

import os
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gemledger.guard import guarded
from gemledger.surfaces.batches.lines import parsed

if TYPE_CHECKING:
    from gemledger.surfaces.batches.bill import Bill

_AT_ONCE = 256 * 1024
"""Bytes that are read while the caller waits: some milliseconds. More is read by a thread of its own."""
_PIECE = 1024 * 1024
_PATIENCE_SECONDS = 10.0
_THREAD_NAME = "gemledger-batch-results"
_reading: "weakref.WeakSet[threading.Thread]" = weakref.WeakSet()


class Reader:
    """Gives each line to a bill; ``over`` is called when the last one has been given."""

    def __init__(self, bill: "Bill", over: Callable[[], object]) -> None:
        self._bill, self._over = bill, over
        self._rest = b""
        self._number = 0
        self._whole = True

    def write(self, piece: bytes) -> None:
        """Some more bytes; raises nothing. What could not be read leaves the whole file untold."""
        if guarded(self._write)(piece) is None:
            self._whole = False

    def _write(self, piece: bytes) -> bool:
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            self._take(line)
        return True

    def _take(self, line: bytes) -> None:
        self._number += 1
        if line.strip():
            self._bill.add(self._number, parsed(line))

    @guarded
    def close(self) -> None:
        """All bytes are here."""
        if self._whole and self._rest:
            self._take(self._rest)
        if self._whole:
            self._over()

    @guarded
    def read(self, content: bytes) -> None:
        """A file that is in memory."""

        def work() -> None:
            for start in range(0, len(content), _PIECE):
                self.write(content[start : start + _PIECE])
            self.close()

        _do(work, len(content))

    @guarded
    def read_path(self, path: Any) -> None:  # noqa: ANN401 - a path as the SDK takes one
        """A file that was written to a path. It is opened at once: its owner may delete it any moment."""
        file = Path(path).open("rb")  # noqa: SIM115 - closed by whoever reads it

        def work() -> None:
            with file:
                while piece := file.read(_PIECE):
                    self.write(piece)
            self.close()

        # An open file cannot be deleted on Windows: there the caller waits.
        _do(work, 0 if os.name == "nt" else Path(path).stat().st_size)


class Tee:
    """Stands for the stream that a file is written to, and lets a reader see what is written."""

    def __init__(self, stream: Any, reader: Reader) -> None:  # noqa: ANN401 - anything that has a write
        self._stream, self._reader = stream, reader

    def write(self, piece: bytes) -> Any:  # noqa: ANN401 - what the stream's own returns, an awaitable perhaps
        """Write; what the stream raises is its user's."""
        written = self._stream.write(piece)
        self._reader.write(piece)
        return written

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the stream has
        return getattr(self._stream, name)


def _do(work: Callable[[], None], size: int) -> None:
    """Now, or in a thread that the process waits for before it ends."""
    if size <= _AT_ONCE:
        work()
        return
    thread = threading.Thread(target=guarded(work), name=_THREAD_NAME)
    thread.start()
    _reading.add(thread)


def finish_reading() -> None:
    """Wait, for some seconds at most, until every file that arrived has been read."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    for thread in tuple(_reading):
        thread.join(max(deadline - time.monotonic(), 0))
