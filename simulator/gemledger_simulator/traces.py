"""Recorded traffic to replay: Azure's CSV, Mooncake's JSON lines (gzipped too), and a CSV of our own.

A bad row is an error that names file, line and column, and says what to do.
"""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from .trace_rows import Place, TraceError, TraceRow

__all__ = ["FORMATS", "Format", "TraceError", "TraceRow", "read"]

Format = Literal["azure", "mooncake", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)

BLOCK_TOKENS = 512


def read(path: Path | str, trace_format: Format) -> Iterator[TraceRow]:
    """The rows of a trace, in the file's order, read as they are asked for. Raises TraceError."""
    path = Path(path)
    if trace_format not in _READERS:
        raise TraceError(
            f"{path}: format {trace_format!r} is unknown; give one of {', '.join(FORMATS)}"
        )
    try:
        with _opened(path) as lines:
            yield from _READERS[trace_format](path, lines)
    except (OSError, EOFError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else problem
        raise TraceError(f"{path}: cannot be read: {reason}; check the path and the file") from None
    except UnicodeDecodeError as problem:
        raise TraceError(
            f"{path}: is not UTF-8 text ({problem.reason}); convert it, or name its format"
        ) from None
    except csv.Error as problem:
        raise TraceError(
            f"{path}: is not CSV: {problem}; check its quotes and separators"
        ) from None


def _opened(path: Path) -> io.TextIOBase:
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path, "rb"), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _table(
    path: Path, lines: io.TextIOBase, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> Iterator[tuple[Place, Mapping[str, str]]]:
    """The rows of a CSV file by column name, its header checked. Raises TraceError."""
    rows = csv.reader(lines, strict=True)
    header = [name.strip() for name in next(rows, [])]
    place = Place(path, 1)
    for column in required:
        if column not in header:
            raise place.wrong(
                column,
                "is missing from the header",
                f"the first line must name {', '.join(required)}",
            )
    for column in header:
        if column not in (*required, *optional) or header.count(column) > 1:
            known = ", ".join((*required, *optional))
            raise place.wrong(
                column or "(empty)", "is unknown or doubled", f"the columns are {known}"
            )
    for row in rows:
        place = Place(path, rows.line_num)
        if not row:
            continue  # an empty line, often the last
        if len(row) != len(header):
            column = header[min(len(row), len(header) - 1)]
            what = f"the row has {len(row)} fields, the header {len(header)}"
            raise place.wrong(column, what, "give one value per column")
        yield place, dict(zip(header, row, strict=True))


def _azure(path: Path, lines: io.TextIOBase) -> Iterator[TraceRow]:
    """Azure's LLM inference trace: TIMESTAMP, ContextTokens, GeneratedTokens."""
    first: float | None = None
    for place, row in _table(path, lines, ("TIMESTAMP", "ContextTokens", "GeneratedTokens")):
        moment = _azure_moment(place, row["TIMESTAMP"])
        first = moment if first is None else first
        yield TraceRow(
            line=place.line,
            offset_seconds=max(moment - first, 0.0),
            prompt_tokens=place.count("ContextTokens", row["ContextTokens"]),
            output_tokens=place.count("GeneratedTokens", row["GeneratedTokens"]),
        )


def _azure_moment(place: Place, text: str) -> float:
    """Unix seconds; the trace writes 100 ns digits, one more than `datetime` reads."""
    try:
        whole, _, fraction = text.strip().partition(".")
        seconds = datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp()
        return seconds + (int(fraction) / 10 ** len(fraction) if fraction else 0.0)
    except ValueError:
        remedy = "give one like 2023-11-16 18:15:46.6805900"
        raise place.wrong("TIMESTAMP", f"{text!r} is not a time", remedy) from None


def _own_csv(path: Path, lines: io.TextIOBase) -> Iterator[TraceRow]:
    """Our own CSV: two required columns, the rest as wanted."""
    optional = (
        "cached_tokens",
        "thoughts_tokens",
        "model",
        "team",
        "feature",
        "user_id",
        "offset_seconds",
    )
    for place, row in _table(path, lines, ("prompt_tokens", "output_tokens"), optional):
        prompt = place.count("prompt_tokens", row["prompt_tokens"])
        cached = place.count("cached_tokens", row.get("cached_tokens") or "0")
        if cached > prompt:
            what = f"{cached} is more than the prompt's {prompt} tokens"
            raise place.wrong("cached_tokens", what, "cached tokens are a part of prompt_tokens")
        yield TraceRow(
            line=place.line,
            offset_seconds=place.seconds("offset_seconds", row.get("offset_seconds") or "0"),
            prompt_tokens=prompt,
            cached_tokens=cached,
            output_tokens=place.count("output_tokens", row["output_tokens"]),
            thoughts_tokens=place.count("thoughts_tokens", row.get("thoughts_tokens") or "0"),
            model=row.get("model") or None,
            team=row.get("team") or None,
            feature=row.get("feature") or None,
            user_id=row.get("user_id") or None,
        )


def _mooncake(path: Path, lines: io.TextIOBase) -> Iterator[TraceRow]:
    """Mooncake's JSON lines; `hash_ids` name 512-token blocks, and leading ones seen before were cached."""
    seen: set[int] = set()
    first: float | None = None
    for number, text in enumerate(lines, start=1):
        place = Place(path, number)
        if not text.strip():
            continue
        row = _json_object(place, text)
        milliseconds = place.count("timestamp", _present(place, row, "timestamp"))
        first = milliseconds if first is None else first
        prompt = place.count("input_length", _present(place, row, "input_length"))
        blocks = _hash_ids(place, _present(place, row, "hash_ids"))
        leading = next((i for i, block in enumerate(blocks) if block not in seen), len(blocks))
        seen.update(blocks)
        yield TraceRow(
            line=number,
            offset_seconds=max(milliseconds - first, 0) / 1000,
            prompt_tokens=prompt,
            output_tokens=place.count("output_length", _present(place, row, "output_length")),
            cached_tokens=min(leading * BLOCK_TOKENS, prompt),
        )


def _json_object(place: Place, text: str) -> Mapping[str, object]:
    try:
        row = json.loads(text)
    except ValueError as problem:
        column = getattr(problem, "colno", 1)
        raise place.wrong(
            str(column), f"is not JSON ({problem})", "give one JSON object per line"
        ) from None
    if not isinstance(row, dict):
        raise place.wrong("1", f"is a JSON {type(row).__name__}", "give one JSON object per line")
    return row


def _present(place: Place, row: Mapping[str, object], column: str) -> object:
    if column not in row:
        raise place.wrong(
            column, "is missing", "each line needs timestamp, input_length, output_length, hash_ids"
        )
    return row[column]


def _hash_ids(place: Place, value: object) -> list[int]:
    if not isinstance(value, list) or any(
        isinstance(i, bool) or not isinstance(i, int) for i in value
    ):
        raise place.wrong(
            "hash_ids", "is not a list of whole numbers", "give one per 512-token block"
        )
    return value


_READERS: Mapping[str, Callable[[Path, io.TextIOBase], Iterator[TraceRow]]] = {
    "azure": _azure,
    "mooncake": _mooncake,
    "csv": _own_csv,
}
