"""Taking rows of ``spans`` out of every sum they were counted in: the one place that knows them all."""

import pyarrow as pa

from gemledger_collector.storage.ledger import add_to_ledger
from gemledger_collector.storage.transaction import Transaction


def take_back(transaction: Transaction, rows: pa.Table) -> None:
    """Append the deltas that undo these rows of ``spans``, as they stand in the store."""
    if len(rows):
        add_to_ledger(transaction, rows, sign=-1)
