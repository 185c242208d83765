"""What was mended of other instrumentations' spans, counted."""

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc


def repairs(spans: pa.RecordBatch) -> Mapping[str, int]:
    """How many spans of a processed batch each repair was made to."""
    column = spans.column("repairs")
    if column.null_count == len(column):
        return {}
    found: Counter[str] = Counter()
    for counted in pc.value_counts(column.drop_null()).to_pylist():
        for word in str(counted["values"]).split(","):
            found[word] += counted["counts"]
    return found
