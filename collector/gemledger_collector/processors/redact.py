"""Secrets and personal data out of captured prompts and answers, before they are stored.

One Python call per captured text: capture is off by default and a text is worth it.
"""

import pyarrow as pa

from gemledger.redaction import redact as redact_text
from gemledger_collector.processors.batches import with_columns
from gemledger_collector.processors.columns import CONTENT_COLUMNS
from gemledger_collector.processors.decode import SpanBatch


def redact(batch: SpanBatch) -> SpanBatch:
    """The batch with its content columns redacted."""
    columns = {
        column.name: _redacted(batch.spans.column(column.name))
        for column in CONTENT_COLUMNS
        if batch.spans.column(column.name).null_count < len(batch.spans)
    }
    return SpanBatch(with_columns(batch.spans, columns), batch.exchanges) if columns else batch


def _redacted(texts: pa.Array) -> pa.Array:
    clean = [None if text is None else redact_text(text) for text in texts.to_pylist()]
    return pa.array(clean, pa.string())
