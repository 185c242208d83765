"""Drawing from the slots of time that are over: once, from what the store holds then."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gemledger_collector.config_values import nanoseconds
from gemledger_collector.judge.sampling import populations, slots
from gemledger_collector.judge.sampling.newness import Newcomers, newcomers
from gemledger_collector.judge_config import JudgeConfig, JudgeRule
from gemledger_collector.storage import sampling_slots
from gemledger_collector.storage.sampling_slots import Slot, Stratum
from gemledger_collector.storage.store import Store
from gemledger_collector.storage.transaction import Snapshot

CATCH_UP_NANO = 24 * slots.HOUR_NANO
"""How far back a collector draws that was down, or whose rule is new."""
LATE_NANO = slots.HOUR_NANO
"""How long after a slot was decided a feature or version may turn up in it that nobody had seen there."""
PIECE_NANO = slots.HOUR_NANO

Row = Mapping[str, Any]


def over_until(config: JudgeConfig, rule: JudgeRule, now: int) -> int:
    """The end of the last slot that is over, and nobody is late for."""
    slot = populations.slot_nano(rule)
    return (now - nanoseconds(config.lateness)) // slot * slot


def decide(store: Store, config: JudgeConfig, rule: JudgeRule, now: int) -> int:
    """Decide the slots of a rule that are over; how many were decided, of any feature and version."""
    over, oldest = over_until(config, rule, now), now - nanoseconds(config.max_age)
    with store.reading() as snapshot:
        last = sampling_slots.last_end(snapshot, rule.name)
        since = max(over - CATCH_UP_NANO, oldest, 0 if last is None else last - LATE_NANO)
        rows = list(_Draw(snapshot, rule, now).rows(since, over))
    if rows:
        with store.writing() as transaction:
            sampling_slots.decide(transaction, rows)
            sampling_slots.forget(transaction, rule.name, oldest)
    return len(rows)


@dataclass(slots=True)
class _Draw:
    """One rule's draw, from one snapshot."""

    snapshot: Snapshot
    rule: JudgeRule
    now: int

    def rows(self, since: int, until: int) -> Iterator[Row]:
        """Rows of ``sampling_slots``, by pieces of time, so that memory stays bounded."""
        length = populations.slot_nano(self.rule)
        seen: Newcomers | None = None
        before = sampling_slots.answers_before(self.snapshot, self.rule.name)
        start = since // length * length
        while start < until:
            window = (start, min(until, start + PIECE_NANO))
            found = self._undecided(window, length)
            if found:
                seen = seen or newcomers(sampling_slots.first_seen(self.snapshot))
                yield from self._decided(found, window, before, seen)
            start = window[1]

    def _undecided(self, window: tuple[int, int], length: int) -> list[Slot]:
        floor = self.rule.floor
        most = 1 if floor is None else slots.most_quota(floor.per_hour * floor.burst, length) + 1
        population = populations.population(self.rule)
        return sampling_slots.undecided(self.snapshot, population, window, most)

    def _decided(
        self,
        found: Sequence[Slot],
        window: tuple[int, int],
        before: dict[Stratum, int],
        seen: Newcomers,
    ) -> Iterator[Row]:
        numbered = []
        for slot in found:
            numbered.append((slot, before.get(slot.stratum, 0)))
            before[slot.stratum] = before.get(slot.stratum, 0) + slot.answers
        picked = self._counted(window, numbered)
        length = populations.slot_nano(self.rule)
        for slot, count in numbered:
            start = slot.slot_start_unix_nano
            because, threshold = self._limit(slot, range(start, start + length), seen)
            yield {
                "rule": self.rule.name,
                "feature": slot.feature,
                "prompt_version": slot.prompt_version,
                "slot_start_unix_nano": start,
                "slot_end_unix_nano": start + length,
                "threshold": threshold,
                "because": because,
                "answers": slot.answers,
                "answers_before": count,
                "counted": None if picked is None else picked.get((slot.stratum, start), []),
                "decided_at_unix_nano": self.now,
            }

    def _counted(
        self, window: tuple[int, int], numbered: Sequence[tuple[Slot, int]]
    ) -> dict[tuple[Stratum, int], list[int]] | None:
        if self.rule.every is None:
            return None
        population = populations.population(self.rule)
        return sampling_slots.counted(self.snapshot, population, window, self.rule.every, numbered)

    def _limit(self, slot: Slot, time: range, seen: Newcomers) -> tuple[str, float]:
        """Why the limit lies where it does, and where."""
        floor = self.rule.floor
        if floor is None:
            return "every", 0.0
        version = None if slot.prompt_version is None else (slot.feature, slot.prompt_version)
        models = [(slot.feature, model) for model in slot.models]
        burst = seen.any_new(version, models, time, nanoseconds(floor.burst_for))
        per_hour = floor.per_hour * (floor.burst if burst else 1)
        wanted = slots.quota(per_hour, time.start, time.stop - time.start)
        return "burst" if burst else "floor", slots.threshold(slot.lowest, wanted)
