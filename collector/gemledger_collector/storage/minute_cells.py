"""Rows of ``spans`` summed by minute and by everything spend can be grouped by; pure, vectorised.

Money is in two halves of 32 bits, so that no sum of any number of calls leaves 64 bits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gemledger_collector.processors.batches import Integers, Keys, Mask, integers, mask
from gemledger_collector.storage import latency
from gemledger_collector.storage.ledger import KEPT_BY_MINUTE, errors_of
from gemledger_collector.storage.spend import DIMENSIONS

COLUMNS = KEPT_BY_MINUTE
"""What is read of each row of ``spans``."""
MINUTE_NANO = 60 * 10**9
TOKENS = (
    "input_tokens",
    "cache_read_tokens",
    "tool_use_tokens",
    "output_tokens",
    "thoughts_tokens",
)
ERRORS = ("errors", "rate_limited_errors", "client_errors", "server_errors")
COST = ("cost_high", "cost_low")
FIGURES = ("calls", *ERRORS, *TOKENS, *COST, "unpriced_calls")
LATENCIES = (latency.DURATION, latency.FIRST_CHUNK)

Key = tuple[str | None, ...]
"""Values of DIMENSIONS, in their order."""
Figures = npt.NDArray[np.int64]
"""One row of FIGURES for each cell."""

_COLUMN_OF = {"service": "service_name"}
_LOW = 2**32 - 1
_BUCKET_BITS, _BUCKET_ZERO = 12, 1024


class KeyNumbers:
    """A number for each key that was seen."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self._numbers: dict[Key, int] = {}

    def of(self, keys: Sequence[Key]) -> Integers:
        """The numbers of these keys."""
        return np.array([self._of(key) for key in keys], dtype=np.int64)

    def _of(self, key: Key) -> int:
        number = self._numbers.setdefault(key, len(self.keys))
        if number == len(self.keys):
            self.keys.append(key)
        return number


@dataclass(frozen=True, slots=True)
class Cells:
    """Sums of one minute: of each key (ascending) its figures and its dearest single call; and how long calls took.

    ``codes`` (ascending) hold key, metric and bucket of the histograms, ``counts`` the calls in them.
    """

    keys: Integers
    figures: Figures
    dearest: Integers
    codes: Integers
    counts: Integers

    def plus(self, other: "Cells") -> "Cells":
        """Both together."""
        keys, (figures,), dearest = _by(
            np.concatenate([self.keys, other.keys]),
            (np.concatenate([self.figures, other.figures]),),
            np.concatenate([self.dearest, other.dearest]),
        )
        codes, (counts,), _ = _by(
            np.concatenate([self.codes, other.codes]),
            (np.concatenate([self.counts, other.counts]),),
        )
        return Cells(keys, figures, dearest, codes, counts)

    def renumbered(self, used: Integers) -> "Cells":
        """With a key's place in ``used`` (ascending) for its number."""
        codes = self.codes & (2 ** (_BUCKET_BITS + 1) - 1)
        codes |= np.searchsorted(used, key_of(self.codes)) << (_BUCKET_BITS + 1)
        keys = np.searchsorted(used, self.keys)
        return Cells(keys, self.figures, self.dearest, codes, self.counts)


EMPTY = Cells(
    np.zeros(0, np.int64),
    np.zeros((0, len(FIGURES)), np.int64),
    np.zeros(0, np.int64),
    np.zeros(0, np.int64),
    np.zeros(0, np.int64),
)


