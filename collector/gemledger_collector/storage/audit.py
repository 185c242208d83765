"""The table ``audit``: who did what that is more than looking at figures."""

import json
from collections.abc import Mapping

import pyarrow as pa

from gemledger_collector.storage.store import Transaction

Detail = Mapping[str, str | int | float | bool | None]


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
