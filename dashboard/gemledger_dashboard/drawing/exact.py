"""Answers of the collector as the rows of a file: every figure exact, under the API's own names. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_PICO = "_pico_usd"
_PARTS = ("value", "low", "high")
"""Fields of an estimate: the value itself has the estimate's name, its ends add theirs."""


def frame(answers: Iterable["DataclassInstance"]) -> pd.DataFrame:
    """One row for each answer; picoUSD become USD to the last digit, what is nested gets columns of its own."""
    return pd.DataFrame([dict(_cells("", answer)) for answer in answers], dtype=object)


def _cells(name: str, value: Any) -> Iterator[tuple[str, object]]:  # noqa: ANN401 - any field of any answer
    """The columns that one value is."""
    if is_dataclass(value):
        for field in fields(value):
            yield from _cells(_named(name, field.name), getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _cells(str(key), each)
    else:
        yield _cell(name, value)


def _named(outer: str, name: str) -> str:
    """The name of a column that is a field of a field: ends of an interval are called after what they are ends of."""
    part = name.removesuffix(_PICO)
    if part not in _PARTS:
        return name
    unit = name.removeprefix(part)
    return f"{outer}{unit}" if part == "value" else f"{outer}_{part}{unit}"


def _cell(name: str, value: object) -> tuple[str, object]:
    if not name.endswith(_PICO):
        return name, value
    exact = Decimal(value).scaleb(-12) if isinstance(value, int) else None
    return f"{name.removesuffix(_PICO)}_usd", exact
