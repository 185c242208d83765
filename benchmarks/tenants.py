"""Tenant replay: two weeks of production tenants, what the spike rule says of them, and what it says of spikes put in.

Every alert on the recorded traffic counts as false, though some of its bursts were real incidents. A spike is
three hours times three, five or ten; it is material when it adds at least twice the floor. Thresholds are chosen on
one half of the tenants and reported on the other, both ways round.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gemledger_collector.alerts.spikes.rule import Thresholds, limits
from gemledger_collector.alerts.spikes.usual import (
    LEARNING_HOURS,
    Flags,
    Floats,
    Hours,
    Integers,
    usual,
)

BINS_AN_HOUR, BINS_A_DAY, BINS_A_WEEK = 6, 144, 1008
SPEED_BINS, SPIKE_BINS, GAP_BINS = 2, 18, 36
LEAST_USD_A_DAY, FLOOR_USD = 10.0, 20.0
FACTORS = (3, 5, 10)
SPIKES_A_TENANT = 300
MISSED = 10_000.0
FALSE_BAR, RECALL_BAR, DELAY_BAR = 0.4, 0.94, 30.0
CHOICES = {"z": (3.0, 4.0, 6.0), "ratio": (1.5, 2.0, 3.0), "peak_ratio": (1.0, 1.1, 1.2, 1.3)}


@dataclass(frozen=True, slots=True)
class Prices:
    """USD per million tokens, and what of: flash-like models differ fivefold."""

    name: str
    input: float
    output: float
    floors_usd: Sequence[float]
    """The second is the first one grown with the prices."""


FLASH = Prices("$0.30 / $2.50 a million tokens", 0.30, 2.50, (20.0,))
DEARER = Prices("$1 / $5 a million tokens", 1.0, 5.0, (20.0, 50.0))


@dataclass(frozen=True, slots=True)
class Replay:
    """USD of each bin and tenant, and the spikes to put in: at ``starts`` of ``tenants``."""

    spend: Floats
    tenants: Integers
    starts: Integers


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule came to on some tenants."""

    false_per_tenant_week: float
    recall: Mapping[int, float]
    delay_minutes: Mapping[int, float]
    """Median over material spikes; one that was missed took for ever."""


def load(path: Path, prices: Prices) -> Floats:
    """USD by bin and tenant, of tenants that spend more than ten dollars a day, the largest first.

    For tenants of whom no token counts were recorded, those of the median row stand in.
    """
    table = pq.read_table(path)
    tokens = [
        np.asarray(pc.fill_null(table[name], float(np.nanmedian(table[name].to_numpy()))))
        for name in ("mean_in", "mean_out")
    ]
    usd = (
        table["req_per_s"].to_numpy() * 600 * (tokens[0] * prices.input + tokens[1] * prices.output)
    )
    names = pa.compute.binary_join_element_wise(table["model"], table["client"], "/")
    tenant = names.combine_chunks().dictionary_encode().indices.to_numpy()
    bins = table["t"].to_numpy() // 600
    spend = np.zeros((int(bins.max()) + 1, int(tenant.max()) + 1))
    np.add.at(spend, (bins, tenant), usd / 1e6)
    days = len(spend) / BINS_A_DAY
    spend = spend[:, np.argsort(-spend.sum(0), kind="stable")]
    chosen: Floats = spend[:, spend.sum(0) / days > LEAST_USD_A_DAY]
    return chosen


def replay_of(spend: Floats, seed: int = 7) -> Replay:
    """Spikes at random moments from the third day on."""
    random = np.random.default_rng(seed)
    tenants = np.repeat(np.arange(spend.shape[1]), SPIKES_A_TENANT)
    starts = random.integers(2 * BINS_A_DAY, len(spend) - SPIKE_BINS, len(tenants))
    return Replay(spend, tenants, starts)


