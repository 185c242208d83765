"""The price book that the configuration asks for."""

from gemledger.pricing import Book, BookError, load_book, load_book_with_overlay
from gemledger_collector.errors import ConfigError

SETTING = "processors.price.overlay"


def price_book(overlay: str | None) -> Book:
    """The built-in book, under the overlay where one is given. Raises ConfigError with its file, line and remedy."""
    if overlay is None:
        return load_book()
    try:
        return load_book_with_overlay(overlay)
    except BookError as error:
        raise ConfigError(f"{SETTING}: {error}") from error


def overlay_digest(book_version: str) -> str | None:
    """The first eight hex digits of the overlay's SHA-256, as the version of a book tells them; None without one."""
    return book_version.partition("+overlay.")[2] or None
