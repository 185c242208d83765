"""Spans older than what the store keeps: refused, because nobody can tell any more whether they were counted."""

import pyarrow as pa
import pyarrow.compute as pc


def without_too_old(spans: pa.RecordBatch, kept_from_unix_nano: int | None) -> pa.RecordBatch:
    """The spans that may be stored.

    What settles something stays however old: it is known by its settlement's id, which is kept for ever.
    """
    if kept_from_unix_nano is None or len(spans) == 0:
        return spans
    starts = spans.column("start_time_unix_nano")
    if pc.min(starts).as_py() >= kept_from_unix_nano:
        return spans
    young = pc.greater_equal(starts, kept_from_unix_nano)
    return spans.filter(pc.or_(young, spans.column("settlement_id").is_valid()))
