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

    While it is learning nothing fires, and the usual is not to be relied on; ``ready_at`` is the end of that.
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


def standing_of(spike: SpikeConfig, learned: Baseline, now: Recent) -> Iterator[Standing]:
    """All groups of the history, then those that began to spend within this hour."""
    base = learned.of(now.hour)
    oldest = int(learned.usual.known.max(initial=0))
    for group, place in base.places.items():
        usual, known = base.usual, int(base.usual.known[place])
        level, spread = float(usual.level[place]), float(usual.spread[place])
        learning = bool(usual.learning[place])
        to_learn = LEARNING_HOURS - (known if spike.learn_each_group else oldest)
        yield Standing(
            spike.name,
            labels(spike, group),
            base.hour - known * HOUR_SECONDS if known else None,
            base.hour + to_learn * HOUR_SECONDS if learning else None,
            RUNGS[Rung(int(usual.rung[place]))],
            round(level),
            round(max(level + spike.z * spread, spike.ratio * level)),
            now.hour.get(group, 0),
            round(base.limits.hour[place]),
            learning,
        )
