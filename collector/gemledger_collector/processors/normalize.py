"""Names and quantities as the rest of the collector expects them, whoever sent the span."""

import math

import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger.pricing.cells import MOST, MOST_QUANTITY
from gemledger_collector.processors.batches import empty_as_null, with_columns
from gemledger_collector.processors.columns import (
    ATTRIBUTION_COLUMNS,
    QUANTITIES,
    UNSAMPLED_COLUMNS,
    USAGE_COLUMNS,
)
from gemledger_collector.processors.decode import SpanBatch
from gemledger_collector.processors.errors import error_kinds

PROVIDERS = {
    semconv.PROVIDER_GEMINI: semconv.PROVIDER_GEMINI,
    semconv.PROVIDER_VERTEX_AI: semconv.PROVIDER_VERTEX_AI,
    "gcp.gen_ai": "gcp.gen_ai",  # one of the two, the sender cannot tell which
    "gemini": semconv.PROVIDER_GEMINI,  # OpenTelemetry's names before 1.37
    "vertex_ai": semconv.PROVIDER_VERTEX_AI,
}
PLATFORMS = {semconv.PROVIDER_GEMINI: "gemini_api", semconv.PROVIDER_VERTEX_AI: "vertex_ai"}
TIER_OF_TRAFFIC = {
    "ON_DEMAND": "standard",
    "ON_DEMAND_FLEX": "flex",
    "ON_DEMAND_PRIORITY": "priority",
    "ON_DEMAND_OFFPEAK": "offpeak",
    "PROVISIONED_THROUGHPUT": "provisioned_throughput",
}
UNBILLED_OPERATIONS = (
    "create_agent",
    "invoke_agent",
    "execute_tool",
    "invoke_workflow",
    "retrieval",
    "count_tokens",
    "fetch_response",
    "live_session",  # its turns are the calls
)
"""Operations around calls. A framework's agent span repeats the tokens of the calls below it."""

_SUMS = pa.array([semconv.UNSAMPLED_SPAN, semconv.SETTLEMENT_SPAN])
"""Names of spans that may stand for several calls, or for none."""

MOST_TOKENS = MOST
"""No call has more in one field; beyond it money would no longer fit 64 bits."""

_NAMES = (
    "request_model",
    "response_model",
    "conversation_id",
    *(column.name for column in ATTRIBUTION_COLUMNS),
)


def normalize(batch: SpanBatch) -> SpanBatch:
    """Standard provider, platform and tier; empty names as null; impossible counts as null.

    Adds ``billed`` (a call that costs something) and ``impossible_usage``.
    """
    spans = batch.spans
    provider = _mapped(spans.column("provider"), PROVIDERS)
    columns = {name: empty_as_null(spans.column(name)) for name in _NAMES}
    columns["provider"] = pc.coalesce(provider, spans.column("provider"))
    columns["platform"] = pc.coalesce(spans.column("platform"), _mapped(provider, PLATFORMS))
    columns["billed"] = _is_billed(provider, spans)
    columns["service_tier"] = _tier(spans, columns["billed"])
    columns["time_to_first_chunk_seconds"] = _not_negative(
        spans.column("time_to_first_chunk_seconds")
    )
    columns["stream_max_gap_seconds"] = _not_negative(spans.column("stream_max_gap_seconds"))
    columns["avg_logprobs"] = _between(spans.column("avg_logprobs"), -math.inf, 0)
    columns["capture_rate"] = _between(spans.column("capture_rate"), 0, 1)
    columns["error_kind"] = error_kinds(spans)
    columns["resolution"] = empty_as_null(spans.column("resolution"))
    columns.update(_unsampled(spans))
    columns.update(_usage(spans))
    for name in ("attempts", "exchanges"):
        if spans.column(name).null_count < len(spans):
            columns[name] = _believable(spans.column(name))
    return SpanBatch(with_columns(spans, columns), with_possible_counts(batch.exchanges))


