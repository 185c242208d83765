"""Slots of time that a rule of the judge has drawn from: what there was, and where the limit lies; never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from gemledger_collector.storage.sampled_answers import Population
from gemledger_collector.storage.transaction import Snapshot, Transaction

Stratum = tuple[str | None, str | None]
"""Feature and prompt version."""

SCHEMA = pa.schema(
    [
        ("rule", pa.string()),
        ("feature", pa.string()),
        ("prompt_version", pa.string()),
        ("slot_start_unix_nano", pa.int64()),
        ("slot_end_unix_nano", pa.int64()),
        ("threshold", pa.float64()),
        ("because", pa.string()),
        ("answers", pa.int64()),
        ("answers_before", pa.int64()),
        ("counted", pa.list_(pa.uint64())),
        ("decided_at_unix_nano", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Slot:
    """What a slot of one feature and prompt version holds; ``lowest`` are the smallest positions, in order."""

    feature: str | None
    prompt_version: str | None
    slot_start_unix_nano: int
    answers: int
    models: Sequence[str]
    lowest: Sequence[float]

    @property
    def stratum(self) -> Stratum:
        """Whose slot it is."""
        return self.feature, self.prompt_version


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """When a version and model of a feature first appeared: by the ledger's quarter of an hour, and by the moment."""

    feature: str | None
    prompt_version: str | None
    model: str | None
    slot_unix_nano: int | None
    start_time_unix_nano: int | None


def undecided(
    snapshot: Snapshot, population: Population, window: tuple[int, int], most: int
) -> list[Slot]:
    """Slots within ``window`` without a limit, the oldest first, each with its ``most`` lowest positions."""
    asked = _asked(population, window)
    rows = snapshot.query("sampling_undecided", {**asked, "most": most}).to_pylist()
    return [Slot(**row) for row in rows]


def counted(
    snapshot: Snapshot,
    population: Population,
    window: tuple[int, int],
    every: int,
    before: Sequence[tuple[Slot, int]],
) -> dict[tuple[Stratum, int], list[int]]:
    """Span ids of each ``every``-th answer of some slots, by stratum and slot, counted on from ``before``."""
    asked = _asked(population, window)
    del asked["rule"]
    asked |= {
        "every": every,
        "features": [slot.feature for slot, _ in before],
        "versions": [slot.prompt_version for slot, _ in before],
        "slot_starts": [slot.slot_start_unix_nano for slot, _ in before],
        "answers_before": [count for _, count in before],
    }
    rows = snapshot.query("sampling_counted", asked).to_pylist()
    return {
        ((row["feature"], row["prompt_version"]), row["slot_start_unix_nano"]): row["span_ids"]
        for row in rows
    }


def last_end(snapshot: Snapshot, rule: str) -> int | None:
    """Until when a rule has decided."""
    ((end,),) = snapshot.rows("sampling_last_slot", {"rule": rule})
    return None if end is None else int(str(end))


def answers_before(snapshot: Snapshot, rule: str) -> dict[Stratum, int]:
    """How many answers a rule has seen of each feature and prompt version."""
    rows = snapshot.records("sampling_answers_before", {"rule": rule})
    return {(row["feature"], row["prompt_version"]): row["answers"] for row in rows}


def first_seen(snapshot: Snapshot) -> list[FirstSeen]:
    """When everything first appeared that is not the judge's."""
    return [FirstSeen(**row) for row in snapshot.records("sampling_first_seen")]


def decide(transaction: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write down slots; each holds every column of ``SCHEMA``."""
    transaction.append("sampling_slots", pa.Table.from_pylist([*rows], schema=SCHEMA))


def forget(transaction: Transaction, rule: str, before: int) -> None:
    """Delete what no answer can need any more."""
    transaction.execute("sampling_forget_slots", {"rule": rule, "before": before})


def _asked(population: Population, window: tuple[int, int]) -> dict[str, object]:
    since, until = window
    return {**asdict(population), "since": since, "until": until}
