"""The step of upkeep that merges the deltas of rollups: of slots that are over, and of such that grow fast."""

import logging

from gemledger_collector.storage.rollup_compaction import due, merge
from gemledger_collector.storage.store import Store
from gemledger_collector.telemetry import Telemetry

log = logging.getLogger("gemledger.upkeep")

MOST_PIECES = 500
"""Transactions of one round; what is left waits for the next."""
WORTH_CHECKPOINT_ROWS = 20_000
"""Rows whose merging is worth a checkpoint: until one, those deleted and the merged stand in memory uncompressed, and
sums over them take up to twice as long."""


def compact_rollups(store: Store, now_unix_nano: int, telemetry: Telemetry | None = None) -> int:
    """Merge what is due; how many rows that saved. Ingest goes on between two pieces."""
    with store.reading() as snapshot:
        pieces = list(due(snapshot, now_unix_nano))[:MOST_PIECES]
    saved = 0
    for piece in pieces:
        saved += piece.rows - merge(store, piece)
    if sum(piece.rows for piece in pieces) >= WORTH_CHECKPOINT_ROWS:
        store.checkpoint()
    if telemetry is not None and saved:
        telemetry.add("rollup_rows_merged_total", saved)
    return saved
