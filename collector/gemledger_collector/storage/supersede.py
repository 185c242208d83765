"""Calls seen by two instrumentations at once: counted once, ours preferred (design section 3)."""

import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger_collector.storage.store import Transaction

_OVERHEAD_NANO = 60 * 10**9
"""How far apart two instrumentations may start the span of the same call."""


class Doubles:
    """Finds doubled calls after each batch; free while only one instrumentation reports."""

    def __init__(self) -> None:
        self._foreign_seen: bool | None = None

    def supersede(self, transaction: Transaction, fresh: pa.RecordBatch) -> pa.Table:
        """Mark spans that ``fresh``, already inserted, doubles or is doubled by; those rows, to be taken back."""
        if len(fresh) == 0 or not self._possible(transaction, fresh):
            return pa.table({})
        around = _around(fresh)
        with transaction.bound("arriving_ids", _response_ids(fresh)):
            doubled = transaction.query("doubled_calls", around | {"our_scope": semconv.SCOPE_NAME})
        if len(doubled) == 0:
            return doubled
        with transaction.bound("doubled", doubled):
            counted = transaction.query("spans_to_take_back", around)
            transaction.execute("supersede_spans", around)
            transaction.execute("drop_doubled_contents", around)
        return counted

    def _possible(self, transaction: Transaction, fresh: pa.RecordBatch) -> bool:
        if not self._foreign_seen:
            self._foreign_seen = _has_foreign_call(fresh) or self._was_seen_before(transaction)
        return self._foreign_seen

    def _was_seen_before(self, transaction: Transaction) -> bool:
        if self._foreign_seen is False:  # asked once: after that we watch what arrives
            return False
        found = transaction.query("foreign_calls_exist", {"our_scope": semconv.SCOPE_NAME})
        return bool(found["found"][0].as_py())


def _has_foreign_call(spans: pa.RecordBatch) -> bool:
    ours = pc.equal(spans.column("scope_name"), semconv.SCOPE_NAME).fill_null(False)
    foreign = pc.and_(pc.invert(ours), spans.column("cost_status").is_valid())
    return bool(pc.any(foreign).as_py())


def _around(spans: pa.RecordBatch) -> dict[str, object]:
    start = pc.min_max(spans.column("start_time_unix_nano"))
    first, last = start["min"].as_py(), start["max"].as_py()
    return {
        "first_start": max(first - _OVERHEAD_NANO, 0),
        "last_start": min(last + _OVERHEAD_NANO, 2**63 - 1),
    }


def _response_ids(spans: pa.RecordBatch) -> pa.Table:
    """Trace and response id of every exchange of the arriving calls."""
    calls = spans.filter(spans.column("cost_status").is_valid())
    own = calls.select(["trace_id", "response_id"])
    lists = calls.column("other_response_ids")
    others = pa.RecordBatch.from_pydict(
        {
            "trace_id": calls.column("trace_id").take(pc.list_parent_indices(lists)),
            "response_id": pc.list_flatten(lists),
        }
    )
    every = pa.Table.from_batches([own, others])
    return every.filter(every["response_id"].is_valid())
