"""How unusual each point of any series is, by its own past alone: for series of which nothing is known; pure.

The distance from the median of the points before, and its mean over two hours' worth of points, are ranked among all
such distances so far. A rank needs no unit and no threshold of the series' own: 3 is "once in a thousand points".
"""

import math
from bisect import bisect_left, insort

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from gemledger_collector.alerts.spikes.usual import Floats

MEDIAN_POINTS = 288
MEAN_POINTS = 24
FEWEST_POINTS = 50
REFRACTORY_POINTS = 400
"""For so long after a surprise only a greater one counts: one event is one alert."""
_RECORD_WEIGHT = 8


def surprises(values: Floats) -> Floats:
    """A score for each point, from what came before it only; 0 where there is nothing to tell."""
    away = values - _median_before(values, MEDIAN_POINTS)
    jump, drift = rarity(np.abs(away)), rarity(np.abs(_mean(away, MEAN_POINTS)))
    return first_of_each(np.maximum(jump, drift), REFRACTORY_POINTS)


def rarity(distances: Floats) -> Floats:
    """-log10 of the share of earlier points that were as far out; a new record counts by how much it is one."""
    seen: list[float] = []
    scores = np.zeros(len(distances))
    for place, distance in enumerate(distances.tolist()):
        if place >= FEWEST_POINTS:
            scores[place] = _rarity(seen, distance)
        insort(seen, distance)
    return scores


def _rarity(ordered: list[float], distance: float) -> float:
    count = len(ordered)
    as_far = count - bisect_left(ordered, distance)
    rank = -math.log10((as_far + 0.5) / (count + 1))
    middle, record = ordered[count // 2], ordered[-1]
    if as_far > 0 or distance <= middle:
        return rank
    times = (distance - middle) / (record - middle) if record > middle else 2.0
    return rank + _RECORD_WEIGHT * math.log10(max(times, 1.0))


def first_of_each(scores: Floats, points: int) -> Floats:
    """The scores that exceed all of the ``points`` before them, the others 0."""
    padded = np.concatenate([np.zeros(points), scores])
    before = sliding_window_view(padded, points)[: len(scores)].max(axis=1, initial=0.0)
    return np.where(scores > before, scores, 0.0)


def _median_before(values: Floats, points: int) -> Floats:
    """The median of the ``points`` before each one; of fewer at the start."""
    count = len(values)
    medians = values.copy()  # the first point is its own yardstick
    for place in range(1, min(points, count)):
        medians[place] = np.median(values[:place])
    if count > points:
        medians[points:] = np.median(sliding_window_view(values, points)[:-1], axis=1)
    return medians


def _mean(values: Floats, points: int) -> Floats:
    """The mean of each point and those before it, ``points`` together."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    until = np.arange(1, len(values) + 1)
    since = np.maximum(until - points, 0)
    mean: Floats = (sums[until] - sums[since]) / (until - since)
    return mean
