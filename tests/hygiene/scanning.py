"""Looking for values wherever they could have got to: every column of every table, exports, logs, files."""

import re
import subprocess
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from .planting import Planted

_GZIP = re.escape(b"\x1f\x8b\x08")
_LOOK = 3
_BEGINNING = 6
"""Bytes of a form by which it is found; none is shorter."""
_PIECE_BYTES = 2**22
_COPY = """
import sys, duckdb
source, target, keep_log = sys.argv[1:]
connection = duckdb.connect()
connection.execute("set force_compression = 'uncompressed'")
if keep_log == "log":
    connection.execute("set wal_autocheckpoint = '1TB'")
    connection.execute("pragma disable_checkpoint_on_shutdown")
connection.execute(f"attach '{source}' as source (read_only)")
connection.execute(f"attach '{target}' as target")
connection.execute("copy from database source to target")
if keep_log != "log":
    connection.execute("checkpoint target")
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a value was found: table.column, or a file."""

    planted: Planted
    where: str

    def __str__(self) -> str:
        """As a failing test says it; the value itself is not repeated."""
        return f"{self.where}: {self.planted.kind} planted in {self.planted.place}"


@dataclass
class Scanner:
    """Knows what to look for; ``looked_at`` tells how many values each place had."""

    planted: Sequence[Planted]
    looked_at: dict[str, int] = field(default_factory=dict)
    _by_beginning: dict[bytes, list[tuple[bytes, Planted]]] = field(default_factory=dict)
    _may_begin: npt.NDArray[np.bool_] = field(
        default_factory=lambda: np.zeros(256**_LOOK, dtype=bool)
    )

    def __post_init__(self) -> None:
        """Sort what is looked for by how it begins: five thousand forms are then found in one pass."""
        for planted in self.planted:
            for needle in planted.needles:
                self._by_beginning.setdefault(needle[:_BEGINNING], []).append((needle, planted))
        for beginning in self._by_beginning:
            self._may_begin[int.from_bytes(beginning[:_LOOK])] = True

    def search(self, content: bytes, where: str, values: int = 1) -> list[Hit]:
        """Every value that is in these bytes, which are ``values`` one after the other."""
        self.looked_at[where] = self.looked_at.get(where, 0) + values
        found = {
            planted
            for start in self._candidates(content)
            for needle, planted in self._by_beginning.get(content[start : start + _BEGINNING], ())
            if content.startswith(needle, start)
        }
        return [Hit(planted, where) for planted in self.planted if planted in found]

    def _candidates(self, content: bytes) -> Iterator[int]:
        """Where three bytes stand with which something begins that is looked for."""
        for start in range(0, len(content), _PIECE_BYTES):
            piece = np.frombuffer(content[start : start + _PIECE_BYTES + _LOOK - 1], np.uint8)
            if len(piece) >= _LOOK:
                wide = piece.astype(np.uint32)
                three = (wide[:-2] << 16) | (wide[1:-1] << 8) | wide[2:]
                yield from (start + np.flatnonzero(self._may_begin[three])).tolist()

    def store(self, path: Path) -> list[Hit]:
        """Every table and every column, nested ones as text, blobs as bytes."""
        hits: list[Hit] = []
        with duckdb.connect(str(path), read_only=True) as connection:
            for table, column, kind in columns_of(connection):
                pieces = _all_of(connection, table, column, kind)
                hits += self.search(b"\0".join(pieces), f"{table}.{column}", len(pieces))
        return hits

    def files(self, paths: Iterable[Path]) -> list[Hit]:
        """The content of files: Parquet and gzip unpacked."""
        return [hit for path in paths for hit in self.search(content_of(path), path.name)]


def columns_of(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """(table, column, type) of every table."""
    found = connection.execute(
        "select c.table_name, c.column_name, c.data_type from information_schema.columns c "
        "join information_schema.tables t using (table_catalog, table_schema, table_name) "
        "where t.table_type = 'BASE TABLE' order by all"
    ).fetchall()
    return [(str(table), str(column), str(kind)) for table, column, kind in found]


def _all_of(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, kind: str
) -> list[bytes]:
    """Every value of a column, one after the other; a blob inside a nested type is put among them as it is."""
    quoted = f'"{column}"'
    as_text = quoted if kind == "BLOB" else f"{quoted}::varchar"
    rows = connection.execute(
        f'select distinct {as_text} from "{table}" where {quoted} is not null'
    ).fetchall()
    pieces = [value if isinstance(value, bytes) else str(value).encode() for (value,) in rows]
    if "BLOB" in kind and kind != "BLOB":
        nested = connection.execute(
            f'select {quoted} from "{table}" where {quoted} is not null'
        ).fetchall()
        pieces += [piece for (value,) in nested for piece in _blobs(value)]
    return pieces


def _blobs(value: object) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict):
        yield from (piece for each in value.items() for part in each for piece in _blobs(part))
    elif isinstance(value, list | tuple):
        yield from (piece for each in value for piece in _blobs(each))


def content_of(path: Path) -> bytes:
    """What a file says, unpacked where it is packed."""
    if path.suffix == ".parquet":
        return _text_of(pq.read_table(path))
    raw = path.read_bytes()
    starts = [match.start() for match in re.finditer(_GZIP, raw)]
    return b"\0".join([raw, *(_unpacked(raw[start:]) for start in starts)])


def _unpacked(packed: bytes) -> bytes:
    """What begins with a member of gzip, as an app's file of what waits to be sent has many; or nothing."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(packed)
    except zlib.error:
        return b""


def _text_of(table: pa.Table) -> bytes:
    pieces = []
    for column in table.columns:
        for value in column.to_pylist():
            pieces.append(value if isinstance(value, bytes) else str(value).encode())
            pieces += list(_blobs(value))
    return b"\0".join(pieces)


def uncompressed(source: Path, folder: Path, *, keep_log: bool = False) -> list[Path]:
    """A copy of a store whose bytes are those of its values: its file, or with ``keep_log`` its log.

    In a process of its own: what DuckDB has open here must not be opened twice.
    """
    target = folder / f"plain-{source.stem}{'-log' if keep_log else ''}.duckdb"
    arguments = [str(source), str(target), "log" if keep_log else "file"]
    subprocess.run([sys.executable, "-c", _COPY, *arguments], check=True, timeout=300)
    return [path for path in (target, Path(f"{target}.wal")) if path.exists()]
