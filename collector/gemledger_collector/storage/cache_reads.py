"""Which calls read from context caches, and what they paid for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gemledger import semconv
from gemledger_collector.storage.transaction import Snapshot

MODALITIES = semconv.MODALITIES[1:]
"""Text is what no other modality claims."""


@dataclass(frozen=True, slots=True)
class Reads:
    """Calls that read one cache at one price. Times are unix nanoseconds."""

    platform: str
    model: str
    tier: str
    region: str
    long_context: bool
    first: int
    last: int
    calls: int
    recent_calls: int
    tokens: int
    by_modality: Mapping[str, int]
    paid_pico_usd: int


def reads_of(
    snapshot: Snapshot, ids: Sequence[str], since_unix_nano: int, recent_unix_nano: int
) -> dict[str, list[Reads]]:
    """What was read from each of these caches; ``recent_calls`` counts those since ``recent``."""
    found: dict[str, list[Reads]] = {each: [] for each in ids}
    parameters = {"ids": list(ids), "since": since_unix_nano, "recent": recent_unix_nano}
    for row in snapshot.query("cache_reads", parameters).to_pylist():
        found[row["cache_id"]].append(
            Reads(
                platform=row["platform"] or "",
                model=row["model"] or "",
                tier=row["service_tier"],
                region=row["region"],
                long_context=bool(row["long_context"]),
                first=row["first"],
                last=row["last"],
                calls=int(row["calls"]),
                recent_calls=int(row["recent_calls"]),
                tokens=int(row["tokens"]),
                by_modality={
                    each: int(row[f"{each}_tokens"]) for each in MODALITIES if row[f"{each}_tokens"]
                },
                paid_pico_usd=int(row["paid_pico_usd"]),
            )
        )
    return found
