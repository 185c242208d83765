"""Where in a file something stands, and the typed reading of its keys: every refusal names file, line, row and key."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal
from typing import Any, NamedTuple

from gemledger.pricing.line_numbers import Path, line_of
from gemledger.pricing.rows import BookError


class Place(NamedTuple):
    """A table of a TOML file: its keys, and how to speak of it."""

    file: str
    text: str
    table: Mapping[str, Any]
    path: Path = ()
    row: str = "top level"

    def inside(self, key: str, position: int, table: Mapping[str, Any], row: str) -> "Place":
        """The place of one table in the list ``key``."""
        return Place(self.file, self.text, table, (*self.path, key, position), row)

    def error(self, key: str, problem: str) -> BookError:
        """The error to raise for ``key`` (dots lead inwards); ``problem`` says what is wrong and what to write."""
        steps = self.table
        path = self.path
        for name in _steps(key, steps):
            path = (*path, name)
        line = line_of(self.text, path)
        return BookError(f"{self.file}:{line}: {self.row}: {key}: {problem}")

    def refuse_unknown_keys(self, known: Iterable[str], under: str = "") -> None:
        """Raise BookError for the first key that is not in ``known``."""
        table = self.table[under] if under else self.table
        allowed = frozenset(known)
        for key in table:
            if key not in allowed:
                where = f"{under}.{key}" if under else key
                raise self.error(where, f"unknown key; known are {', '.join(sorted(allowed))}")

    def sub_tables(self, key: str) -> list[Mapping[str, Any]]:
        """The tables of a list such as ``[[model]]``; none where the key is absent."""
        tables = self.table.get(key, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise self.error(key, f"must be a list of tables; write [[{key}]]")
        return tables

    def mapping(self, key: str) -> Mapping[str, Any]:
        """A table; empty where the key is absent."""
        table = self.table.get(key, {})
        if not isinstance(table, dict):
            raise self.error(key, "must be a table of name = value")
        return table

    def words(self, key: str) -> tuple[str, ...]:
        """A list of texts that are not empty; none where the key is absent."""
        words = self.table.get(key, [])
        if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
            raise self.error(key, 'must be a list of texts, like ["a", "b"]')
        return tuple(words)

    def word(self, key: str, default: str | None = None) -> str:
        """A text that must not be empty."""
        value = self.table.get(key, default)
        if not isinstance(value, str) or not value:
            raise self.error(key, "missing or not text")
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        """One of ``choices``; the first where the key is absent."""
        value = self.table.get(key, choices[0])
        if value not in choices:
            raise self.error(key, f"{shown(value)} is not one of {', '.join(choices)}")
        return str(value)

    def day(self, key: str) -> dt.date | None:
        """A date without a time; None where the key is absent."""
        value = self.table.get(key)
        if value is None:
            return None
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            raise self.error(
                key, f"{shown(value)} is not a date; write it unquoted, like 2026-12-01"
            )
        return value

    def number(self, key: str, value: object) -> Decimal:
        """An exact number from 0 to below ten million."""
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self.error(key, f"{shown(value)} is not a number")
        number = Decimal(value)
        if not number.is_finite() or number < 0 or number.adjusted() > _MOST_DIGITS:
            raise self.error(key, f"{shown(value)} is not a price; give US dollars, 0 or more")
        return number

    def whole(self, key: str, value: object, decimals: int) -> int:
        """US dollars of a unit as exact integer picoUSD, which have this many decimals more."""
        number = self.number(key, value)
        sign_digits_exponent = number.normalize(_EXACT).as_tuple()
        if number and int(sign_digits_exponent.exponent) < -decimals:
            raise self.error(
                key, f"{shown(value)} has more than {decimals} decimals; picoUSD are whole"
            )
        return int(number.scaleb(decimals, _EXACT))


_MOST_DIGITS = 6
"""A price of ten million dollars a unit is a typing error, and 9e18 pico is the most a store can hold."""
_EXACT = Context(prec=5000, Emin=MIN_EMIN, Emax=MAX_EMAX)
"""Prices are never rounded on their way in; what is written with more digits than this is refused."""


def shown(value: object) -> str:
    """A value for an error text, however long it is."""
    if isinstance(value, int) and value.bit_length() > 256:
        return "a number of more than 77 digits"  # Python refuses to print thousands of them
    text = repr(value) if not isinstance(value, Decimal) else str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _steps(key: str, table: object) -> Iterable[str]:
    """The path of a dotted key; a cell such as ``input.audio`` is one step where its table has it so."""
    while key:
        head, _, rest = key.partition(".")
        if isinstance(table, Mapping) and key in table:
            head, rest = key, ""
        yield head
        table = table.get(head) if isinstance(table, Mapping) else None
        key = rest
