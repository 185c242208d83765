"""Doubles inside one batch: an exporter that sends again may land twice in the same group."""

import numpy as np
import pyarrow as pa

from gemledger_collector.processors.batches import Mask, integers
from gemledger_collector.processors.decode import SpanBatch


def deduplicate(batch: SpanBatch) -> SpanBatch:
    """The batch with each span once."""
    return SpanBatch(without_doubles(batch.spans), batch.exchanges)


def without_doubles(spans: pa.RecordBatch) -> pa.RecordBatch:
    """Each span once, the first; identity is start time, span id and trace id."""
    span_ids = spans.column("span_id").to_numpy()
    if len(np.unique(span_ids)) == len(span_ids):  # nearly always: ids are random
        return spans
    return spans.filter(pa.array(_first_of_each(spans)))


def _first_of_each(spans: pa.RecordBatch) -> Mask:
    traces = spans.column("trace_id")
    halves = np.frombuffer(
        traces.buffers()[1], dtype=np.uint64, count=2 * len(traces), offset=16 * traces.offset
    ).reshape(-1, 2)
    identity = np.column_stack(
        [
            integers(spans.column("start_time_unix_nano")).view(np.uint64),
            spans.column("span_id").to_numpy(),
            halves,
        ]
    )
    _, first = np.unique(identity, axis=0, return_index=True)
    keep: Mask = np.zeros(len(identity), dtype=bool)
    keep[first] = True
    return keep
