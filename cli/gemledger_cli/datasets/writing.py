"""The file of a data set out of its days, and the manifest that says what it is. The same rows are the same bytes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

_FORMS = {
    ".jsonl": "(FORMAT json)",
    ".parquet": "(FORMAT parquet, COMPRESSION zstd)",
}
_FIRST = "QUALIFY row_number() OVER (ORDER BY sha256(id), id) <= {limit}"
"""By a hash: as good as drawn at random, the same each time, and a larger limit only adds."""


def write_rows(parts: Sequence[Path], output: Path, limit: int | None) -> int:
    """Write ``output``, which appears when it is whole, in order of time; its number of rows."""
    unfinished = output.with_name(f"{output.name}.unfinished")
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")  # several decide among themselves who writes what
        connection.register("parts", connection.read_parquet([str(part) for part in parts]))
        first = "" if limit is None else _FIRST.format(limit=int(limit))
        rows = f"SELECT * FROM parts {first} ORDER BY time, id"  # noqa: S608 - a whole number
        target = str(unfinished).replace("'", "''")
        copied = connection.execute(f"COPY ({rows}) TO '{target}' {_FORMS[output.suffix]}")
        (written,) = copied.fetchone() or (0,)
    unfinished.replace(output)
    return int(written)


def write_manifest(
    path: Path,
    rows_file: Path,
    told: Mapping[str, Any],
    *,
    filters: Mapping[str, object],
    rows: int,
    now: datetime,
) -> None:
    """Say what ``rows_file`` is: ``told`` is what the collector says of its data sets."""
    manifest = {
        "name": rows_file.stem,
        "created": now.isoformat(timespec="seconds"),
        "file": rows_file.name,
        "sha256": sha256_of(rows_file),
        "rows": rows,
        "filters": dict(filters),
        "collector_version": told["collector_version"],
        "price_book": told["price_book"],
        "redaction": told["redaction"],
        "fields": told["fields"],
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def sha256_of(file: Path) -> str:
    """The digest of a file's bytes."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
