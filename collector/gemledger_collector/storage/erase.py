"""Removing what is known of one user; what was spent stays, under ``(erased)``.

What others wrote about somebody is not found by who it was for, and stays.
"""

import json
from collections.abc import Mapping
from hashlib import blake2b

from gemledger_collector.storage.transaction import Snapshot, Transaction

ERASED = "(erased)"
"""The user of what was erased: sums by user stay what they were, but for the name."""


def digest_of(user_id: str) -> str:
    """What the audit calls them: the same for the same id, and no name."""
    return blake2b(user_id.encode(), digest_size=8, person=b"erased").hexdigest()


def found(snapshot: Snapshot, user_id: str) -> Mapping[str, int]:
    """How many rows of each table erasing would change or delete."""
    facts = _facts(user_id)
    wanted = {name: facts[name] for name in ("user_id", "quoted", "written")}
    (row,) = snapshot.query("erase_count", wanted).to_pylist()
    return {table: int(count) for table, count in row.items()}


def erase(transaction: Transaction, user_id: str) -> Mapping[str, int]:
    """Remove them from every table; how many rows that was. Bytes stay in the file until it is compacted."""
    counted = found(transaction, user_id)
    traces = transaction.query("erase_traces", {"user_id": user_id})
    facts = {**_facts(user_id), "erased": ERASED, "digest": digest_of(user_id)}
    with transaction.bound("erased_traces", traces):
        for table, wanted in _STATEMENTS.items():
            if counted[table]:
                transaction.execute(f"erase_{table}", {name: facts[name] for name in wanted})
    return counted


_STATEMENTS: Mapping[str, tuple[str, ...]] = {
    "contents": ("user_id",),  # every prompt and answer of a trace in which the user appears
    "pending_contents": (),
    "evaluations": (),
    "external_evaluations": (),
    "feedback": ("user_id", "erased"),
    "human_labels": (),
    "spans": ("user_id", "erased"),
    "job_events": ("user_id", "erased"),
    "cache_events": ("user_id", "erased"),
    "cache_charges": ("written", "rewritten"),
    "ledger_user": ("user_id", "erased"),
    "audit": ("user_id", "quoted", "digest"),
}


def _facts(user_id: str) -> dict[str, object]:
    """The id as it stands in columns, in JSON, and in the JSON of what a cache's storage is billed as."""
    quoted = json.dumps(user_id)
    return {
        "user_id": user_id,
        "quoted": quoted[1:-1],
        "written": f'"user_id": {quoted}',
        "rewritten": f'"user_id": "{ERASED}"',
    }
