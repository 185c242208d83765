"""What arriving spans tell of rate limits: of each the newest is kept."""

import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger_collector.storage.transaction import Transaction

_LIMITED = pa.array(semconv.RATE_LIMITED_OPERATIONS)
_FACTS = (
    "account_project",
    "account_key_digest",
    "response_model",
    "request_model",
    "start_time_unix_nano",
    "attributes",
)
_NAMES = {
    "quota_id": semconv.QUOTA_ID,
    "quota_metric": semconv.QUOTA_METRIC,
    "quota_limit": semconv.QUOTA_LIMIT,
    "quota_unit": semconv.QUOTA_UNIT,
    "quota_window": semconv.QUOTA_WINDOW,
    "quota_model": semconv.QUOTA_MODEL,
    "retry_delay_seconds": semconv.RETRY_DELAY_SECONDS,
}


def learn_limits(transaction: Transaction, spans: pa.RecordBatch) -> None:
    """Keep what calls that were refused, in the end or on the way, tell of the limit."""
    refused = pc.equal(spans.column("error_type"), "429").fill_null(False)
    retried = pc.match_substring(spans.column("retry_statuses"), "429").fill_null(False)
    # The limit on counting tokens, say, is another one.
    limited = pc.is_in(spans.column("operation"), value_set=_LIMITED)
    rows = spans.select(_FACTS).filter(pc.and_(limited, pc.or_(refused, retried)))
    if len(rows) == 0:
        return
    with transaction.bound("refused", pa.Table.from_batches([rows])):
        told = transaction.query("rate_limits_told", _NAMES)
    if len(told) == 0:
        return
    with transaction.bound("told", told):
        transaction.execute("rate_limits_forget")
        transaction.execute("rate_limits_learn")
