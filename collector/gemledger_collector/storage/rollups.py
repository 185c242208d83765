"""The rollups beside the ledger: how long calls took, and what each user cost. Deltas, in the ledger's transaction."""

import pyarrow as pa

from gemledger_collector.storage import latency, ledger_user
from gemledger_collector.storage.transaction import Transaction

COUNTED = (*latency.COUNTED, *ledger_user.COUNTED)
"""What these rollups need of a row beyond what the ledger does."""


def add_to_rollups(transaction: Transaction, billed: pa.Table, *, sign: int) -> None:
    """Sum billed rows of ``spans``, in one chunk, into deltas; ``sign`` -1 takes them back."""
    for rows in billed.to_batches():
        latency.add_latency(transaction, rows, sign=sign)
        ledger_user.add_users(transaction, rows, sign=sign)
