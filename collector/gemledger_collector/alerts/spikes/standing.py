"""How groups stand towards their spikes, for people: learning since when, what is usual, what is spent now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gemledger_collector.alerts.spikes.baseline import Baseline, labels
from gemledger_collector.alerts.spikes.recent import Recent
from gemledger_collector.alerts.spikes.telling import RUNGS
from gemledger_collector.alerts.spikes.usual import HOUR_SECONDS, LEARNING_HOURS, Rung
from gemledger_collector.alerts_config import SpikeConfig


@dataclass(frozen=True, slots=True)
class Standing:
    """One group of a spike. Amounts are picoUSD an hour, moments unix seconds.

    While ``ready_at`` lies ahead it is learning: nothing fires, and the usual is not to be relied on.
    """

    spike: str
    labels: Mapping[str, str]
    known_since: int | None
    ready_at: int | None
    compared_with: str
    usual_pico_usd: int
    high_pico_usd: int
    observed_pico_usd: int
    limit_pico_usd: int
    learning: bool


def standing_of(spike: SpikeConfig, base: Baseline, now: Recent) -> Iterator[Standing]:
    """All groups of the history, then those that began to spend within this hour."""
    for group, place in base.places.items():
        usual, known = base.usual, int(base.usual.known[place])
        level, spread = float(usual.level[place]), float(usual.spread[place])
        since = base.hour - known * HOUR_SECONDS
        yield Standing(
            spike.name,
            labels(spike, group),
            since,
            since + LEARNING_HOURS * HOUR_SECONDS,
            RUNGS[Rung(int(usual.rung[place]))],
            round(level),
            round(max(level + spike.z * spread, spike.ratio * level)),
            now.hour.get(group, 0),
            round(base.limits.hour[place]),
            bool(usual.learning[place]),
        )
    for group in sorted(set(now.hour) - set(base.places), key=str):
        yield Standing(
            spike.name,
            labels(spike, group),
            None,
            None,
            RUNGS[Rung.FLOOR],
            0,
            0,
            now.hour[group],
            spike.floor_pico_usd,
            True,
        )
