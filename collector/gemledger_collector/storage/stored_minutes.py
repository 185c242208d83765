"""The minutes as ``spans`` has them: by the same definitions as those that are kept in memory."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from gemledger_collector.processors.batches import Integers
from gemledger_collector.storage.minute_cells import (
    EMPTY,
    FIGURES,
    LATENCIES,
    MINUTE_NANO,
    Cells,
    KeyNumbers,
    Range,
    codes_of,
)
from gemledger_collector.storage.spend import DIMENSIONS
from gemledger_collector.storage.transaction import Snapshot


def stored(
    snapshot: Snapshot, within: Range, numbers: KeyNumbers, *, latency: bool = True
) -> dict[int, Cells]:
    """What ``spans`` says of these minutes, by every dimension."""
    asked = question(within, DIMENSIONS, {})
    figures = snapshot.query("minute_figures", asked)
    keys = _numbers_of(figures, numbers)
    minutes = figures["minute"].to_numpy()
    sums = np.stack([figures[name].to_numpy() for name in FIGURES], axis=1).astype(np.int64)
    dearest = figures["dearest"].to_numpy()
    found = {}
    for minute in np.unique(minutes).tolist():
        at = minutes == minute
        order = np.argsort(keys[at], kind="stable")
        own = (keys[at][order], sums[at][order], dearest[at][order])
        found[minute] = Cells(*own, EMPTY.codes, EMPTY.counts)
    if not latency:
        return found
    told = snapshot.query("minute_latency", asked)
    metric = np.array([LATENCIES.index(each) for each in told["metric"].to_pylist()], np.int64)
    buckets = told["bucket"].to_numpy().astype(np.int64)
    codes = codes_of(_numbers_of(told, numbers), metric, buckets)
    minutes, counts = told["minute"].to_numpy(), told["calls"].to_numpy()
    for minute in np.unique(minutes).tolist():
        at = minutes == minute
        order = np.argsort(codes[at], kind="stable")
        histogram = Cells(
            EMPTY.keys, EMPTY.figures, EMPTY.dearest, codes[at][order], counts[at][order]
        )
        found[minute] = found.get(minute, EMPTY).plus(histogram)
    return found


def question(within: Range, by: Sequence[str], matching: Mapping[str, str]) -> dict[str, object]:
    """Parameters of the statements ``minute_figures`` and ``minute_latency``."""
    return {
        "since": within.first * MINUTE_NANO,
        "until": within.end * MINUTE_NANO,
        **{f"by_{name}": name in by for name in DIMENSIONS},
        **{name: matching.get(name) for name in DIMENSIONS},
    }


def _numbers_of(table: pa.Table, numbers: KeyNumbers) -> Integers:
    columns = [table[name].to_pylist() for name in DIMENSIONS]
    return numbers.of(list(zip(*columns, strict=True)))
