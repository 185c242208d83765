"""Whether calls get a price: the book, its age, the overlay, models that are asked for, and models that were seen."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import requests

from gemledger.doctor.canary import Answered
from gemledger.doctor.finding import FAILED, OK, WARNING, Finding
from gemledger.pricing import Book, BookError, load_book
from gemledger.pricing.book import OVERLAY_VARIABLE, load_book_with_overlay
from gemledger.pricing.upkeep import STALE, STALE_DAYS, findings
from gemledger.pricing.vocabulary import PLATFORMS

_LAST_DAY = """
SELECT count(*) AS calls, max(start_time)::varchar AS latest
FROM calls WHERE start_time > now() - INTERVAL 1 DAY
"""
_UNPRICED = """
SELECT coalesce(response_model, request_model, '(none)') AS model, count(*) AS calls
FROM calls WHERE cost_status = 'unpriced' AND start_time > now() - INTERVAL 7 DAYS
GROUP BY ALL ORDER BY calls DESC, model LIMIT 10
"""


def examine(
    models: tuple[str, ...], environ: Mapping[str, str], at: dt.datetime
) -> Iterator[Finding]:
    """The book that an app in this environment prices with."""
    book = load_book()
    path = environ.get(OVERLAY_VARIABLE, "").strip()
    if path:
        try:
            book = load_book_with_overlay(path)
        except BookError as error:
            yield Finding(
                "prices",
                FAILED,
                f"{OVERLAY_VARIABLE}: {error}; apps price without it",
                "correct the file; `gemledger price` reads it, too",
            )
        else:
            yield Finding("prices", OK, f"the overlay {path} is valid")
    yield _age(book, at.date())
    yield from (_priced(book, model, at) for model in models)


def _age(book: Book, today: dt.date) -> Finding:
    """When the book was last read against Google's pages."""
    stale = [one for one in findings(book.models(), today) if one.kind == STALE]
    says = f"price book {book.version}, {len({model.id for model in book.models()})} models"
    if not stale:
        return Finding("prices", OK, f"{says}, read within {STALE_DAYS} days")
    oldest = min(one.day for one in stale)
    return Finding(
        "prices",
        WARNING,
        f"{says}; parts of it were last read on {oldest}, and prices may have changed since",
        "pip install --upgrade gemledger, in the app and at the collector; `gemledger price --check` lists them",
    )


def _priced(book: Book, model: str, at: dt.datetime) -> Finding:
    """Whether a model has a standard price at this instant."""
    unix_nano = int(at.timestamp() * 1e9)
    found = [
        platform
        for platform in PLATFORMS
        if book.rates_for(platform, model, "standard", False, unix_nano) is not None
    ]
    if found:
        return Finding("prices", OK, f"{model} is priced on {' and '.join(found)}")
    known = any(book.knows(platform, model) for platform in PLATFORMS)
    return Finding(
        "prices",
        FAILED,
        f"{model} has no price on {at.date()}" if known else f"{model} is not in the price book",
        f"update gemledger, or give its rates in an overlay ({OVERLAY_VARIABLE}); until then its calls are unpriced",
    )


def seen(answer: Answered) -> Iterator[Finding]:
    """What the collector has received, if it is gemledger's and lets us ask."""
    url = answer.destination.url
    if answer.finding.state == FAILED or not url.endswith("/v1/traces"):
        return
    api = f"{url.removesuffix('/v1/traces')}/api/v1/query"
    day, unpriced = _asked(answer, api, _LAST_DAY), _asked(answer, api, _UNPRICED)
    if day is None or unpriced is None:
        yield Finding("calls", OK, "what the collector has received cannot be asked here")
        return
    calls, latest = day[0]
    yield Finding(
        "calls",
        OK,
        f"{calls} calls in the last 24 hours, the latest at {latest}"
        if calls
        else "no call has arrived in the last 24 hours",
    )
    if unpriced:
        named = ", ".join(f"{model} ({count})" for model, count in unpriced)
        yield Finding(
            "calls",
            WARNING,
            f"calls of the last 7 days without a price, by model: {named}",
            "update gemledger at the collector, or give their rates in its overlay (processors.price.overlay)",
        )


def _asked(answer: Answered, api: str, sql: str) -> list[list[Any]] | None:
    """Rows of a SELECT; None where there is no such answer."""
    destination = answer.destination
    try:
        response = requests.post(
            api,
            json={"sql": sql},
            headers=dict(destination.headers),
            timeout=destination.timeout_seconds,
            verify=destination.verify,
            cert=destination.certificate,
            allow_redirects=False,
        )
        rows: list[list[Any]] = response.json()["rows"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return rows