def half(replay: Replay, which: int) -> Replay:
    """Every other tenant in the order of spend, so that the halves are alike."""
    mine = np.arange(which, replay.spend.shape[1], 2)
    chosen = replay.tenants % 2 == which
    return Replay(replay.spend[:, mine], replay.tenants[chosen] // 2, replay.starts[chosen])


@dataclass(frozen=True, slots=True)
class Limit:
    """What the hour and the speed must exceed, by bin and tenant."""

    hour: Floats
    speed: Floats


def limit_of(spend: Floats, thresholds: Thresholds) -> Limit:
    """The rule's limits, renewed with each clock hour, from the hours before it only."""
    hours = spend[: len(spend) // BINS_AN_HOUR * BINS_AN_HOUR]
    by_hour = hours.reshape(-1, BINS_AN_HOUR, spend.shape[1]).sum(1).T
    first = np.where(by_hour.any(1), by_hour.astype(bool).argmax(1), by_hour.shape[1])
    found = []
    for hour in range(by_hour.shape[1]):
        known = np.maximum(hour - first, 0)
        past, learning = by_hour[:, :hour], np.full(len(known), hour < LEARNING_HOURS)
        mine = limits(
            usual(Hours(past, known, learning, np.zeros(past.shape, bool)), thresholds.floor),
            thresholds,
        )
        found.append([np.where(mine.learning, np.inf, mine.hour), mine.speed])
    stacked = np.repeat(np.array(found), BINS_AN_HOUR, axis=0)
    return Limit(stacked[:, 0], stacked[:, 1])


def trailing(spend: Floats, bins: int) -> Floats:
    """The sum of each bin and those before it, ``bins`` together."""
    sums = np.concatenate([np.zeros((bins, spend.shape[1])), np.cumsum(spend, axis=0)])
    total: Floats = sums[bins:] - sums[:-bins]
    return total


def fires(spend: Floats, limit: Limit) -> Flags:
    """Where the rule is met: the trailing hour and the speed of the last 20 minutes."""
    hour = trailing(spend, BINS_AN_HOUR)
    speed = trailing(spend, SPEED_BINS) * (BINS_AN_HOUR / SPEED_BINS)
    found: Flags = (hour > limit.hour) & (speed > limit.speed)
    return found


def episodes(fired: Flags) -> int:
    """Alerts, where what is less than six hours apart is one."""
    count = 0
    for tenant in range(fired.shape[1]):
        bins = np.flatnonzero(fired[:, tenant])
        count += len(bins) and 1 + int((np.diff(bins) > GAP_BINS).sum())
    return count


def outcome(replay: Replay, thresholds: Thresholds) -> Outcome:
    """False alerts on what was recorded; recall and delay of what was put in."""
    limit = limit_of(replay.spend, thresholds)
    false = episodes(fires(replay.spend[: len(limit.hour)], limit))
    weeks = (len(replay.spend) - BINS_A_DAY) / BINS_A_WEEK * replay.spend.shape[1]
    recall, delay = {}, {}
    for factor in FACTORS:
        minutes = _delays(replay, limit, factor, thresholds.floor)
        recall[factor] = float((minutes < MISSED).mean())
        delay[factor] = float(np.median(minutes))
    return Outcome(false / weeks, recall, delay)


def _delays(replay: Replay, limit: Limit, factor: int, floor: float) -> Floats:
    """Minutes from the start of each material spike until it is seen; MISSED if not within its three hours."""
    before = np.arange(-BINS_AN_HOUR, SPIKE_BINS)[:, None] + replay.starts
    usd = replay.spend[before, replay.tenants].copy()
    added = usd[BINS_AN_HOUR:].sum(0) * (factor - 1) / (SPIKE_BINS / BINS_AN_HOUR)
    usd[BINS_AN_HOUR:] *= factor
    within = before[BINS_AN_HOUR:]
    mine = Limit(limit.hour[within, replay.tenants], limit.speed[within, replay.tenants])
    seen = _fires_within(usd, mine)
    minutes = np.where(seen.any(0), 10.0 * (seen.argmax(0) + 1), MISSED)
    material: Floats = minutes[added >= 2 * floor]
    return material


def _fires_within(usd: Floats, limit: Limit) -> Flags:
    hour = trailing(usd, BINS_AN_HOUR)[BINS_AN_HOUR:]
    speed = trailing(usd, SPEED_BINS)[BINS_AN_HOUR:] * (BINS_AN_HOUR / SPEED_BINS)
    found: Flags = (hour > limit.hour) & (speed > limit.speed)
    return found


def candidates() -> Iterator[Thresholds]:
    """What is chosen from."""
    for values in product(*CHOICES.values()):
        yield replace(Thresholds(FLOOR_USD), **dict(zip(CHOICES, values, strict=True)))


def choose(replay: Replay) -> Thresholds:
    """The thresholds that leave most room to both bars: of false alerts, and of spikes times five that are found."""

    def room(thresholds: Thresholds) -> float:
        found = outcome(replay, thresholds)
        if found.delay_minutes[5] > DELAY_BAR:
            return -1.0
        quiet = 1 - found.false_per_tenant_week / FALSE_BAR
        return min(quiet, (found.recall[5] - RECALL_BAR) / (1 - RECALL_BAR))

    return max(candidates(), key=room)


def directions(replay: Replay) -> Sequence[tuple[str, Thresholds, Outcome]]:
    """Chosen on one half, reported on the other."""
    halves = [half(replay, 0), half(replay, 1)]
    chosen = [choose(each) for each in halves]
    return [
        ("chosen on A, reported on B", chosen[0], outcome(halves[1], chosen[0])),
        ("chosen on B, reported on A", chosen[1], outcome(halves[0], chosen[1])),
    ]
