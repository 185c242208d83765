"""Calls whose cost is not exact, counted by the reason that decided it."""

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from gemledger.pricing import reasons
from gemledger_collector.processors.batches import Keys

INEXACT = (reasons.ESTIMATED, reasons.LOWER_BOUND, reasons.UNPRICED)
OTHER = "other"
"""A reason that only the app knows: words from outside are not to become the names of metrics."""


def inexact_calls(spans: pa.RecordBatch) -> Mapping[str, Mapping[str, int]]:
    """Status → reason → number of calls, of a priced batch. A sum of unsampled calls counts as so many."""
    is_inexact = pc.is_in(spans.column("cost_status"), value_set=pa.array(INEXACT))
    inexact = spans.select(["cost_status", "cost_reasons", "unsampled_calls"]).filter(is_inexact)
    found: dict[str, Counter[str]] = {status: Counter() for status in INEXACT}
    if len(inexact) == 0:
        return found
    keys = Keys(len(inexact))
    keys.add(inexact.column("cost_status"))
    keys.add(inexact.column("cost_reasons").fill_null(""))
    calls = weights(inexact)
    totals = (
        pa.table({"key": keys.of_row, "calls": calls}).group_by("key").aggregate([("calls", "sum")])
    )
    distinct = keys.distinct()
    for row in totals.to_pylist():
        status, words = (str(part) for part in distinct[row["key"]])
        found[status][decisive(status, words)] += row["calls_sum"]
    return found


def weights(spans: pa.RecordBatch) -> pa.Array:
    """How many calls each row stands for."""
    return pc.fill_null(spans.column("unsampled_calls"), 1)


def decisive(status: str, words: str) -> str:
    """The first of the reasons that amounts to the status, without what it says behind a colon."""
    names = [word.partition(":")[0] for word in words.split(",")]
    known = (name for name in names if reasons.STATUS_BY_REASON.get(name) == status)
    return next(known, OTHER)
