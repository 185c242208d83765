"""The file out of its parts: Parquet as it is, CSV with plain decimals and times in ISO 8601."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

_CSV = "(FORMAT csv, HEADER, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%SZ')"
_PARQUET = "(FORMAT parquet, COMPRESSION zstd)"
_AS_JSON = ("MAP", "STRUCT")


def assemble(parts: Sequence[Path], output: Path) -> int:
    """Write ``output``, which appears when it is whole; its number of rows."""
    unfinished = output.with_name(f"{output.name}.unfinished")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET preserve_insertion_order = true")
        source = connection.read_parquet([str(part) for part in parts])
        columns = zip(source.columns, source.types, strict=True)
        as_csv = output.suffix == ".csv"
        chosen = ", ".join(_column(name, str(kind), as_csv=as_csv) for name, kind in columns)
        connection.register("parts", source)
        target = str(unfinished).replace("'", "''")
        form = _CSV if as_csv else _PARQUET
        copied = connection.execute(f"COPY (SELECT {chosen} FROM parts) TO '{target}' {form}")  # noqa: S608 - names of columns, quoted
        (rows,) = copied.fetchone() or (0,)
    unfinished.replace(output)
    return int(rows)


def _column(name: str, kind: str, *, as_csv: bool) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    if not as_csv:
        return quoted
    if kind.startswith("TIMESTAMP"):
        return f"{quoted}::TIMESTAMP AS {quoted}"
    return f"to_json({quoted}) AS {quoted}" if kind.startswith(_AS_JSON) else quoted
