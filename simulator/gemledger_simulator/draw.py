"""Deterministic draws: the same words give the same number in any process on any machine."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")
Word = str | bytes | int | float


def digest(*words: Word) -> bytes:
    """16 bytes that stand for ``words``, each kept apart from its neighbours."""
    state = blake2b(digest_size=16)
    for word in words:
        piece = word if isinstance(word, bytes) else str(word).encode()
        state.update(len(piece).to_bytes(8, "big"))  # ("ab", "c") must not draw like ("a", "bc")
        state.update(piece)
    return state.digest()


def chance(*words: Word) -> float:
    """A number in [0, 1), evenly spread over different ``words``."""
    return int.from_bytes(digest(*words)[:7], "big") / (1 << 56)


def pick(choices: Sequence[T], *words: Word) -> T:
    """One of ``choices`` (not empty), each as likely as any other."""
    return choices[int(chance(*words) * len(choices))]


def between(low: float, high: float, *words: Word) -> float:
    """A number in [low, high), evenly spread."""
    return low + (high - low) * chance(*words)


def long_tailed(typical: float, spread: float, *words: Word) -> float:
    """A number around ``typical`` (its median); ``spread`` 2 means that a tenth of the draws exceed 2.8 times that.

    The tail is bounded at ``spread`` to the fourth power, so that no single draw decides a bill.
    """
    # The sum of four even draws is close enough to a bell, and cheap.
    bell = sum(chance(*words, side) for side in range(4)) - 2.0
    return float(typical * spread ** (bell * 2.0))
