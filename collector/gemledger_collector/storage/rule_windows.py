"""What rules ask of the store: windows of the ledger, of its histograms, of spans and of judgements, by group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from gemledger_collector.storage.spend import DIMENSIONS
from gemledger_collector.storage.transaction import Snapshot

JUDGED_DIMENSIONS = ("model", "team", "feature", "environment", "prompt_version")
"""What judgements can be grouped by."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which traffic, and by what: ``matching`` a value that is an empty text means that there is none."""

    by: tuple[str, ...]
    matching: tuple[tuple[str, str], ...]

    def parameters(self, dimensions: Sequence[str] = DIMENSIONS) -> dict[str, object]:
        """As statements have them."""
        matching = dict(self.matching)
        return {
            **{f"by_{name}": name in self.by for name in dimensions},
            **{name: matching.get(name) for name in dimensions},
        }


@dataclass(frozen=True, slots=True)
class Parts:
    """Slots [since, until), in unix seconds, of which [core_start, core_end) are in every window."""

    since: int
    until: int
    core_start: int
    core_end: int

    def parameters(self) -> dict[str, object]:
        """As statements have them."""
        return {
            "since": self.since,
            "until": self.until,
            "core_start": self.core_start,
            "core_end": self.core_end,
        }


def slots(snapshot: Snapshot, asked: Asked, parts: Parts) -> pa.Table:
    """The ledger's figures, as ``minute_cells.FIGURES`` has them, by ``start`` of the part and by group."""
    return snapshot.query("rule_slots", asked.parameters() | parts.parameters())


def latencies(snapshot: Snapshot, asked: Asked, parts: Parts, metric: str) -> pa.Table:
    """Histograms of one metric by ``start`` of the part and by group."""
    parameters = asked.parameters() | parts.parameters() | {"metric": metric}
    return snapshot.query("rule_slot_latency", parameters)


def dearest(snapshot: Snapshot, asked: Asked, parts: Parts) -> pa.Table:
    """The dearest single call by ``start`` of the part and by group."""
    return snapshot.query("rule_slot_dearest", asked.parameters() | parts.parameters())


def judged(
    snapshot: Snapshot, asked: Asked, between: tuple[int, int], rubric: str | None
) -> pa.Table:
    """How many answers of calls in a range (unix nanoseconds) were judged, and bad, by minute and group."""
    bounds: Mapping[str, object] = {"since": between[0], "until": between[1], "rubric": rubric}
    return snapshot.query("judged_share", asked.parameters(JUDGED_DIMENSIONS) | dict(bounds))


def callers(snapshot: Snapshot, since: int, until: int) -> pa.Table:
    """Who called in slots of [since, until) (unix seconds): values of DIMENSIONS, and ``last_slot``."""
    return snapshot.query("keys_of_last_day", {"since": since, "until": until})
