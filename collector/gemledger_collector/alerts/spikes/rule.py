"""When spend is a spike, and when it no longer is: one comparison for all groups; pure.

A spike is much money (the floor), much more than usual at this hour (ratio and deviations), higher than the last day
ever was (the peak), and still going on (the last 20 minutes). The trailing hour shows the money, the last 20 minutes
the speed: so a jump is seen before the hour is full of it, and a burst that is over when it is looked at is left alone.
"""

from dataclasses import dataclass

import numpy as np

from gemledger_collector.alerts.spikes.usual import Flags, Floats, Usual

SPEED_SECONDS = 20 * 60
_SPEED_FLOORS = 2.25
"""The speed must exceed the usual by so many floors an hour; measured: fewer false alerts, hardly fewer found."""
LONGEST_SECONDS = 24 * 3600
"""What lasts longer is the new usual: it is learned from, and the alert ends."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What a configuration asks for; ``floor`` is in picoUSD an hour."""

    floor: float
    z: float = 4.0
    ratio: float = 2.0
    peak_ratio: float = 1.1


@dataclass(frozen=True, slots=True)
class Limits:
    """For each group, what its trailing hour, and its speed by the hour, must exceed."""

    hour: Floats
    speed: Floats
    learning: Flags

    def exceeded(self, hour: Floats, speed: Floats) -> Flags:
        """Where a spike is. ``speed`` is what the last 20 minutes come to in an hour."""
        found: Flags = (hour > self.hour) & (speed > self.speed) & ~self.learning
        return found


def limits(usual: Usual, thresholds: Thresholds) -> Limits:
    """What would be a spike, group by group."""
    floor, level = thresholds.floor, usual.level
    hour = np.maximum(level + floor, thresholds.peak_ratio * usual.peak)
    unusual = np.maximum(level + thresholds.z * usual.spread, thresholds.ratio * level)
    return Limits(hour, np.maximum(level + _SPEED_FLOORS * floor, unusual), usual.learning)


def lasts(hour: Floats, usual: Usual, thresholds: Thresholds) -> Flags:
    """Where an alert that is already firing goes on: until half of what made it one is gone.

    The peak is not asked: after three hours it is the spike's own.
    """
    half_ratio = 1 + (thresholds.ratio - 1) / 2
    level = usual.level
    found: Flags = (hour > level + thresholds.floor / 2) & (hour > half_ratio * level)
    return found
