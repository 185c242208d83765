"""Secrets and personal data out of captured prompts and answers, before they are stored.

One Python call per captured text: capture is off by default and a text is worth it. What an app has redacted already
stays as it is, hashes included; with the app's key, what another instrumentation sent in the clear gets the same ones.
"""

import json
from typing import Any

import pyarrow as pa

from gemledger.redaction import Redactor
from gemledger_collector.processors.batches import with_columns
from gemledger_collector.processors.columns import CONTENT_COLUMNS
from gemledger_collector.processors.decode import SpanBatch

_PLAIN = Redactor()


def redact(batch: SpanBatch, redactor: Redactor = _PLAIN) -> SpanBatch:
    """The batch with its content columns redacted."""
    columns = {
        column.name: _redacted(batch.spans.column(column.name), redactor)
        for column in CONTENT_COLUMNS
        if batch.spans.column(column.name).null_count < len(batch.spans)
    }
    return SpanBatch(with_columns(batch.spans, columns), batch.exchanges) if columns else batch


def _redacted(texts: pa.Array, redactor: Redactor) -> pa.Array:
    clean = [None if text is None else redacted(text, redactor) for text in texts.to_pylist()]
    return pa.array(clean, pa.string())


def redacted(text: str, redactor: Redactor) -> str:
    """A captured text without secrets; in JSON each string by itself.

    Read as a whole, the n of an escaped line break would belong to the name in an address that follows it.
    """
    if text[:1] not in ("[", "{"):
        return redactor(text)
    try:
        parsed = json.loads(text)
        clean = _clean(parsed, redactor)
        return text if clean == parsed else json.dumps(clean, ensure_ascii=False)
    except (ValueError, RecursionError):  # cut off by some exporter, or not JSON at all
        return redactor(text)


def _clean(value: Any, redactor: Redactor) -> Any:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, str):
        return redactor(value)
    if isinstance(value, list):
        return [_clean(each, redactor) for each in value]
    if isinstance(value, dict):
        return {redactor(key): _clean(each, redactor) for key, each in value.items()}
    if isinstance(value, int) and not isinstance(value, bool):
        digits = str(value)
        clean = redactor(digits)
        return value if clean == digits else clean
    return value
