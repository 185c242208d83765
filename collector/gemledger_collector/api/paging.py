"""Pages by key: ``next`` of an answer is the ``cursor`` of the next question, opaque to whoever carries it.

A cursor says after which row to go on, so that spans that arrive meanwhile neither shift nor repeat one. It also has a
digest of the question, because the next page of another question would be nonsense.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from fastapi import Query

from gemledger_collector.errors import Rejected

Key = Sequence[int | str]
Kind = Literal["time", "id", "sum", "text"]
_WHOLE: Mapping[Kind, tuple[int, int]] = {
    "time": (-(2**63), 2**63 - 1),
    "id": (0, 2**64 - 1),
    "sum": (-(10**37), 10**37),
}
"""The numbers a column of each kind can hold."""
_BROKEN = "cursor is not one that this route gave for this question; send `next` of its last answer, or none"
_MOST_BYTES = 2000

Cursor = Annotated[
    str | None,
    Query(max_length=_MOST_BYTES, description="`next` of the last answer to the same question"),
]
Limit = Annotated[int, Query(ge=1, le=1_000, description="rows of a page")]


def cursor_of(question: Mapping[str, object], key: Key) -> str:
    """The cursor of the page after the row with this key."""
    text = json.dumps([_digest(question), *key], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def key_of(question: Mapping[str, object], cursor: str | None, kinds: Sequence[Kind]) -> Key | None:
    """The key that a cursor holds; None for the first page. Raises Rejected for a cursor of any other making."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        digest, *key = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise Rejected(_BROKEN) from None
    good = len(key) == len(kinds) and all(map(_fits, key, kinds))
    if digest != _digest(question) or not good:
        raise Rejected(_BROKEN)
    return list(key)


def _fits(value: object, kind: Kind) -> bool:
    if kind == "text":
        return isinstance(value, str)
    least, most = _WHOLE[kind]
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _digest(question: Mapping[str, object]) -> str:
    text = json.dumps(question, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
