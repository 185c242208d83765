"""Putting a processed batch into the store: each span once, its ledger line with it, its content apart."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger_collector.processors.batches import Integers, empty_as_null, integers
from gemledger_collector.storage import cache_events, feedback, reservations
from gemledger_collector.storage.content_facts import (
    CONTENT,
    CONTENT_FACTS,
    answer_facts,
    sampling_facts,
)
from gemledger_collector.storage.jobs import append_events
from gemledger_collector.storage.late import without_too_old
from gemledger_collector.storage.ledger import add_to_ledger
from gemledger_collector.storage.limit_facts import learn_limits
from gemledger_collector.storage.log_contents import PendingContents
from gemledger_collector.storage.payers import charge_submitters, with_payers
from gemledger_collector.storage.ranges import ranges_of
from gemledger_collector.storage.settlements import admit
from gemledger_collector.storage.supersede import DEFAULT_MEMORY_BYTES, Doubles
from gemledger_collector.storage.take_back import take_back
from gemledger_collector.storage.transaction import Transaction

APP_LINES = {line: f"app_{line}_pico_usd" for line in semconv.COST_LINES}
TRANSIENT = frozenset(
    [
        "row",
        "billed",
        "impossible_usage",
        "capture_rate",  # of the content, and beside it
        "unsampled_long_context",  # what pricing made of it is in long_context
        *APP_LINES.values(),
        *CONTENT,
    ]
)
"""Columns of a processed batch that are no columns of the table ``spans``."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch.

    ``fresh`` is what the store did not have yet; ``superseded`` calls, of this batch or earlier
    ones, turned out to be told by two instrumentations, or to be settled already. ``too_old`` were
    refused: they start before what the store keeps.
    """

    fresh: pa.RecordBatch
    superseded: int = 0
    too_old: int = 0


class SpanWriter:
    """Writes processed batches, one after the other."""

    def __init__(
        self,
        doubles_memory_bytes: int = DEFAULT_MEMORY_BYTES,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._clock = clock
        self._doubles = Doubles(doubles_memory_bytes)
        self.pending_contents = PendingContents()

    def write(self, transaction: Transaction, spans: pa.RecordBatch) -> Stored:
        """Append what is new of a batch, its ledger deltas and its contents."""
        kept = without_too_old(spans, transaction.spans_kept_from_unix_nano)
        stored = self._write(transaction, kept)
        return replace(stored, too_old=len(spans) - len(kept))

    def _write(self, transaction: Transaction, spans: pa.RecordBatch) -> Stored:
        fresh = _new_only(transaction, spans)
        if len(fresh) == 0:
            return Stored(fresh)
        if _has_any(fresh, "settlement_id"):
            fresh = admit(transaction, fresh)
        if not _has_any(fresh, "job_name"):
            return self._append(transaction, fresh)
        append_events(transaction, fresh)
        stored = self._append(transaction, with_payers(transaction, fresh))
        charge_submitters(transaction, fresh)
        return stored

    def _append(self, transaction: Transaction, fresh: pa.RecordBatch) -> Stored:
        kept = feedback.note(transaction, fresh, self._clock())
        transaction.append("spans", stored_columns(kept))
        counting = _counting(fresh)
        add_to_ledger(transaction, _table(counting), sign=1)
        reservations.settle(transaction, counting)
        learn_limits(transaction, counting)
        _append_contents(transaction, fresh)
        cache_events.note(transaction, fresh)
        self.pending_contents.join(transaction, fresh)
        doubled = self._doubles.supersede(transaction, fresh)
        take_back(transaction, doubled)
        return Stored(fresh, len(fresh) - len(counting) + len(doubled))


def _has_any(spans: pa.RecordBatch, name: str) -> bool:
    """Whether a column has a value: nearly always neither a job nor a settlement is in a batch."""
    return bool(spans.column(name).null_count < len(spans))


def _counting(spans: pa.RecordBatch) -> pa.RecordBatch:
    """Without calls whose amount was settled before they arrived."""
    if "superseded_by" not in spans.schema.names:
        return spans
    return spans.filter(spans.column("superseded_by").is_null())


def _table(batch: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches([batch])


def stored_columns(spans: pa.RecordBatch) -> pa.Table:
    """The columns of the table ``spans`` that hold anything: a null column costs each commit 0.04 ms to bind."""
    held = [
        name
        for name, values in zip(spans.schema.names, spans.columns, strict=True)
        if values.null_count < len(spans) and name not in TRANSIENT
    ]
    columns, app_lines = _table(spans.select(held)), _app_lines(spans)
    if app_lines.null_count == len(spans):
        return columns
    return columns.append_column("app_lines", app_lines)


def _app_lines(spans: pa.RecordBatch) -> pa.Array:
    """The app's cost lines that were kept because they differ from ours, as one JSON object per row."""
    lines = {line: spans.column(name) for line, name in APP_LINES.items()}
    if all(pico.null_count == len(spans) for pico in lines.values()):
        return pa.nulls(len(spans), pa.string())
    pairs = (
        pc.binary_join_element_wise(f'"{line}":', pico.cast(pa.string()), ",", "").fill_null("")
        for line, pico in lines.items()
    )
    joined = pc.utf8_rtrim(pc.binary_join_element_wise(*pairs, ""), ",")
    return pc.binary_join_element_wise("{", empty_as_null(joined), "}", "")


def _new_only(transaction: Transaction, spans: pa.RecordBatch) -> pa.RecordBatch:
    if len(spans) == 0:
        return spans
    identity = spans.select(["row", "start_time_unix_nano", "span_id", "trace_id"])
    starts = spans.column("start_time_unix_nano")
    ranges = ranges_of(starts)
    known: list[tuple[object, ...]] = []
    for within in ranges:
        arriving = identity.filter(within.rows(starts)) if ranges[1:] else identity
        with transaction.bound("arriving", _table(arriving)):
            known += transaction.rows("known_spans", within.parameters)
    if not known:
        return spans
    rows: Integers = np.array(known, dtype=np.int64).ravel()
    return spans.filter(pa.array(~np.isin(integers(spans.column("row")), rows)))


def _append_contents(transaction: Transaction, spans: pa.RecordBatch) -> None:
    captured = [spans.column(name).is_valid() for name in CONTENT]
    some = pc.or_(pc.or_(captured[0], captured[1]), captured[2])
    some = pc.and_(some, spans.column("unsampled_calls").is_null())  # a sum has no answer to judge
    if not pc.any(some).as_py():
        return
    rows = spans.filter(some)
    columns = {name: rows.column(name) for name in (*CONTENT_FACTS, *CONTENT)}
    columns["model"] = pc.coalesce(rows.column("response_model"), rows.column("request_model"))
    columns |= answer_facts(rows) | sampling_facts(rows)
    transaction.append("contents", pa.table(columns))
