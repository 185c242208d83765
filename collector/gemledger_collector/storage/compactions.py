"""The table ``compactions``: when the file was to be written anew, and when it was."""

from dataclasses import dataclass

import pyarrow as pa

from gemledger_collector.storage.compact import Compacted
from gemledger_collector.storage.transaction import Snapshot, Transaction


@dataclass(frozen=True, slots=True)
class Latest:
    """Times in unix nanoseconds; None: never."""

    asked_unix_nano: int | None
    reason: str | None
    done_unix_nano: int | None

    @property
    def due(self) -> bool:
        """Whether it was asked for and not done since."""
        return (
            self.asked_unix_nano is not None and (self.done_unix_nano or 0) < self.asked_unix_nano
        )


def latest(snapshot: Snapshot) -> Latest:
    """What is known of them."""
    (row,) = snapshot.query("compactions_latest").to_pylist()
    return Latest(**row)


def ask(transaction: Transaction, now_unix_nano: int, reason: str) -> None:
    """Have the file written anew, now or, where that comes to nothing, by upkeep."""
    _note(transaction, now_unix_nano, "asked", reason, None)


def done(transaction: Transaction, now_unix_nano: int, reason: str, what: Compacted) -> None:
    """Remember that it was."""
    _note(transaction, now_unix_nano, "done", reason, what)


def _note(
    transaction: Transaction, now: int, event: str, reason: str, what: Compacted | None
) -> None:
    row = {
        "at_unix_nano": now,
        "event": event,
        "reason": reason,
        "bytes_before": what and what.bytes_before,
        "bytes_after": what and what.bytes_after,
    }
    transaction.append("compactions", pa.Table.from_pylist([row], _COLUMNS))


_COLUMNS = pa.schema(
    [
        ("at_unix_nano", pa.int64()),
        ("event", pa.string()),
        ("reason", pa.string()),
        ("bytes_before", pa.int64()),
        ("bytes_after", pa.int64()),
    ]
)