def with_possible_counts(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Rows with impossible counts as null, and ``impossible_usage`` where there were any."""
    return with_columns(rows, _usage(rows))


def _mapped(values: pa.Array, table: dict[str, str]) -> pa.Array:
    """``table[value]``, null where the table has none."""
    index = pc.index_in(values, value_set=pa.array(list(table)))
    return pa.array(list(table.values()), pa.string()).take(index)


def _is_billed(provider: pa.Array, spans: pa.RecordBatch) -> pa.Array:
    """Calls of Gemini; of the operations around calls those that our own app says are free, and so to be seen."""
    operation = spans.column("operation")
    around = pc.is_in(operation, value_set=pa.array(UNBILLED_OPERATIONS))
    if pc.any(around).as_py():
        seen = pc.match_substring(spans.column("app_cost_reasons"), "free_operation")
        around = pc.and_(around, pc.invert(seen.fill_null(False)))
    return pc.and_(pc.and_(provider.is_valid(), operation.is_valid()), pc.invert(around))


def _tier(spans: pa.RecordBatch, billed: pa.Array) -> pa.Array:
    """The tier that served; standard where nothing says otherwise."""
    by_traffic = _mapped(spans.column("traffic_type"), TIER_OF_TRAFFIC)
    standard = pc.if_else(billed, "standard", pa.scalar(None, pa.string()))
    return pc.coalesce(empty_as_null(spans.column("service_tier")), by_traffic, standard)


def _not_negative(values: pa.Array) -> pa.Array:
    """NaN and negative numbers as null."""
    return pc.if_else(pc.greater_equal(values, 0), values, pa.scalar(None, values.type))


def _between(values: pa.Array, low: float, high: float) -> pa.Array:
    """Numbers in (low, high]; all others as null, and NaN. Costs nothing where there is none."""
    if values.null_count == len(values):
        return values
    fits = pc.and_(pc.greater(values, low), pc.less_equal(values, high))
    return pc.if_else(fits, values, pa.scalar(None, values.type))


def _unsampled(spans: pa.RecordBatch) -> dict[str, pa.Array]:
    """How many calls a sum stands for: at least itself where it does not say; null for any other span."""
    given = {column.name: spans.column(column.name) for column in UNSAMPLED_COLUMNS}
    is_sum = pc.is_in(spans.column("name"), value_set=_SUMS)
    if not pc.any(is_sum).as_py() and all(
        found.null_count == len(spans) for found in given.values()
    ):
        return {}  # nearly always: sums are few
    given["unsampled_calls"] = _believable(given["unsampled_calls"]).fill_null(1)
    given["unsampled_errors"] = _believable(given["unsampled_errors"])
    return {
        name: pc.if_else(is_sum, found, pa.scalar(None, found.type))
        for name, found in given.items()
    }


def _believable(counts: pa.Array) -> pa.Array:
    """Counts, impossible ones as null."""
    fits = pc.and_(pc.greater_equal(counts, 0), pc.less_equal(counts, MOST_TOKENS))
    return pc.if_else(fits, counts, pa.scalar(None, counts.type))


def _usage(rows: pa.RecordBatch) -> dict[str, pa.Array]:
    columns: dict[str, pa.Array] = {}
    impossible = pa.repeat(pa.scalar(False), len(rows))
    for column in USAGE_COLUMNS:
        counts = rows.column(column.name)
        if counts.null_count == len(counts):
            continue
        most = MOST_QUANTITY if column.name in QUANTITIES else MOST_TOKENS
        wrong = pc.or_(pc.less(counts, 0), pc.greater(counts, most)).fill_null(False)
        if pc.any(wrong).as_py():
            columns[column.name] = pc.if_else(wrong, pa.scalar(None, pa.int64()), counts)
            impossible = pc.or_(impossible, wrong)
    return {**columns, "impossible_usage": impossible}
