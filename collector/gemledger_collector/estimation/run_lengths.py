"""How long a CUSUM of bad and good answers runs before its alarm: exact, by its Markov chain; pure.

The chart is a walk on whole numbers: a bad answer moves it ``rise`` up, a good one 1 down, never below 0. So its run
lengths follow from finitely many states, and nothing about them is an approximation.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

LONGEST_DELAY = 200_000
"""Answers; what takes longer to be seen is not seen."""

States = NDArray[np.float64]
_Affine = tuple[float, float]
_IDENTITY: _Affine = (0.0, 1.0)


def mean_run_lengths(bad_rate: float, rise: int) -> Iterator[float]:
    """For limits 1, 2, 3 …: after how many answers, on average, a walk from 0 reaches the limit.

    From a state d below the limit the expected rest is an affine function of the rest one state lower. It depends on
    d alone, since on the way there the walk meets neither the floor nor anything but states above: one pass gives all
    limits.
    """
    above = _Window(rise)
    while True:
        rest, back = above.composed()
        yield (1 + bad_rate * rest) / (bad_rate * (1 - back))
        left = 1 - bad_rate * back
        above.add(((1 + bad_rate * rest) / left, (1 - bad_rate) / left))


def mean_recoveries(bad_rate: float, fall: int) -> Iterator[float]:
    """The same for the mirrored walk: 1 up for a good answer, ``fall`` down for a bad one."""
    reached = [0.0]
    while True:
        here = len(reached) - 1
        lost = reached[here] - reached[max(0, here - fall)]
        reached.append(reached[here] + (1 + bad_rate * lost) / (1 - bad_rate))
        yield reached[-1]


def quantiles(bad_rate: float, steps: tuple[int, int], limit: int, *shares: float) -> list[int]:
    """By which answer so many walks from 0 have reached the limit; ``steps`` are those of a bad and a good answer.

    What is not reached within LONGEST_DELAY is told as that.
    """
    state = np.zeros(limit)
    state[0] = 1.0
    moves = list(zip(steps, (bad_rate, 1 - bad_rate), strict=True))
    reached, found, answers = 0.0, dict.fromkeys(shares, LONGEST_DELAY), 0
    waiting = sorted(shares)
    while waiting and answers < LONGEST_DELAY:
        answers += 1
        following = np.zeros(limit)
        for step, weight in moves:
            reached += _moved(weight * state, step, following)
        state = following
        while waiting and reached >= waiting[0]:
            found[waiting.pop(0)] = answers
    return [found[share] for share in shares]


def _moved(state: States, step: int, following: States) -> float:
    """Add what is in ``state`` to ``following``, ``step`` further; returns what went over the limit."""
    limit = len(state)
    if step >= 0:
        kept = max(0, limit - step)
        following[step:] += state[:kept]
        return float(state[kept:].sum())
    following[: max(0, limit + step)] += state[-step:]
    following[0] += state[:-step].sum()
    return 0.0


@dataclass(slots=True)
class _Window:
    """The last ``size`` affine maps, composed, the oldest outermost; constant 0 (over the limit) while they are few."""

    size: int
    _older: list[_Affine] = field(default_factory=list)
    """Compositions of each with all younger ones of its kind; the oldest last."""
    _younger: list[_Affine] = field(default_factory=list)
    _youngest: _Affine = _IDENTITY

    def add(self, newest: _Affine) -> None:
        """Take one more, and let go of the oldest where there are too many."""
        self._younger.append(newest)
        self._youngest = _after(self._youngest, newest)
        if len(self._older) + len(self._younger) > self.size:
            self._forget_oldest()

    def composed(self) -> _Affine:
        """All of them."""
        if len(self._older) + len(self._younger) < self.size:
            return (0.0, 0.0)
        return _after(self._older[-1] if self._older else _IDENTITY, self._youngest)

    def _forget_oldest(self) -> None:
        if not self._older:
            so_far = _IDENTITY
            for each in reversed(self._younger):
                so_far = _after(each, so_far)
                self._older.append(so_far)
            self._younger, self._youngest = [], _IDENTITY
        self._older.pop()


def _after(outer: _Affine, inner: _Affine) -> _Affine:
    return outer[0] + outer[1] * inner[0], outer[1] * inner[1]
