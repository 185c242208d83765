"""Looking for values wherever they could have got to: every column of every table, exports, logs, files."""

import gzip
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from .planting import Planted

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
    """Knows what to look for."""

    planted: Sequence[Planted]
    _needles: list[tuple[Planted, frozenset[bytes]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Encode each value once."""
        self._needles = [(each, each.needles) for each in self.planted]

    def bytes(self, content: bytes, where: str) -> list[Hit]:
        """Every value that is in these bytes."""
        return [
            Hit(planted, where)
            for planted, needles in self._needles
            if any(needle in content for needle in needles)
        ]

    def store(self, path: Path) -> list[Hit]:
        """Every table and every column, nested ones as text, blobs as bytes."""
        hits: list[Hit] = []
        with duckdb.connect(str(path), read_only=True) as connection:
            for table, column, kind in columns_of(connection):
                hits += self.bytes(_all_of(connection, table, column, kind), f"{table}.{column}")
        return hits

    def files(self, paths: Iterable[Path]) -> list[Hit]:
        """The content of files: Parquet and gzip unpacked."""
        return [hit for path in paths for hit in self.bytes(content_of(path), path.name)]


def columns_of(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """(table, column, type) of every table."""
    found = connection.execute(
        "select c.table_name, c.column_name, c.data_type from information_schema.columns c "
        "join information_schema.tables t using (table_catalog, table_schema, table_name) "
        "where t.table_type = 'BASE TABLE' order by all"
    ).fetchall()
    return [(str(table), str(column), str(kind)) for table, column, kind in found]


def _all_of(connection: duckdb.DuckDBPyConnection, table: str, column: str, kind: str) -> bytes:
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
    return b"\0".join(pieces)


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
    return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw


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
