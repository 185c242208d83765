"""What a commit tells the collector's own counters."""

from collections.abc import Callable, Mapping

import pyarrow as pa

from gemledger_collector.groups import Group
from gemledger_collector.processors.dialects.repairs import repairs
from gemledger_collector.processors.disagreement import disagreements
from gemledger_collector.processors.errors import errors_by_kind
from gemledger_collector.processors.feedback import kinds as feedback_kinds
from gemledger_collector.processors.inexact import inexact_calls
from gemledger_collector.storage.spans import Stored
from gemledger_collector.telemetry import Telemetry

_BY_REASON: Mapping[str, Callable[[pa.RecordBatch], Mapping[str, int]]] = {
    "spans_repaired_total": repairs,
    "feedback_total": feedback_kinds,
    "price_disagreement_total": disagreements,
    "errors_total": errors_by_kind,
}
"""What is counted of new spans."""


def count(group: Group, stored: Stored, telemetry: Telemetry) -> None:
    """Count a committed group: its requests, and what its spans came to."""
    fresh = stored.fresh
    telemetry.add("commits_total")
    telemetry.add("requests_accepted_total", len(group.requests))
    telemetry.add("spans_accepted_total", len(fresh))
    telemetry.add("spans_duplicate_total", group.received - len(fresh) - stored.too_old)
    if stored.too_old:
        telemetry.add("spans_rejected_total", stored.too_old, reason="older_than_retention")
    telemetry.add("spans_superseded_total", stored.superseded)
    if invalid := sum(group.invalid_spans):
        telemetry.add("spans_rejected_total", invalid, reason="invalid_id_or_time")
    for metric, counted in _BY_REASON.items():
        for reason, count in counted(fresh).items():
            telemetry.add(metric, count, reason=reason)
    for status, counts in inexact_calls(fresh).items():
        for reason, count in counts.items():
            telemetry.add(f"{status}_calls_total", count, reason=reason)
