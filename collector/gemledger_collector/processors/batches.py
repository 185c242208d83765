"""Small vectorised tools that several processors share."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def with_columns(batch: pa.RecordBatch, columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
    """The batch with these columns replaced or added."""
    merged = dict(zip(batch.schema.names, batch.columns, strict=True))
    merged.update(columns)
    return pa.RecordBatch.from_arrays(list(merged.values()), names=list(merged))


def integers(values: pa.Array) -> Integers:
    """An integer column as int64, null as 0."""
    nulls = values.null_count
    if nulls == len(
        values
    ):  # most columns of most batches: a kernel costs a small one more than its rows do
        return np.zeros(nulls, dtype=np.int64)
    whole = values.fill_null(0) if nulls else values
    numbers: Integers = whole.to_numpy(zero_copy_only=False)
    return numbers.astype(np.int64, copy=False)


def mask(values: pa.Array) -> Mask:
    """A boolean column, null as false."""
    nulls = values.null_count
    if nulls == len(values):
        return np.zeros(nulls, dtype=bool)
    whole = values.fill_null(False) if nulls else values
    flags: Mask = whole.to_numpy(zero_copy_only=False)
    return flags.astype(bool, copy=False)


def empty_as_null(texts: pa.Array) -> pa.Array:
    """Texts, empty ones as null."""
    if texts.null_count == len(texts):
        return texts
    return pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)


class Keys:
    """The distinct combinations in a batch: work is done once per key, not once per span."""

    def __init__(self, row_count: int) -> None:
        self._codes: Integers = np.zeros(row_count, dtype=np.int64)
        self._values: list[list[object]] = []
        self._parts: list[Integers] = []

    def add(self, values: pa.Array) -> None:
        """Let the key have one more part."""
        encoded = pc.dictionary_encode(values, null_encoding="encode")
        codes = encoded.indices.to_numpy().astype(np.int64)
        self._values.append(encoded.dictionary.to_pylist())
        self._parts.append(codes)
        if len(encoded.dictionary) < 2:
            return  # the same for every row: nothing to tell apart
        combined = self._codes * max(len(encoded.dictionary), 1) + codes
        # Made dense again after each part, so that the product never overflows.
        _, self._codes = np.unique(combined, return_inverse=True)

    @property
    def of_row(self) -> Integers:
        """Index of each row's key."""
        return self._codes

    def distinct(self) -> list[tuple[object, ...]]:
        """Every key once, its parts in the order they were added."""
        _, first = np.unique(self._codes, return_index=True)
        return [
            tuple(values[part[row]] for values, part in zip(self._values, self._parts, strict=True))
            for row in first
        ]
