"""``gemledger price``: what the book knows, where it was read, and what is stale or about to change."""

import argparse
import datetime as dt
import difflib
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from gemledger.pricing.book import (
    OVERLAY_VARIABLE,
    Book,
    load_book,
    load_book_with_overlay,
    model_id,
)
from gemledger.pricing.rows import BookError, ModelRows
from gemledger.pricing.upkeep import findings
from gemledger.pricing.vocabulary import CELLS, PLATFORMS, TIERS
from gemledger_cli import price_pages

EXAMPLE = "gemledger price gemini-3.8-flash --platform gemini_api --at 2027-01-02"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("model", nargs="?", help="an id or alias; without it every model is listed")
    parser.add_argument("--platform", choices=PLATFORMS, help="default: both")
    parser.add_argument(
        "--tier", choices=TIERS, help="default: all of a model, standard in the list"
    )
    parser.add_argument(
        "--at",
        type=_day,
        metavar="DATE",
        help="prices of that day in UTC, like 2027-01-02; default today",
    )
    parser.add_argument(
        "--tokens",
        nargs="+",
        type=_count,
        metavar="CELL=COUNT",
        help="what that many tokens cost: input=10000 output=500",
    )
    parser.add_argument(
        "--overlay", type=Path, metavar="FILE", help=f"your own prices; default ${OVERLAY_VARIABLE}"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="what is stale, what changes within 14 days; exit code 1 when something needs attention",
    )
    parser.add_argument("--json", action="store_true", help="print an array of objects")


def run(arguments: argparse.Namespace) -> int:
    """0: printed, or nothing needs attention; 1: something does, or there is no such model; 2: the overlay is wrong."""
    try:
        book = _book(arguments.overlay, os.environ)
    except BookError as error:
        return _complain(str(error), 2)
    at = arguments.at or dt.datetime.now(dt.UTC).date()
    if arguments.check:
        return _check(book, at, arguments)
    if arguments.model is None:
        return _list(book, at, arguments)
    return _show(book, at, arguments)


def _book(overlay: Path | None, environ: Mapping[str, str]) -> Book:
    """The book an app in this environment would price with; here a broken overlay is an error."""
    path = overlay or environ.get(OVERLAY_VARIABLE, "").strip()
    return load_book_with_overlay(path) if path else load_book()


def _models(book: Book, arguments: argparse.Namespace) -> list[ModelRows]:
    return [model for model in book.models() if arguments.platform in (None, model.platform)]


def _list(book: Book, at: dt.date, arguments: argparse.Namespace) -> int:
    entries = price_pages.listing(_models(book, arguments), at)
    if arguments.json:
        print(json.dumps(entries, indent=2))
    else:
        print(price_pages.listing_text(entries, book.version, at))
    return 0


def _show(book: Book, at: dt.date, arguments: argparse.Namespace) -> int:
    name = model_id(arguments.model)
    found = [model for model in _models(book, arguments) if name in (model.id, *model.aliases)]
    if not found:
        return _complain(_unknown(name, _models(book, arguments)), 1)
    tokens = dict(arguments.tokens or ())
    rows = [row for model in found for row in price_pages.detail(model, at, arguments.tier, tokens)]
    if not rows:
        return _complain(f"{name} has no such price on {at}; calls of that day are unpriced", 1)
    if arguments.json:
        print(json.dumps(rows, indent=2))
    else:
        print(price_pages.detail_text(rows))
    return 0


def _check(book: Book, at: dt.date, arguments: argparse.Namespace) -> int:
    found = findings(_models(book, arguments), at)
    if arguments.json:
        entries = [{**one._asdict(), "needs_attention": one.needs_attention} for one in found]
        print(json.dumps(entries, indent=2))
    else:
        print(price_pages.findings_text(found, book.version, at))
    return int(any(one.needs_attention for one in found))


def _unknown(name: str, models: list[ModelRows]) -> str:
    near = difflib.get_close_matches(
        name, [word for model in models for word in (model.id, *model.aliases)], n=1
    )
    hint = f"; did you mean {near[0]}?" if near else "; `gemledger price` lists all."
    return f"{name} is not in the book{hint}"


def _day(text: str) -> dt.date:
    """A date of ISO 8601."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-12-01") from error


def _count(text: str) -> tuple[str, int]:
    """``input=10000`` or ``input.audio=500``."""
    cell, _, count = text.partition("=")
    if cell not in CELLS or not count.isascii() or not count.isdigit():
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a token cell and a count, like input=10000"
        )
    return cell, int(count)


def _complain(message: str, code: int) -> int:
    print(f"gemledger price: {message}", file=sys.stderr)
    return code
