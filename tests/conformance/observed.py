"""What an app can see of a call, in a form in which two runs can be compared."""

import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import gemledger

_OURS = str(Path(gemledger.__file__).parent)
_NEVER_THE_SAME = {"date"}
"""Response headers that differ from one run to the next."""


def plain(value: object) -> object:
    """A value, with everything of it that an app can see: types, fields, and an exception's words and chain."""
    if isinstance(value, BaseException):
        return _exception(value)
    if isinstance(value, BaseModel):
        return (type(value).__qualname__, _fields(value.model_dump()))
    if isinstance(value, str | bytes | int | float | bool | type(None) | type):
        return value
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    return type(value).__qualname__


def _fields(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {n: _fields(v) for n, v in value.items() if n.lower() not in _NEVER_THE_SAME}
    if isinstance(value, list):
        return [_fields(item) for item in value]
    return value


def _exception(error: BaseException) -> tuple[object, ...]:
    """Its type, words and code, its chain, and the file and function that raised it.

    Wrong arguments are found out by the caller of a method, which with us is one of our own frames: those are left out.
    """
    frames = traceback.extract_tb(error.__traceback__)
    raised_at = [f for f in frames if _OURS not in f.filename][-1]
    return (
        type(error).__qualname__,
        str(error),
        getattr(error, "code", None),
        getattr(error, "status", None),
        str(getattr(error, "details", None)),
        type(error.__cause__).__qualname__,
        type(error.__context__).__qualname__,
        error.__suppress_context__,
        (raised_at.filename, raised_at.name),
    )
