"""The shape of a price book file, parsed strictly: what is not understood is refused, with file, line, row and key.

A file holds models of one platform. What several rows share may be said once, for the model or as a named source::

    platform = "gemini_api"
    version = "2026-11-21.1"           # in one file of the book

    [source.page]                      # rows say source = "page"
    text = "https://…, as read by …"
    read_on = 2026-10-14
    confidence = "published"           # or "inferred"

    [[model]]
    id = "gemini-3.8-flash"
    aliases = []                       # optional; exact ids only, nothing matches by prefix
    long_context_above = 200_000       # optional; above this many prompt tokens "long" rates hold
    from = 2026-09-02                  # optional: for rates that do not say when they begin
    until = 2027-10-01                 # optional: the first day on which its last rates no longer hold
    usd_per_unit = { grounding_query = 0.014 }   # optional: fees that hold in every rate

    [[model.rate]]                     # or rate = [ { … }, { … } ]
    from = 2026-09-02                  # first instant, 00:00 UTC; in force until the next "from" of the same kind
    until = 2027-01-01                 # optional: first day it no longer holds; the next row must begin there
    tier = "standard"                  # optional, default "standard"
    context = "base"                   # or "long"; optional, default "base"
    region = "global"                  # or "regional" (Vertex AI endpoints of one region); optional
    usd_per_million_tokens = { input = 0.75, cache_read = 0.075, output = 3.75 }
    usd_per_million_token_hours = 0.50 # optional: storage of explicit caches
    usd_per_unit = { image = 0.04, "video_second.4k" = 0.60 }    # optional
    inferred = ["cache_read"]          # optional: cells of a published row that nobody read on Google's page
    source = "page"                    # or any text, with read_on and confidence beside it

``tool_use`` costs what ``input`` does and ``thoughts`` what ``output`` does unless given. A modality with a rate of
its own is a further cell, ``"input.audio" = 1.00``. A cell that is absent is unknown, not free.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gemledger.pricing.places import Place, shown
from gemledger.pricing.rows import BookError, ModelRows, RateRow
from gemledger.pricing.vocabulary import (
    CELLS,
    CLASSES,
    CONFIDENCES,
    CONTEXTS,
    FEE_FAMILIES,
    MODALITIES,
    PLATFORMS,
    REGIONS,
    TIERS,
    UNIT_KEYS,
    UNITS,
)

__all__ = [
    "CELLS", "CLASSES", "MODALITIES", "TIERS", "UNITS", "BookError", "ModelRows", "RateRow", "Source",
    "models", "sources",
]  # fmt: skip

TOKENS, UNIT, TOKEN_HOURS = (
    "usd_per_million_tokens",
    "usd_per_unit",
    "usd_per_million_token_hours",
)
RATE_KEYS = (
    "from", "until", "tier", "context", "region", TOKENS, UNIT, TOKEN_HOURS,
    "inferred", "source", "read_on", "confidence",
)  # fmt: skip
MODEL_KEYS = (
    "id", "platform", "aliases", "long_context_above", "from", "until", UNIT, "source", "rate",
)  # fmt: skip
FILE_KEYS = ("platform", "version", "source", "model")

_DECIMALS = 12
"""A dollar is 10**12 picoUSD,"""
_DECIMALS_A_MILLION = 6
"""and a dollar for a million is 10**6 picoUSD each."""


class Source(NamedTuple):
    """Where rates were read, when, and whether on Google's own page."""

    text: str
    read_on: str
    confidence: str


def sources(place: Place) -> dict[str, Source]:
    """The ``[source.NAME]`` tables of a file."""
    found = {}
    for name, table in place.mapping("source").items():
        if not isinstance(table, dict):
            raise place.error(f"source.{name}", "must be a table with text, read_on and confidence")
        inner = Place(place.file, place.text, table, ("source", name), f"source {name}")
        inner.refuse_unknown_keys(("text", "read_on", "confidence"))
        found[name] = _source(inner, "text")
    return found


def _source(place: Place, key: str) -> Source:
    """A source spelled out: text, date read and confidence."""
    text, read_on = place.word(key), place.day("read_on")
    if read_on is None:
        raise place.error("read_on", "missing; say when the price was read")
    if "confidence" not in place.table:
        raise place.error("confidence", "missing")
    return Source(text, read_on.isoformat(), place.choice("confidence", CONFIDENCES))


def models(place: Place, known: Mapping[str, Source]) -> Iterator[ModelRows]:
    """Each ``[[model]]`` of a file, taken by itself. Raises BookError naming file, line, row and key.

    Whether its rows agree with each other is the question of ``coverage``, once layers are laid over each other.
    """
    for number, table in enumerate(place.sub_tables("model")):
        label = f"model {number + 1} ({name if isinstance(name := table.get('id'), str) else 'without id'})"
        yield _model(
            place.inside("model", number, table, label), place.table.get("platform"), known
        )


