"""One place in a text that holds a secret or a personal datum."""

from typing import NamedTuple


class Finding(NamedTuple):
    """Characters ``start`` to ``end`` (exclusive) are of a kind, such as ``email``."""

    start: int
    end: int
    kind: str