def _by(
    codes: Integers, summed: tuple[Figures, ...], largest: Integers | None = None
) -> tuple[Integers, tuple[Figures, ...], Integers]:
    """Distinct codes in order, and what belongs to each of them: sums, and the largest."""
    if len(codes) == 0:
        return codes, summed, codes
    order = np.argsort(codes, kind="stable")
    ordered = codes[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sums = tuple(np.add.reduceat(values[order], first, axis=0) for values in summed)
    top = codes if largest is None else np.maximum.reduceat(largest[order], first)
    return ordered[first], sums, top


def codes_of(keys: Integers, metric: Integers | int, buckets: Integers) -> Integers:
    """Key, metric (its place in LATENCIES) and bucket in one number."""
    codes: Integers = (keys * 2 + metric) << _BUCKET_BITS | (buckets + _BUCKET_ZERO)
    return codes


def key_of(codes: Integers) -> Integers:
    """Whose calls they are."""
    keys: Integers = codes >> (_BUCKET_BITS + 1)
    return keys


def metric_of(codes: Integers) -> Integers:
    """The place of the metric in LATENCIES."""
    metrics: Integers = codes >> _BUCKET_BITS & 1
    return metrics


def bucket_of(codes: Integers) -> Integers:
    """The bucket of the histogram."""
    buckets: Integers = (codes & (2**_BUCKET_BITS - 1)) - _BUCKET_ZERO
    return buckets


@dataclass(frozen=True, slots=True)
class Added:
    """Cells by minute; ``stale`` are minutes whose dearest call may have been taken back."""

    cells: dict[int, Cells]
    stale: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Range:
    """Minutes [first, end) that are of interest."""

    first: int
    end: int


def cells_of(rows: pa.Table, sign: int, numbers: KeyNumbers, within: Range) -> dict[int, Cells]:
    """What these rows (COLUMNS) add by minute, or take back; of what is taken back ``dearest`` is the dearest."""
    rows = rows.combine_chunks()
    minutes = integers(_column(rows, "start_time_unix_nano")) // MINUTE_NANO
    inside = (minutes >= within.first) & (minutes < within.end)
    if not inside.all():
        rows, minutes = rows.filter(pa.array(inside)).combine_chunks(), minutes[inside]
    if len(rows) == 0:
        return {}
    keys = _keys(rows, numbers)
    figures = _figures(rows) * sign
    dearest = _single_cost(rows)
    found = {}
    for minute in np.unique(minutes).tolist():
        at = minutes == minute
        own, (sums,), top = _by(keys[at], (figures[at],), dearest[at])
        found[minute] = (own, sums, top)
    histograms = _histograms(rows, minutes, keys)
    return {
        minute: Cells(*cells, *_signed(histograms.get(minute), sign))
        for minute, cells in found.items()
    }


def _signed(histogram: tuple[Integers, Integers] | None, sign: int) -> tuple[Integers, Integers]:
    if histogram is None:
        return EMPTY.codes, EMPTY.counts
    return histogram[0], histogram[1] * sign


def _column(rows: pa.Table, name: str) -> pa.Array:
    column = rows[name]
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _keys(rows: pa.Table, numbers: KeyNumbers) -> Integers:
    keys = Keys(len(rows))
    for name in DIMENSIONS:
        if name == "model":
            model = pc.coalesce(_column(rows, "response_model"), _column(rows, "request_model"))
            keys.add(model)
        else:
            keys.add(_column(rows, _COLUMN_OF.get(name, name)))
    distinct: list[Key] = keys.distinct()  # type: ignore[assignment]  # every dimension is text
    of_row: Integers = numbers.of(distinct)[keys.of_row]
    return of_row


def _figures(rows: pa.Table) -> Figures:
    """The same figures as in the ledger."""
    calls = integers(_column(rows, "unsampled_calls").fill_null(1))
    cost = integers(_column(rows, "cost_pico_usd"))
    unpriced = mask(pc.equal(_column(rows, "cost_status"), "unpriced"))
    columns = {
        "calls": calls,
        **errors_of(rows),
        **{name: integers(_column(rows, name)) for name in TOKENS},
        "cost_high": cost >> 32,
        "cost_low": cost & _LOW,
        # At least one: the settlement of an unknown amount adds no call, yet is no zero either.
        "unpriced_calls": np.where(unpriced, np.maximum(calls, 1), 0),
    }
    return np.stack([columns[name] for name in FIGURES], axis=1)


def _single_cost(rows: pa.Table) -> Integers:
    """What each call cost; a sum of calls and a settlement are no single call."""
    single = _column(rows, "unsampled_calls").is_null()
    cost: Integers = np.where(mask(single), integers(_column(rows, "cost_pico_usd")), 0)
    return cost


def _histograms(
    rows: pa.Table, minutes: Integers, keys: Integers
) -> dict[int, tuple[Integers, Integers]]:
    found: dict[int, list[Integers]] = {}
    for metric, milliseconds in latency.times_of(rows.to_batches()[0]):
        told: Mask = ~np.isnan(milliseconds)
        buckets = latency.bucket_of(milliseconds[told])
        codes = codes_of(keys[told], LATENCIES.index(metric), buckets)
        for minute in np.unique(minutes[told]).tolist():
            found.setdefault(minute, []).append(codes[minutes[told] == minute])
    return {
        minute: np.unique(np.concatenate(codes), return_counts=True)
        for minute, codes in found.items()
    }
