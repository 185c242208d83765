"""The values that filters can have: out of the ledger, never out of spans."""

from collections.abc import Mapping, Sequence

from gemledger_collector.storage.transaction import Snapshot

MOST_VALUES = 500
Counted = tuple[str | None, int]


def filter_values(
    snapshot: Snapshot, since_slot: int, until_slot: int
) -> Mapping[str, Sequence[Counted]]:
    """Dimension → (value, calls), the busiest first, at most ``MOST_VALUES`` + 1; None is a value, too."""
    rows = snapshot.records(
        "filter_values", {"since": since_slot, "until": until_slot, "most": MOST_VALUES + 1}
    )
    found: dict[str, list[Counted]] = {}
    for row in rows:
        found.setdefault(row["dimension"], []).append((row["value"], row["calls"]))
    return found
