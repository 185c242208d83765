"""Whether a judge that saw the same answers twice has changed: McNemar's exact test; pure."""

from math import comb

LEVEL = 0.01
"""Of a judge that does not change, at most one day in a hundred looks as if it had."""


def changed_by_chance(lost: int, gained: int) -> float:
    """How likely so lopsided a change of single verdicts is where none is a worsening more than an improvement."""
    total, fewer = lost + gained, min(lost, gained)
    tail = sum(comb(total, count) for count in range(fewer + 1))
    return min(1.0, 2 * tail / int(2**total))
