"""Silences as they are stored."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from gemledger_collector.storage.alert_history import exact
from gemledger_collector.storage.transaction import Snapshot, Transaction


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """One row of ``silences``; ``matchers`` is a JSON array of strings, times are unix nanoseconds."""

    silence_id: str
    matchers: str
    starts_at_unix_nano: int
    ends_at_unix_nano: int
    created_by: str
    comment: str
    created_at_unix_nano: int
    updated_at_unix_nano: int

    @property
    def written_matchers(self) -> list[str]:
        """Each as people write it."""
        written: list[str] = json.loads(self.matchers)
        return written


def silences(snapshot: Snapshot, ending_after_unix_nano: int) -> Sequence[SilenceRow]:
    """Those that last, or will, beyond the moment; the newest first."""
    rows = snapshot.query("silences", {"ending_after": ending_after_unix_nano})
    return [exact(SilenceRow, row) for row in rows.to_pylist()]


def silence(snapshot: Snapshot, silence_id: str) -> SilenceRow | None:
    """The one with this id."""
    rows = snapshot.query("silences_one", {"silence_id": silence_id}).to_pylist()
    return exact(SilenceRow, rows[0]) if rows else None


def keep(transaction: Transaction, row: SilenceRow) -> None:
    """Write a silence; the one with the same id is replaced."""
    transaction.execute("silences_forget", {"silence_id": row.silence_id})
    transaction.execute("silences_keep", asdict(row))


def end(transaction: Transaction, silence_ids: Sequence[str], ends_at_unix_nano: int) -> None:
    """End those of these that last: they are kept."""
    if silence_ids:
        transaction.execute(
            "silences_end", {"ids": list(silence_ids), "ends_at": ends_at_unix_nano}
        )