def _model(place: Place, platform: object, known: Mapping[str, Source]) -> ModelRows:
    """One ``[[model]]`` table; what it says for all its rates is handed to each."""
    place.refuse_unknown_keys(MODEL_KEYS)
    platform = place.table.get("platform", platform)
    if platform not in PLATFORMS:
        raise place.error("platform", f"{shown(platform)} is not one of {', '.join(PLATFORMS)}")
    threshold = place.table.get("long_context_above")
    if threshold is not None and (type(threshold) is not int or not 0 < threshold < 2**53):
        raise place.error(
            "long_context_above", f"{shown(threshold)} is not a positive number of tokens"
        )
    place.day("from")
    fees = _fees(place)
    tables = place.sub_tables("rate")
    if not tables:
        raise place.error("rate", "missing; a model needs at least one [[model.rate]]")
    rows = [
        _rate(
            place.inside("rate", number, table, f"{place.row}, rate {number + 1}"),
            place,
            known,
            fees,
        )
        for number, table in enumerate(tables)
    ]
    return ModelRows(
        str(platform),
        place.word("id"),
        place.words("aliases"),
        threshold,
        _ended(rows, place.day("until")),
    )


def _ended(rows: list[RateRow], until: dt.date | None) -> tuple[RateRow, ...]:
    """Rows of a model that ends: the last of each kind holds until that day."""
    if until is None:
        return tuple(rows)
    last = {row.kind: max(r.from_date for r in rows if r.kind == row.kind) for row in rows}
    return tuple(
        row._replace(until_date=row.until_date or until) if row.from_date == last[row.kind] else row
        for row in rows
    )


def _rate(
    place: Place, model: Place, known: Mapping[str, Source], fees: Mapping[str, int]
) -> RateRow:
    """One ``[[model.rate]]`` table."""
    place.refuse_unknown_keys(RATE_KEYS)
    begins = place.day("from") or model.day("from")
    if begins is None:
        raise place.error("from", "missing; say since when, like from = 2026-12-01")
    cells, units = _cells(place), {**fees, **_fees(place)}
    if TOKEN_HOURS in place.table:
        units["token_hour"] = place.whole(
            TOKEN_HOURS, place.table[TOKEN_HOURS], _DECIMALS_A_MILLION
        )
    for family in FEE_FAMILIES:
        if set(family) <= units.keys():
            raise place.error(
                UNIT, f"{' and '.join(family)} count the same thing; keep the billed one"
            )
    if not cells and not units:
        raise place.error(TOKENS, f"missing; a rate needs {TOKENS} or {UNIT}")
    source = _named_source(place, model, known)
    row = RateRow(
        begins, place.day("until"), place.choice("tier", TIERS), place.choice("context", CONTEXTS),
        place.choice("region", REGIONS), cells, units, frozenset(), source.text, source.read_on,
    )  # fmt: skip
    return row._replace(inferred=_inferred(place, row, source))


def _named_source(place: Place, model: Place, known: Mapping[str, Source]) -> Source:
    """The source of a row: a name, or text with a date and a confidence beside it."""
    owner = place if "source" in place.table or "source" not in model.table else model
    if "source" not in owner.table and "" in known:  # an overlay is its own source
        return known[""]
    named = known.get(owner.word("source"))
    if named is None:
        return _source(place, "source")
    for key in ("read_on", "confidence"):
        if key in place.table:
            raise place.error(
                key, "belongs to the named source; leave it out, or spell the source out"
            )
    return named


def _inferred(place: Place, row: RateRow, source: Source) -> frozenset[str]:
    """Cells and units that were not published."""
    named = place.words("inferred")
    for word in named:
        if row.price(word) is None:
            raise place.error(
                "inferred", f"{word!r} has no price in this rate; name cells it states"
            )
    stated = (*row.pico_usd_per_token, *row.pico_usd_per_unit)
    return frozenset(stated if source.confidence == "inferred" else named)


def _cells(place: Place) -> dict[str, int]:
    """Cell → integer picoUSD per token, as stated."""
    table = place.mapping(TOKENS)
    if table:
        place.refuse_unknown_keys(CELLS, under=TOKENS)
    return {
        cell: place.whole(f"{TOKENS}.{cell}", price, _DECIMALS_A_MILLION)
        for cell, price in table.items()
    }


def _fees(place: Place) -> dict[str, int]:
    """Unit → integer picoUSD, as stated."""
    table: Mapping[str, Any] = place.mapping(UNIT)
    if table:
        place.refuse_unknown_keys(UNIT_KEYS, under=UNIT)
    return {unit: place.whole(f"{UNIT}.{unit}", price, _DECIMALS) for unit, price in table.items()}
