"""The parts of an export that is under way: one Parquet file a day, and what was asked for."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gemledger_cli.exporting.wanted import Day, Wanted


class OtherExportError(Exception):
    """The parts that lie there are those of another export."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The folder beside the output. A day is there as a whole, or not at all."""

    folder: Path

    @classmethod
    def of(cls, wanted: Wanted) -> "Parts":
        """The parts of this export, those of an earlier run among them. Raises OtherExportError."""
        told = wanted.parts / "export.json"
        if told.exists():
            if json.loads(told.read_text(encoding="utf-8")) != wanted.description:
                raise OtherExportError(
                    f"{wanted.parts} holds parts of another export; give the same arguments to go on "
                    "with it, or remove the folder"
                )
        else:
            wanted.parts.mkdir(parents=True, exist_ok=True)
            told.write_text(json.dumps(wanted.description, indent=2), encoding="utf-8")
        return cls(wanted.parts)

    def has(self, day: Day, now: datetime) -> bool:
        """Whether the day need not be fetched again: it is there, and was over when it was fetched."""
        file = self._file(day)
        return file.exists() and file.stat().st_mtime >= day.end.timestamp() and day.end <= now

    @contextmanager
    def writing(self, day: Day) -> Iterator["DayWriter"]:
        """Write one day; it appears when the block ends well."""
        unfinished = self._file(day).with_suffix(".unfinished")
        writer = DayWriter(unfinished)
        try:
            yield writer
        finally:
            writer.close()
        unfinished.replace(self._file(day))

    def files(self, wanted: Wanted) -> list[Path]:
        """Every day's file, in order."""
        return [self._file(day) for day in wanted.days()]

    def remove(self) -> None:
        """The export is complete."""
        shutil.rmtree(self.folder)

    def _file(self, day: Day) -> Path:
        return self.folder / f"{day.date.isoformat()}.parquet"


class DayWriter:
    """Appends Arrow tables of one schema to a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None
        self.rows = 0

    def write(self, rows: pa.Table) -> None:
        """Append ``rows``; the first table says the columns, also when it is empty."""
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, rows.schema, compression="zstd")
        self._writer.write_table(rows)
        self.rows += len(rows)

    def close(self) -> None:
        """End the file."""
        if self._writer is not None:
            self._writer.close()
