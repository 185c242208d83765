"""What channels were last told about groups of alerts."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from gemledger_collector.storage.alert_history import exact
from gemledger_collector.storage.transaction import Snapshot, Transaction


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One row of ``alert_groups``; ``told_firing`` is a JSON array of fingerprint/start."""

    channel: str
    group_key: str
    began_at_unix_nano: int
    notified_at_unix_nano: int | None
    told_firing: str

    @property
    def told_keys(self) -> frozenset[str]:
        """Keys of the alerts the channel believes to fire."""
        return frozenset(json.loads(self.told_firing))


def groups(snapshot: Snapshot) -> list[GroupRow]:
    """All that are remembered."""
    return [exact(GroupRow, row) for row in snapshot.query("alert_groups").to_pylist()]


def remember(transaction: Transaction, rows: Sequence[GroupRow]) -> None:
    """Write groups; those of the same channel and key are replaced."""
    forget(transaction, [(row.channel, row.group_key) for row in rows])
    for row in rows:
        transaction.execute("alert_groups_remember", asdict(row))


def forget(transaction: Transaction, places: Iterable[tuple[str, str]]) -> None:
    """Take groups, named by channel and key, out of the store."""
    for channel, group_key in places:
        transaction.execute("alert_groups_forget", {"channel": channel, "group_key": group_key})
