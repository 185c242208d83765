"""What a spike's alert says beside its figures: the usual, the excess so far, and where the day would end."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from gemledger_collector.alerts.alert import Watch
from gemledger_collector.alerts.periods import Calendar
from gemledger_collector.alerts.quantities import usd
from gemledger_collector.alerts.slots import SLOT_NS, slot_of
from gemledger_collector.alerts.spikes.baseline import NANO, question
from gemledger_collector.alerts.spikes.usual import HOUR_SECONDS, Rung
from gemledger_collector.alerts_config import SpikeConfig
from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.group_spend import Group, group_spend
from gemledger_collector.storage.transaction import Snapshot

RUNGS = {
    Rung.FLOOR: "nothing to compare with",
    Rung.TRAILING_WEEK: "the last 7 days",
    Rung.HOUR_OF_DAY: "the same hour of 7 days",
    Rung.HOUR_OF_WEEK: "the same hour of the week",
}


@dataclass(frozen=True, slots=True)
class Spiking:
    """One group that spends too much: since when, its usual and what may still be usual, and its speed, by the hour."""

    group: Group
    begin_unix_nano: int
    level_pico_usd: int
    high_pico_usd: int
    speed_pico_usd: int
    rung: Rung


def annotations(
    snapshot: Snapshot, spike: SpikeConfig, watch: Watch, spiking: list[Spiking]
) -> Mapping[Group, dict[str, str]]:
    """Texts for each group; the ledger is asked once for all of them."""
    if not spiking:
        return {}
    day = Calendar("day", spike.timezone).containing(watch.now)
    since = min(day.start_unix_nano, *(each.begin_unix_nano for each in spiking))
    first = slot_of(since)
    spent = group_spend(
        snapshot, question(spike, SLOT_SECONDS), first, slot_of(watch.now) + SLOT_SECONDS
    )
    amounts: dict[Group, dict[int, int]] = defaultdict(dict)
    rows = zip(
        spent.starts.tolist(), spent.places.tolist(), spent.pico_usd.to_pylist(), strict=True
    )
    for start, place, amount in rows:
        amounts[spent.groups[place]][start * NANO] = int(amount)
    return {
        each.group: _texts(
            each, amounts[each.group], watch.now, (day.start_unix_nano, day.end_unix_nano)
        )
        for each in spiking
    }


def _texts(
    spiking: Spiking, by_slot: Mapping[int, int], now: int, day: tuple[int, int]
) -> dict[str, str]:
    begin = spiking.begin_unix_nano // SLOT_NS * SLOT_NS
    expected = spiking.level_pico_usd * (now - begin) // (HOUR_SECONDS * NANO)
    excess = _since(by_slot, begin) - expected
    rest = spiking.speed_pico_usd * (day[1] - now) // (HOUR_SECONDS * NANO)
    return {
        "usual": f"{usd(spiking.level_pico_usd)} an hour, at most {usd(spiking.high_pico_usd)} ({RUNGS[spiking.rung]})",
        "excess": f"{usd(max(excess, 0))} so far",
        "projection": f"{usd(_since(by_slot, day[0]) + rest)} by the end of the day at this speed",
    }


def _since(by_slot: Mapping[int, int], begin: int) -> int:
    return sum(amount for start, amount in by_slot.items() if start >= begin)
