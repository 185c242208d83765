"""Finds the spans of other instrumentations in a batch and has each told in our columns.

Free where every span is ours: one look at the scopes. Among foreign spans only those that tell of a model, or hold
what was said, are read one by one; the rest (HTTP, databases) pass as they are.
"""

import logging
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger_collector.processors.batches import Mask, mask, with_columns
from gemledger_collector.processors.columns import CONTENT_COLUMNS, USAGE_COLUMNS
from gemledger_collector.processors.decode import SpanBatch
from gemledger_collector.processors.dialects.foreign_span import ForeignSpan, addable
from gemledger_collector.processors.dialects.known import is_known_key, is_known_scope, tell
from gemledger_collector.processors.otlp_schema import read_message

logger = logging.getLogger("gemledger.dialects")

_TOLD = ("operation", "provider", "request_model", "input_tokens", "output_tokens")
"""A span with a value in one of these columns tells of a model."""

_COLUMNS = (
    *_TOLD,
    "platform",
    "response_model",
    "response_id",
    "finish_reasons",
    "conversation_id",
    "server_address",
    "error_type",
    "request_stream",
    "time_to_first_chunk_seconds",
    "service_tier",
    "user_id",
    "app_cost_usd",
    "app_cost_currency",
    "app_cost_reasons",
    *(each.name for each in USAGE_COLUMNS if each.name not in _TOLD),
    *(each.name for each in CONTENT_COLUMNS),
)
"""What a dialect may read and write."""
_READ_ONLY = (
    "scope_name",
    "name",
    "status_code",
    "status_message",
    "attributes",
    "nested_attributes",
    "events",
)


def translate(batch: SpanBatch) -> SpanBatch:
    """The batch with foreign spans told in our columns. Adds ``repairs``: what was mended of each."""
    spans = batch.spans
    columns = {"repairs": pa.nulls(len(spans), pa.string())}
    foreign = is_foreign(spans)
    if foreign.any():
        positions = np.flatnonzero(foreign & _is_telling(spans))
        if len(positions):
            columns |= _translated(spans, pa.array(positions), columns["repairs"])
    return SpanBatch(with_columns(spans, columns), batch.exchanges)


def is_foreign(spans: pa.RecordBatch) -> Mask:
    """Rows that another instrumentation than ours made."""
    return ~mask(pc.equal(spans.column("scope_name"), semconv.SCOPE_NAME))


def _is_telling(spans: pa.RecordBatch) -> Mask:
    """Rows that tell of a model or hold what was said."""
    found: Mask = np.zeros(len(spans), dtype=bool)
    for name in _TOLD:
        if (values := spans.column(name)).null_count < len(spans):
            found |= values.is_valid().to_numpy(zero_copy_only=False)
    for name in ("attributes", "nested_attributes"):
        found |= _has_known_key(spans.column(name))
    scopes = spans.column("scope_name").dictionary_encode()
    known = [is_known_scope(scope) for scope in scopes.dictionary.to_pylist()]
    if any(known):
        found |= mask(pa.array(known, pa.bool_()).take(scopes.indices))
    return found


def _has_known_key(maps: pa.MapArray) -> Mask:
    """Rows whose map has a key that a dialect knows; asked once per distinct key."""
    found: Mask = np.zeros(len(maps), dtype=bool)
    if maps.null_count == len(maps):
        return found
    lists = maps.cast(_PAIRS[maps.type.item_type])
    keys = pc.struct_field(pc.list_flatten(lists), "key").dictionary_encode()
    known = np.array([is_known_key(key) for key in keys.dictionary.to_pylist()], dtype=bool)
    rows = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
    found[rows[known[keys.indices.to_numpy()]]] = True
    return found


_PAIRS = {
    kind: pa.list_(
        pa.struct([pa.field("key", pa.string(), nullable=False), pa.field("value", kind)])
    )
    for kind in (pa.string(), pa.binary())
}


def _translated(
    spans: pa.RecordBatch, positions: pa.Array, repairs: pa.Array
) -> dict[str, pa.Array]:
    """The columns that change, whole."""
    rows = spans.select([*_COLUMNS, *_READ_ONLY, "span_id"]).take(positions)
    told = list(_told(rows, _calls_with_tools(spans)))
    changed = {
        name: pa.array([span.columns[name] for span in told], spans.schema.field(name).type)
        for name in _COLUMNS
    }
    changed["attributes"] = pa.array(
        [list(each.attributes.items()) or None for each in told],
        rows.schema.field("attributes").type,
    )
    changed["nested_attributes"] = pa.array(
        [list(each.nested.items()) or None for each in told],
        rows.schema.field("nested_attributes").type,
    )
    changed["events"] = pa.array(
        [_encoded(each.events) for each in told], rows.schema.field("events").type
    )
    changed["repairs"] = pa.array([",".join(each.repairs) or None for each in told], pa.string())
    index = np.arange(len(spans))
    index[positions.to_numpy()] = len(spans) + np.arange(len(told))
    whole = {name: spans.column(name) for name in changed if name != "repairs"} | {
        "repairs": repairs
    }
    return {
        name: pa.concat_arrays([whole[name], values]).take(pa.array(index))
        for name, values in changed.items()
        if name == "repairs" or not values.equals(rows.column(name))
    }


def _encoded(events: Iterable[Any]) -> list[bytes] | None:
    return [event.SerializeToString() for event in events] or None


def _told(rows: pa.RecordBatch, calls_with_tools: frozenset[int]) -> Iterable[ForeignSpan]:
    for row in rows.to_pylist():
        uses_tools = row["span_id"] in calls_with_tools
        try:
            span = _opened(row, children_use_tools=uses_tools)
            tell(span, row["status_code"])
        except Exception as error:
            logger.warning("a span of scope %r could not be translated", row["scope_name"])
            logger.debug("why", exc_info=error)
            span = _opened(row, children_use_tools=uses_tools)
            span.repaired("not_translated")
        yield span


def _opened(row: dict[str, Any], *, children_use_tools: bool) -> ForeignSpan:
    return ForeignSpan(
        scope=row["scope_name"] or "",
        name=row["name"],
        columns={name: _addable(row[name]) for name in (*_COLUMNS, "status_message")},
        attributes=dict(row["attributes"] or ()),
        nested=dict(row["nested_attributes"] or ()),
        events=[event for each in row["events"] or () if (event := read_message("Event", each))],
        children_use_tools=children_use_tools,
    )


def _addable(value: object) -> object:
    return addable(value) if type(value) is int else value


def _calls_with_tools(spans: pa.RecordBatch) -> frozenset[int]:
    """Span ids under which a tool was executed, as far as this batch shows."""
    tools = pc.equal(spans.column("operation"), "execute_tool").fill_null(False)
    if not pc.any(tools).as_py():
        return frozenset()
    return frozenset(spans.column("parent_span_id").filter(tools).drop_null().to_pylist())
