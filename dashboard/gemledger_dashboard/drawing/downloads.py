"""Tables as files: CSV in which no spreadsheet finds a formula, and Parquet with exact types. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_of(frame: pd.DataFrame) -> str:
    """The frame as CSV: Decimals to the last digit, nothing where there is no value."""
    rows = frame.astype(object).itertuples(index=False, name=None)
    return csv_lines(
        [str(name) for name in frame.columns], ([_text(cell) for cell in row] for row in rows)
    )


def csv_lines(columns: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """CSV of texts: labels are foreign, and what would be a formula is quoted away."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([harmless(name) for name in columns])
    writer.writerows([harmless(cell) for cell in line] for line in lines)
    return out.getvalue()


def parquet_of(frame: pd.DataFrame) -> bytes:
    """The frame as Parquet: amounts are decimals, and text is as it came."""
    out = io.BytesIO()
    columns = {str(name): _column(frame[name].tolist()) for name in frame.columns}
    pq.write_table(pa.table(columns), out, compression="zstd")
    return out.getvalue()


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    is_number = text.removeprefix("-").replace(".", "", 1).isdigit()
    return f"'{text}" if text.startswith(_FORMULA_STARTS) and not is_number else text


def _text(cell: object) -> str:
    if cell is None or cell is pd.NaT or (isinstance(cell, float) and cell != cell):  # noqa: PLR0124 - NaN alone differs from itself
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat()
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)


def _column(cells: list[object]) -> pa.Array:
    """A column of one type; Decimals as exact decimals of 12 places, as money is kept."""
    present = [cell for cell in cells if _text(cell)]
    values = [cell if _text(cell) else None for cell in cells]
    if present and all(isinstance(cell, Decimal) for cell in present):
        return pa.array(values, pa.decimal128(38, 12))
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # a column of several types is told as text
        return pa.array([None if cell is None else str(cell) for cell in values])
