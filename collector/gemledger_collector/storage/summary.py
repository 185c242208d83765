"""What the store holds, in a few figures."""

from dataclasses import dataclass

from gemledger_collector.storage.transaction import Snapshot


@dataclass(frozen=True, slots=True)
class Summary:
    """Calls that count, and when the first and the last of them began (unix nanoseconds).

    ``models`` are the first 200 that were called, in the order of their first calls.
    """

    calls: int
    earliest_unix_nano: int | None
    latest_unix_nano: int | None
    models: list[str] | None


def summary(snapshot: Snapshot) -> Summary:
    """The store's figures as of the snapshot."""
    return Summary(**snapshot.query("store_summary").to_pylist()[0])
