"""Ranges of start time that cover a batch: what bounds a look at ``spans``, whose row groups have zone maps of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger_collector.processors.batches import Integers, integers

_GAP_NANO = 60 * 10**9
_MOST = 8
"""Ranges of one batch. Each costs a query of 2 ms; one span from 1970 in the only range would cost the whole table."""
_LATEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Range:
    """Start times from ``first`` to ``last``, both included."""

    first: int
    last: int

    @property
    def parameters(self) -> dict[str, object]:
        """As the statements name them."""
        return {"first_start": self.first, "last_start": self.last}

    def rows(self, starts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
        """Which of the start times are within."""
        return pc.and_(pc.greater_equal(starts, self.first), pc.less_equal(starts, self.last))


EVERYWHERE = Range(0, _LATEST)


def ranges_of(starts: pa.Array, reach_nano: int = 0) -> Sequence[Range]:
    """At most eight disjoint ranges that hold every start time and ``reach_nano`` around it; none for no times."""
    if len(starts) == 0:
        return []
    extremes = pc.min_max(starts)
    first, last = extremes["min"].as_py(), extremes["max"].as_py()
    if last - first <= _GAP_NANO:  # nearly always
        return [_around(first, last, reach_nano)]
    ordered: Integers = np.sort(integers(starts))
    gaps = np.diff(ordered)
    widest = np.sort(np.argsort(gaps)[-(_MOST - 1) :])
    cuts = widest[gaps[widest] > _GAP_NANO + 2 * reach_nano]
    firsts = [first, *(int(ordered[cut + 1]) for cut in cuts)]
    lasts = [*(int(ordered[cut]) for cut in cuts), last]
    return [_around(*ends, reach_nano) for ends in zip(firsts, lasts, strict=True)]


def _around(first: int, last: int, reach_nano: int) -> Range:
    return Range(max(first - reach_nano, 0), min(last + reach_nano, _LATEST))
