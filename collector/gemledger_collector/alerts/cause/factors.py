"""The six factors an excess is split into, and whole amounts out of exact fractions; pure."""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

Factor = Literal["volume", "tokens_per_call", "price", "model_mix", "cache_hits", "thinking"]
FACTORS: tuple[Factor, ...] = get_args(Factor)

WORDS: Mapping[Factor, str] = {
    "volume": "volume",
    "tokens_per_call": "tokens per call",
    "price": "price",
    "model_mix": "model mix",
    "cache_hits": "cache hits",
    "thinking": "thinking",
}

FRACTION_BITS = 64
"""Fractions of a picodollar are held as integers of 2**-64: a part that is exactly zero stays exactly zero."""


def whole(fixed: Sequence[int], total: int) -> list[int]:
    """Amounts in 2**-64 pico as whole pico that sum to ``total``: cut, the largest remainders then one more each.

    ``total`` is their sum but for rounding. Of equal remainders the larger amount is first, then the earlier one.
    """
    cut = [amount >> FRACTION_BITS for amount in fixed]
    missing = total - sum(cut)
    every, some = divmod(missing, len(cut)) if cut else (0, 0)
    remainder = [
        amount - (floor << FRACTION_BITS) for amount, floor in zip(fixed, cut, strict=True)
    ]
    order = sorted(range(len(cut)), key=lambda at: (-remainder[at], -abs(fixed[at]), at))
    first = set(order[:some])
    return [floor + every + (at in first) for at, floor in enumerate(cut)]
