"""Quality for money: what a call costs on average, good answers for a dollar, and the same for less; pure.

Intervals of ratios and differences are made of the intervals of both sides (MOVER, the method of variance estimates
recovery): each side keeps the interval that fits it, Wilson's for a rate, Student's for a cost.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

from gemledger_collector.estimation import comparison, rates, weighted
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.estimation.weighted import Sums

PICO_USD = 10**12


@dataclass(frozen=True, slots=True)
class CostSums:
    """What calls cost: exact sums, and how far the slots of time lie from their common mean.

    ``square_residuals`` adds up (cost - mean cost x priced calls)² of each slot, in square picoUSD.
    """

    calls: int = 0
    priced_calls: int = 0
    pico_usd: int = 0
    slots: int = 0
    square_residuals: float = 0.0


@dataclass(frozen=True, slots=True)
class Option:
    """One way of doing a task: ``flags`` are of its judged answers (1 is bad), ``cost`` of all its calls."""

    task: str | None
    name: str | None
    flags: Sums
    cost: CostSums


@dataclass(frozen=True, slots=True)
class Saving:
    """``cheap`` instead of ``dear``: not shown to be worse, and shown to be cheaper.

    ``quality`` is the share of good answers of the cheap one minus that of the dear one, ``pico_usd_per_call`` what is
    saved.
    """

    dear: Option
    cheap: Option
    quality: Estimate
    pico_usd_per_call: Estimate


def good_rate(flags: Sums) -> Estimate | None:
    """The share of good answers among all that could be told."""
    bad = weighted.rate(flags)
    return None if bad is None else Estimate(1 - bad.value, 1 - bad.high, 1 - bad.low)


def mean_cost(cost: CostSums) -> Estimate | None:
    """PicoUSD a call: exact for the calls that were, the interval for those to come; None of no priced call.

    A ratio estimate over slots of time: calls of one slot are alike, so slots are what varies. One slot tells nothing
    of that.
    """
    if cost.priced_calls <= 0:
        return None
    value = cost.pico_usd / cost.priced_calls
    if cost.slots < 2:
        return Estimate(value, 0.0, math.inf)
    variance = cost.square_residuals * cost.slots / (cost.slots - 1)
    half = rates.student_95(cost.slots - 1) * math.sqrt(variance) / cost.priced_calls
    return Estimate(value, max(0.0, value - half), value + half)


def per_dollar(share: Estimate, cost: Estimate) -> Estimate | None:
    """Good answers for a dollar; None where calls cost nothing. ``high`` is infinite where the cost may be nothing."""
    if cost.value <= 0:
        return None
    found = _ratio(share, cost)
    return Estimate(*(each * PICO_USD for each in (found.value, found.low, found.high)))


def savings(options: Sequence[Option], margin: float, least: int) -> Iterator[Saving]:
    """Pairs of the same task, both judged ``least`` times, where less money is not shown to buy worse answers.

    That is: the interval of the difference excludes a loss of more than ``margin``, and that of the saving excludes 0.
    """
    for dear, cheap in permutations(options, 2):
        if dear.task == cheap.task and min(dear.flags.count, cheap.flags.count) >= least:
            saving = _saving(dear, cheap)
            if saving and saving.quality.low >= -margin and saving.pico_usd_per_call.low > 0:
                yield saving


def _saving(dear: Option, cheap: Option) -> Saving | None:
    costs = mean_cost(dear.cost), mean_cost(cheap.cost)
    goods = good_rate(dear.flags), good_rate(cheap.flags)
    if costs[0] is None or costs[1] is None or goods[0] is None or goods[1] is None:
        return None
    quality = comparison.difference(goods[0], goods[1])
    return Saving(dear, cheap, quality, _difference(costs[0], costs[1]))


def _difference(one: Estimate, other: Estimate) -> Estimate:
    """One minus the other."""
    value = one.value - other.value
    low = value - math.hypot(one.value - one.low, other.high - other.value)
    high = value + math.hypot(one.high - one.value, other.value - other.low)
    return Estimate(value, low, high)


def _ratio(top: Estimate, bottom: Estimate) -> Estimate:
    """Top over bottom, both positive (Donner and Zou 2012), in a form without cancellation at the low end."""
    product = top.value * bottom.value
    value = top.value / bottom.value
    low = 0.0
    if math.isfinite(bottom.high) and top.low > 0:
        least = top.low * (2 * top.value - top.low)
        spread = product**2 - least * bottom.high * (2 * bottom.value - bottom.high)
        low = least / (product + math.sqrt(max(0.0, spread)))
    if bottom.low <= 0:
        return Estimate(value, min(low, value), math.inf)
    most = bottom.low * (2 * bottom.value - bottom.low)
    spread = product**2 - top.high * (2 * top.value - top.high) * most
    high = (product + math.sqrt(max(0.0, spread))) / most
    return Estimate(value, min(low, value), max(high, value))
