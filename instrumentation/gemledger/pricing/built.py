"""The book in the form that is quick to load: one JSON file, generated from the TOML files and checked in.

Reading the TOML takes several times the budget of enabling an app, so a test compares both forms and
``scripts/build_prices.py`` writes this one. One line a row, so that a change of price is one line of a diff.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any

from gemledger.pricing.rows import ModelRows, RateRow

FILE = "built.json"


def dumps(version: str, models: Sequence[ModelRows]) -> str:
    """The JSON text of a book."""
    sources = list(
        dict.fromkeys((row.source, row.read_on) for model in models for row in model.rows)
    )
    lines = (
        f'{{"version": {_json(version)}, "sources": [\n',
        ",\n".join(map(_json, sources)),
        '\n], "models": [\n',
        ",\n".join(_model(model, sources) for model in models),
        "\n]}\n",
    )
    return "".join(lines)


def _model(model: ModelRows, sources: Sequence[tuple[str, str]]) -> str:
    head = [model.platform, model.id, model.aliases, model.long_context_above]
    rows = (_json(_row(row, sources.index((row.source, row.read_on)))) for row in model.rows)
    return f"[{_json(head)[1:-1]}, [\n  " + ",\n  ".join(rows) + "]]"


def _row(row: RateRow, source: int) -> list[Any]:
    until = None if row.until_date is None else row.until_date.isoformat()
    return [
        row.from_date.isoformat(), until, *row.kind, row.pico_usd_per_token, row.pico_usd_per_unit,
        sorted(row.inferred), source,
    ]  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def loads(text: str | bytes) -> tuple[str, list[ModelRows]]:
    """Version and models of what ``dumps`` wrote; not meant for files that somebody else wrote."""
    book = json.loads(text)
    sources = book["sources"]
    return book["version"], [
        ModelRows(platform, model, tuple(aliases), above, tuple(_rows(rows, sources)))
        for platform, model, aliases, above, rows in book["models"]
    ]


def _rows(rows: Iterable[Sequence[Any]], sources: Sequence[Sequence[str]]) -> Iterable[RateRow]:
    day = dt.date.fromisoformat
    for begins, until, tier, context, region, cells, units, inferred, source in rows:
        yield RateRow(
            day(begins), day(until) if until else None, tier, context, region, cells, units,
            frozenset(inferred), *sources[source],
        )  # fmt: skip
