"""A user's own prices and terms over the built-in book: discounts, allowances, own models, own endpoints.

The file has the shape of the book's own (``schema``), and besides::

    endpoints = ["llm-proxy.example.com"]     # hosts where these prices hold, like Google's own

    [terms]
    billing = "paid"                          # or "free": the Gemini API's free tier, everything costs 0
    included_units = ["grounding_query"]      # within the allowance: charged 0

    [[discount]]
    percent = 12.5                            # off every list price of …
    platforms = ["vertex_ai"]                 # optional; all
    models = ["gemini-3.8-flash"]             # optional; all
    from = 2026-12-01
    until = 2027-12-01                        # optional

Later layers win per cell: list price, then discount, then the rates of this file. Rounding to whole picoUSD is half
to even and happens here: the rounded rate is the rate.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gemledger.pricing import schema
from gemledger.pricing.book import Book
from gemledger.pricing.coverage import refuse_contradictions, refuse_overlaps
from gemledger.pricing.discounts import discounted, discounts
from gemledger.pricing.layers import over
from gemledger.pricing.places import Place
from gemledger.pricing.reading import (
    model_place,
    named_once,
    owners_of,
    parse_toml,
    refuse_taken_names,
)
from gemledger.pricing.rows import BookError, ModelRows
from gemledger.pricing.terms import FREE, PAID, Terms
from gemledger.pricing.vocabulary import UNITS

FILE_KEYS = ("platform", "source", "model", "discount", "terms", "endpoints")
_MOST_BYTES = 4 * 2**20


def overlaid(book: Book, path: Path) -> Book:
    """``book`` under the file at ``path``. Raises BookError naming file, line, key and remedy."""
    try:
        content = path.read_bytes()
        text = content.decode("utf-8")
    except OSError as error:
        raise BookError(
            f"{path}: cannot be read ({error.strerror or error}); give the path of a TOML file"
        ) from error
    except (UnicodeDecodeError, ValueError) as error:
        raise BookError(f"{path}: is not UTF-8 text ({error}); save it as UTF-8") from error
    if len(content) > _MOST_BYTES:
        raise BookError(
            f"{path}: has {len(content)} bytes; a price overlay has at most {_MOST_BYTES}"
        )
    return applied(book, text, str(path))


def applied(book: Book, text: str, file: str) -> Book:
    """``book`` under the text of an overlay file. Raises BookError."""
    place = parse_toml(text.replace("\r\n", "\n"), file)
    place.refuse_unknown_keys(FILE_KEYS)
    own = schema.Source(f"overlay {Path(file).name}", "", "published")
    top = named_once(place, schema.models(place, {"": own, **schema.sources(place)}), ())
    given = discounts(place, book)
    base = [discounted(model, given) for model in book.models()]
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Book(f"{book.version}+overlay.{digest}", _layered(place, base, top), _terms(place))


def _layered(place: Place, base: list[ModelRows], top: list[ModelRows]) -> Iterable[ModelRows]:
    """Every model of both layers; what they state together must make sense as if one file had stated it."""
    layered = {(model.platform, model.id): model for model in base}
    for number, model in enumerate(top):
        here, key = model_place(place, number), (model.platform, model.id)
        others = [other for other in base if (other.platform, other.id) != key]
        refuse_taken_names(here, model, owners_of(others))
        refuse_overlaps(here, model)
        layered[key] = over(layered.get(key), model)
        refuse_contradictions(here, layered[key])
    return layered.values()


def _terms(place: Place) -> Terms:
    """``[terms]`` and ``endpoints``."""
    table: dict[str, Any] = dict(place.mapping("terms"))
    inner = Place(place.file, place.text, table, ("terms",), "terms")
    inner.refuse_unknown_keys(("billing", "included_units"))
    included = inner.words("included_units")
    for unit in included:
        if unit not in UNITS:
            raise inner.error(
                "included_units", f"{unit!r} is not one of {', '.join(sorted(UNITS))}"
            )
    endpoints = place.words("endpoints")
    for host in endpoints:
        if "/" in host or ":" in host.replace("::", "") or host != host.strip():
            raise place.error(
                "endpoints", f"{host!r} is not a host name; leave out scheme, port and path"
            )
    hosts = frozenset(host.lower() for host in endpoints)
    return Terms(inner.choice("billing", (PAID, FREE)), frozenset(included), hosts)
