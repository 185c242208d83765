"""The shape of a price book file, parsed strictly: what is not understood is refused, with file, row and key.

A file holds one platform::

    platform = "gemini_api"
    version = "2026-11-20.1"

    [[model]]
    id = "gemini-3.8-flash"
    aliases = []                       # optional; exact ids only, nothing matches by prefix
    long_context_above = 200_000       # optional; above this many prompt tokens "long" rates hold

    [[model.rate]]
    from = 2026-10-01                  # first instant, 00:00 UTC; in force until the next "from" of the same kind
    tier = "standard"                  # optional, default "standard"
    context = "base"                   # or "long"; optional, default "base"
    region = "global"                  # or "regional" (Vertex AI endpoints of one region); optional
    usd_per_million_tokens = { input = 0.75, cache_read = 0.075, output = 3.75 }
    source = "…"
    read_on = 2026-11-20
    confidence = "published"           # or "inferred"

``tool_use`` costs what ``input`` does and ``thoughts`` what ``output`` does unless given. A modality with a rate of
its own is a further cell, ``"input.audio" = 1.00``.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

MODALITIES = ("text", "image", "audio", "video", "document")
CLASSES = ("input", "cache_read", "tool_use", "output", "thoughts")
CELLS = frozenset(CLASSES) | {
    f"{token_class}.{modality}" for token_class in CLASSES for modality in MODALITIES[1:]
}
TIERS = ("standard", "flex", "priority", "batch")
CONTEXTS = ("base", "long")
REGIONS = ("global", "regional")
CONFIDENCES = ("published", "inferred")

_REQUIRED = ("from", "usd_per_million_tokens", "source", "read_on", "confidence")
_RATE_KEYS = frozenset((*_REQUIRED, "tier", "context", "region"))
_MODEL_KEYS = frozenset(("id", "aliases", "long_context_above", "rate"))
_FILE_KEYS = frozenset(("platform", "version", "model"))
_PICO_PER_TOKEN = Decimal(10) ** 6
"""A dollar per million tokens is 1e12 pico / 1e6 tokens = 1e6 picoUSD a token."""
_EPOCH = dt.date(1970, 1, 1)
_DAY_NS = 86_400_000_000_000


class BookError(ValueError):
    """A price book cannot be read as written. The text names file, row and key, and what would be right."""


class RateRow(NamedTuple):
    """One dated set of rates, as a file states it, money already in integer picoUSD per token."""

    from_date: dt.date
    tier: str
    context: str
    region: str
    pico_usd_per_token: Mapping[str, int]
    source: str
    read_on: dt.date
    confidence: str

    @property
    def from_unix_nano(self) -> int:
        """First nanosecond this row is in force: midnight UTC of its date."""
        return (self.from_date - _EPOCH).days * _DAY_NS


class ModelRows(NamedTuple):
    """One model of a file: exact id, exact aliases, the prompt size of its price step, its dated rates."""

    id: str
    aliases: tuple[str, ...]
    long_context_above: int | None
    rows: tuple[RateRow, ...]


class Place(NamedTuple):
    """Where in a book something stands, for error texts."""

    file: str
    row: str

    def error(self, key: str, problem: str) -> BookError:
        """The error to raise for ``key``; ``problem`` says what is wrong and what to write instead."""
        return BookError(f"{self.file}: {self.row}: {key}: {problem}")

    def refuse_unknown_keys(self, table: Mapping[str, Any], known: frozenset[str]) -> None:
        """Raise BookError for the first key that is not in ``known``."""
        for key in table:
            if key not in known:
                raise self.error(key, f"unknown key; known are {', '.join(sorted(known))}")


def parse(document: Mapping[str, Any], file: str) -> tuple[str, str, tuple[ModelRows, ...]]:
    """Platform, version and models of a parsed TOML document. Raises BookError naming file, row and key."""
    place = Place(file, "top level")
    place.refuse_unknown_keys(document, _FILE_KEYS)
    platform, version = (_text(document, key, place) for key in ("platform", "version"))
    models = document.get("model")
    if not isinstance(models, list) or not models:
        raise place.error("model", "missing; a book needs at least one [[model]]")
    return platform, version, tuple(_models(models, file))


def _models(tables: list[Any], file: str) -> Iterator[ModelRows]:
    """Each model of a file; an id or alias given twice is refused."""
    seen: set[str] = set()
    for number, table in enumerate(tables, start=1):
        place = Place(file, f"model {number} ({table.get('id', 'without id')})")
        model = _model(table, place)
        for name in (model.id, *model.aliases):
            if name in seen:
                raise place.error("id", f"{name!r} is already taken by another model or alias")
            seen.add(name)
        yield model


def _model(table: Mapping[str, Any], place: Place) -> ModelRows:
    """One [[model]] table."""
    place.refuse_unknown_keys(table, _MODEL_KEYS)
    aliases = table.get("aliases", [])
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise place.error("aliases", "must be a list of model ids")
    threshold = table.get("long_context_above")
    if threshold is not None and (type(threshold) is not int or threshold <= 0):
        raise place.error("long_context_above", f"{threshold!r} is not a positive number of tokens")
    rates = table.get("rate")
    if not isinstance(rates, list) or not rates:
        raise place.error("rate", "missing; a model needs at least one [[model.rate]]")
    rows = tuple(
        _rate(rate, Place(place.file, f"{place.row}, rate {number}"))
        for number, rate in enumerate(rates, start=1)
    )
    _refuse_overlaps(rows, place)
    if (threshold is None) == any(row.context == "long" for row in rows):
        raise place.error(
            "long_context_above", 'a model has it exactly when it has rates of context "long"'
        )
    return ModelRows(_text(table, "id", place), tuple(aliases), threshold, rows)


def _refuse_overlaps(rows: tuple[RateRow, ...], place: Place) -> None:
    """Two rows of one kind that begin on the same day contradict each other."""
    seen: set[tuple[object, ...]] = set()
    for row in rows:
        kind = (row.tier, row.context, row.region, row.from_date)
        if kind in seen:
            raise place.error("from", f"two rates for {' '.join(map(str, kind))}; keep one")
        seen.add(kind)


def _rate(table: Mapping[str, Any], place: Place) -> RateRow:
    """One [[model.rate]] table."""
    place.refuse_unknown_keys(table, _RATE_KEYS)
    for key in _REQUIRED:
        if key not in table:
            raise place.error(key, "missing")
    return RateRow(
        from_date=_date(table, "from", place),
        tier=_choice(table, "tier", TIERS, place),
        context=_choice(table, "context", CONTEXTS, place),
        region=_choice(table, "region", REGIONS, place),
        pico_usd_per_token=_cells(table["usd_per_million_tokens"], place),
        source=_text(table, "source", place),
        read_on=_date(table, "read_on", place),
        confidence=_choice(table, "confidence", CONFIDENCES, place),
    )


def _cells(table: object, place: Place) -> dict[str, int]:
    """Cell → integer picoUSD per token, with tool_use and thoughts filled in."""
    if not isinstance(table, Mapping):
        raise place.error("usd_per_million_tokens", "must be a table of cell = price")
    place.refuse_unknown_keys(table, CELLS)
    pico = {cell: _pico(table[cell], cell, place) for cell in table}
    for cell in ("input", "cache_read", "output"):
        if cell not in pico:
            raise place.error(f"usd_per_million_tokens.{cell}", "missing")
    return {"tool_use": pico["input"], "thoughts": pico["output"], **pico}


def _pico(price: object, cell: str, place: Place) -> int:
    """USD per million tokens as exact integer picoUSD per token."""
    key = f"usd_per_million_tokens.{cell}"
    if isinstance(price, bool) or not isinstance(price, int | Decimal):
        raise place.error(key, f"{price!r} is not a number")
    pico = price * _PICO_PER_TOKEN
    if not pico.is_finite() or pico < 0:
        raise place.error(key, f"{price} is not a price; give USD per million tokens, 0 or more")
    if pico != int(pico):
        raise place.error(key, f"{price} has more than six decimals; picoUSD per token are whole")
    return int(pico)


def _text(table: Mapping[str, Any], key: str, place: Place) -> str:
    """A string that must be there and not be empty."""
    value = table.get(key)
    if not isinstance(value, str) or not value:
        raise place.error(key, "missing or not text")
    return value


def _date(table: Mapping[str, Any], key: str, place: Place) -> dt.date:
    """A date without a time; TOML writes it unquoted."""
    value = table[key]
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
        raise place.error(key, f"{value!r} is not a date; write it unquoted, like 2026-12-01")
    return value


def _choice(table: Mapping[str, Any], key: str, choices: tuple[str, ...], place: Place) -> str:
    """One of ``choices``; the first when the key is absent."""
    value = table.get(key, choices[0])
    if value not in choices:
        raise place.error(key, f"{value!r} is not one of {', '.join(choices)}")
    return str(value)
