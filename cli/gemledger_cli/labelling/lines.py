"""Labels as lines of CSV: read with the number of each line, written so that no spreadsheet finds a formula; pure."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

COLUMNS = ("trace_id", "span_id", "dimension", "label", "note", "labelled_by")
LABELS = ("good", "bad", "cannot_tell")
_REQUIRED = COLUMNS[:4]
_IDS = {"trace_id": re.compile("[0-9a-fA-F]{32}"), "span_id": re.compile("[0-9a-fA-F]{16}")}
_LONGEST = {"dimension": 100, "note": 4000, "labelled_by": 200}
_WORD = re.compile(r"[\w-]{1,24}")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class NotALabelFileError(ValueError):
    """The file is no CSV of labels; the text says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: a label, or what is wrong with it."""

    number: int
    label: Mapping[str, str]
    problem: str = ""


def read(text: Iterable[str]) -> Iterator[Line]:
    """Every line below the header. Raises NotALabelFileError where the header lacks a column."""
    rows = csv.reader(text, strict=True)
    header = _header(rows)
    begin = rows.line_num + 1
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Line(begin, {}, f"no CSV: {error}")
        else:
            if row:
                yield _line(begin, header, row)
        begin = rows.line_num + 1


def _header(rows: Iterator[list[str]]) -> list[str]:
    try:
        header = [name.strip().lower() for name in next(rows, [])]
    except csv.Error as error:
        raise NotALabelFileError(f"it is no CSV: {error}") from error
    missing = [name for name in _REQUIRED if name not in header]
    if missing:
        raise NotALabelFileError(
            f"its first line names no column {', '.join(missing)}; it needs {', '.join(_REQUIRED)}, "
            "and may have note and labelled_by"
        )
    return header


def _line(number: int, header: list[str], row: list[str]) -> Line:
    if len(row) != len(header):
        return Line(number, {}, f"it has {len(row)} fields, the first line has {len(header)}")
    fields = {
        name: value.strip() for name, value in zip(header, row, strict=True) if name in COLUMNS
    }
    fields = {name: _harmed(value) for name, value in fields.items() if value}
    return Line(number, fields, _problem(fields))


def _problem(fields: Mapping[str, str]) -> str:
    missing = [name for name in _REQUIRED if name not in fields]
    if missing:
        return f"{missing[0]} is empty"
    for name, form in _IDS.items():
        if not form.fullmatch(fields[name]):
            digits = 32 if name == "trace_id" else 16
            return f"{name} is {_shown(fields[name])}; give {digits} hexadecimal digits"
    if fields["label"] not in LABELS:
        return f"label is {_shown(fields['label'])}; give {', '.join(LABELS[:-1])} or {LABELS[-1]}"
    long = [name for name, most in _LONGEST.items() if len(fields.get(name, "")) > most]
    return f"{long[0]} is longer than {_LONGEST[long[0]]} characters" if long else ""


def _shown(value: str) -> str:
    """A word as it is. Of anything else how long it is: columns that slipped may hold what no log should."""
    return repr(value) if _WORD.fullmatch(value) else f"{len(value)} characters"


def harmless(text: str) -> str:
    """Foreign text in which no spreadsheet finds a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _harmed(text: str) -> str:
    """What ``harmless`` was made of."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA_STARTS) else text
