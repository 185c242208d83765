"""The table ``audit``: who did what that is more than looking at figures."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from gemledger_collector.storage.transaction import Snapshot, Transaction

Detail = Mapping[str, str | int | float | bool | None]
END = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Lines:
    """Which lines are wanted, newest first: of [since, until) in unix nanoseconds, and before one that was read."""

    since: int
    until: int
    actor: str | None = None
    action: str | None = None
    before_time: int = END
    before_row: int = END
    limit: int = 100


def note(
    transaction: Transaction, time_unix_nano: int, actor: str, action: str, detail: Detail
) -> None:
    """One line of the audit, in the transaction of what it is about. Never a prompt, a secret or a token."""
    row = {
        "time_unix_nano": [time_unix_nano],
        "actor": [actor],
        "action": [action],
        "detail": [json.dumps(dict(detail), ensure_ascii=False)],
    }
    transaction.append("audit", pa.table(row))


def lines(snapshot: Snapshot, wanted: Lines) -> list[dict[str, Any]]:
    """Lines of the audit, the newest first; ``detail`` is parsed."""
    rows = snapshot.query("audit_lines", asdict(wanted)).to_pylist()
    return [{**row, "detail": json.loads(row["detail"] or "{}")} for row in rows]
