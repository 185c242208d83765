"""What was written since a copy of the file was made, to be done to the copy as well."""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Appended:
    """Rows that went into a table."""

    table: str
    rows: pa.Table


@dataclass(frozen=True, slots=True)
class Executed:
    """A statement, and the tables that were bound to names for it."""

    name: str
    parameters: Mapping[str, object]
    bound: Mapping[str, pa.Table]


Step = Appended | Executed


class Journal:
    """Committed transactions in a file of their own, in order: memory does not grow with them."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb+")
        self._written = 0
        self._read = 0
        self._failure: OSError | None = None

    def add(self, steps: Sequence[Step]) -> None:
        """Note a transaction that was committed. What goes wrong is told by ``unread``: the commit stands."""
        try:
            self._file.seek(self._written)
            pickle.dump(list(steps), self._file, protocol=5)
            self._file.flush()
            self._written = self._file.tell()
        except OSError as error:
            self._failure = error

    @property
    def unread_bytes(self) -> int:
        """How much is still to be done."""
        return self._written - self._read

    def unread(self) -> Iterator[Sequence[Step]]:
        """Transactions that were not handed out yet. Raises OSError where one could not be noted."""
        while self._read < self._written or self._failure is not None:
            if self._failure is not None:
                raise self._failure
            with open(self._file.name, "rb") as reading:  # noqa: PTH123 - the same file
                reading.seek(self._read)
                steps: Sequence[Step] = pickle.load(reading)  # noqa: S301 - what this process wrote a moment ago
                self._read = reading.tell()
            yield steps

    def close(self) -> None:
        """Forget all of it."""
        self._file.close()
        Path(self._file.name).unlink(missing_ok=True)
