"""Shapley values of products, exactly, for whole columns at once; pure.

A term is a product of factors, each of which has a value in the baseline and one in the window. Its Shapley values are
what each factor adds on average over all orders in which the factors change from the one to the other: the same as the
weighted mean over all coalitions of the others. For a product that mean is an integral (Owen's multilinear extension,
1972): of the product of the *other* factors, all of them moved evenly from baseline to window. The integrand is a
polynomial of degree five at most, of which Boole's rule gives the integral exactly from five points; up to the third
degree Simpson's rule does from three. So six factors cost a few dozen multiplications of whole numbers instead of 64
coalitions of fractions; a test holds it to those.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gemledger_collector.alerts.cause.factors import FRACTION_BITS, Factor

Numbers = npt.NDArray[np.object_]
"""Python's own whole numbers, of any size."""
Positions = npt.NDArray[np.intp]

_STEPS = 4
_SIMPSON = {0: 1, 2: 4, 4: 1}
_BOOLE = {0: 7, 1: 32, 2: 12, 3: 32, 4: 7}
"""Weights by the step at which the integrand is looked at."""


@dataclass(frozen=True, slots=True)
class Player:
    """One factor of each term: ``baseline / denominator`` and ``window / denominator``."""

    baseline: Numbers
    window: Numbers
    denominator: Numbers

    def at(self, step: int) -> Numbers:
        """Its numerator ``step`` of four steps on the way from baseline to window, four times over."""
        moved: Numbers = self.baseline * (_STEPS - step) + self.window * step
        return moved


def shapley_values(players: Mapping[Factor, Player]) -> dict[Factor, Numbers]:
    """What each factor adds to each product, in 2**-64 of the product's unit. Six factors at most."""
    names = list(players)
    weights = _SIMPSON if len(names) <= _STEPS else _BOOLE
    sums = _integrals([players[name] for name in names], weights)
    denominator = sum(weights.values()) * _STEPS ** (len(names) - 1)
    for player in players.values():
        denominator = denominator * player.denominator
    return {
        name: (players[name].window - players[name].baseline)
        * (total << FRACTION_BITS)
        // denominator
        for name, total in zip(names, sums, strict=True)
    }


def _integrals(players: list[Player], weights: Mapping[int, int]) -> list[Numbers]:
    """For each player the weighted sum, over the points, of the product of all the others."""
    totals: list[Numbers | int] = [0] * len(players)
    for step, weight in weights.items():
        moved = [player.at(step) for player in players]
        for at, others in enumerate(_products_without_each(moved)):
            totals[at] = totals[at] + others * weight
    return totals  # type: ignore[return-value]  # several points were added


def _products_without_each(values: list[Numbers]) -> list[Numbers]:
    before: list[Numbers | int] = [1]
    for value in values[:-1]:
        before.append(before[-1] * value)
    after: Numbers | int = 1
    products: list[Numbers] = []
    for at in reversed(range(len(values))):
        products.append(before[at] * after)  # type: ignore[arg-type]  # a term of one factor alone: 1 times 1
        after = after * values[at]
    return products[::-1]
