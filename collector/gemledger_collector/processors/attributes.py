"""From lists of key-value pairs to columns, vectorised: no Python object per span.

``pick`` turns one list of attributes per row (span, resource or event) into one Arrow array per known attribute
and two maps for the rest. Of a key given twice, the last value counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gemledger_collector.processors.columns import ARROW_TYPE, Column, Kind
from gemledger_collector.processors.nested import joined_words

Positions = npt.NDArray[np.int64]

TEXT_MAP = pa.map_(pa.string(), pa.string())
NESTED_MAP = pa.map_(pa.string(), pa.binary())


@dataclass(frozen=True, slots=True)
class Picked:
    """Columns by name, and what had no column: scalars as text, nested values verbatim."""

    columns: dict[str, pa.Array]
    rest: pa.Array
    nested: pa.Array


class _Pairs:
    """All key-value pairs of a batch, flat, with the row each belongs to."""

    def __init__(self, lists: pa.ListArray) -> None:
        pairs = pc.list_flatten(lists)
        self.row_count = len(lists)
        self.row: Positions = (
            pc.list_parent_indices(lists).to_numpy(zero_copy_only=False).astype(np.int64)
        )
        self.key = pc.struct_field(pairs, "key")
        value = pc.struct_field(pairs, "value")
        self.value = {name: pc.struct_field(value, name) for name in _VALUE_FIELDS}


_VALUE_FIELDS = (
    "string_value",
    "bool_value",
    "int_value",
    "double_value",
    "array_value",
    "kvlist_value",
    "bytes_value",
)
_MARKS = {"array_value": b"a", "kvlist_value": b"k", "bytes_value": b"b"}
"""First byte of a nested value: which kind of protobuf value follows."""


def pick(lists: pa.ListArray, columns: Sequence[Column]) -> Picked:
    """One array per column, in batch order, and maps of everything else."""
    pairs = _Pairs(lists)
    column_of_pair = _column_of_pair(pairs.key, columns)
    place = np.full((len(columns), pairs.row_count), -1, dtype=np.int64)
    known = np.flatnonzero(column_of_pair >= 0)
    place[column_of_pair[known], pairs.row[known]] = known  # later pairs overwrite: the last counts
    present = np.bincount(column_of_pair[known], minlength=len(columns))
    arrays: dict[str, pa.Array] = {}
    unfit: list[Positions] = []
    for index, column in enumerate(columns):
        if present[index] == 0:
            arrays[column.name] = pa.nulls(pairs.row_count, ARROW_TYPE[column.kind])
            continue
        arrays[column.name], refused = _column(pairs, place[index], column.kind)
        unfit.append(refused)
    rest = _last_of_each_key(pairs, np.concatenate([np.flatnonzero(column_of_pair < 0), *unfit]))
    return Picked(arrays, _text_map(pairs, rest), _nested_map(pairs, rest))


def _column_of_pair(keys: pa.Array, columns: Sequence[Column]) -> Positions:
    """Index of each pair's column, -1 for none."""
    encoded = pc.dictionary_encode(keys)
    names = pa.array([column.attribute for column in columns], pa.string())
    found = pc.index_in(encoded.dictionary, value_set=names).fill_null(-1).to_numpy()
    codes = encoded.indices.to_numpy()
    return found.astype(np.int64)[codes] if len(codes) else np.empty(0, dtype=np.int64)


def _column(pairs: _Pairs, place: Positions, kind: Kind) -> tuple[pa.Array, Positions]:
    """The column's values, and the pairs whose value is not of its kind."""
    taken = _take(_values_of(pairs, kind, place), place)
    missing = int(np.count_nonzero(place < 0))
    if taken.null_count == missing:
        return taken, np.empty(0, dtype=np.int64)
    unfit = place[taken.is_null().to_numpy(zero_copy_only=False) & (place >= 0)]
    return taken, unfit


def _values_of(pairs: _Pairs, kind: Kind, place: Positions) -> pa.Array:
    """Every pair's value read as ``kind``, null where it is of another."""
    match kind:
        case Kind.TEXT:
            return pairs.value["string_value"]
        case Kind.INTEGER:
            return pairs.value["int_value"]
        case Kind.FLAG:
            return pairs.value["bool_value"]
        case Kind.REAL:
            whole = pairs.value["int_value"]
            return pc.coalesce(pairs.value["double_value"], whole.cast(pa.float64(), safe=False))
        case Kind.WORDS:
            return _words(pairs, place)


def _words(pairs: _Pairs, place: Positions) -> pa.Array:
    """Arrays of words joined by commas; only the pairs in ``place`` are read."""
    wanted = np.zeros(len(pairs.key), dtype=bool)
    wanted[place[place >= 0]] = True
    arrays = pc.if_else(pa.array(wanted), pairs.value["array_value"], pa.scalar(None, pa.binary()))
    encoded = pc.dictionary_encode(arrays)
    joined = joined_words(encoded.dictionary)
    return pc.coalesce(joined.take(encoded.indices), pairs.value["string_value"])


def _take(values: pa.Array, place: Positions) -> pa.Array:
    """``values`` at ``place``; null where it is -1."""
    return values.take(pa.array(place, mask=place < 0))


def _last_of_each_key(pairs: _Pairs, positions: Positions) -> Positions:
    """``positions`` in row order, without pairs whose key comes again later in the same row."""
    if len(positions) == 0:
        return positions
    keys = pairs.key.take(pa.array(positions)).dictionary_encode()
    identity = pairs.row[positions] * len(keys.dictionary) + keys.indices.to_numpy()
    # unique() keeps the first of equals: looked at backwards, that is the last.
    order = np.argsort(positions, kind="stable")[::-1]
    _, first = np.unique(identity[order], return_index=True)
    return positions[order[first]]


def _text_map(pairs: _Pairs, positions: Positions) -> pa.Array:
    """Map of key to scalar value as text; null for rows that have none."""
    if len(positions) == 0:
        return pa.nulls(pairs.row_count, TEXT_MAP)
    nested = _is_nested(pairs, positions)
    chosen = positions[~nested]
    index = pa.array(chosen)
    text = pc.coalesce(
        *(pairs.value[name].take(index).cast(pa.string()) for name in _VALUE_FIELDS[:4])
    )
    return _map(pairs, chosen, text, TEXT_MAP)


def _nested_map(pairs: _Pairs, positions: Positions) -> pa.Array:
    """Map of key to marked protobuf bytes; null for rows that have none."""
    chosen = positions[_is_nested(pairs, positions)]
    if len(chosen) == 0:
        return pa.nulls(pairs.row_count, NESTED_MAP)
    index = pa.array(chosen)
    marked = [
        pc.binary_join_element_wise(pa.scalar(mark), pairs.value[name].take(index), pa.scalar(b""))
        for name, mark in _MARKS.items()
    ]
    return _map(pairs, chosen, pc.coalesce(*marked), NESTED_MAP)


def _is_nested(pairs: _Pairs, positions: Positions) -> npt.NDArray[np.bool_]:
    nested = np.zeros(len(positions), dtype=bool)
    if len(positions) == 0:
        return nested
    index = pa.array(positions)
    for name in _MARKS:
        nested |= pairs.value[name].take(index).is_valid().to_numpy(zero_copy_only=False)
    return nested


def _map(pairs: _Pairs, positions: Positions, values: pa.Array, kind: pa.MapType) -> pa.Array:
    """One map per row from pairs sorted by row; a row without pairs is null, not empty."""
    if len(positions) == 0:
        return pa.nulls(pairs.row_count, kind)
    counts = np.bincount(pairs.row[positions], minlength=pairs.row_count)
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    empty = np.append(counts == 0, False)
    keys = pairs.key.take(pa.array(positions))
    return pa.MapArray.from_arrays(pa.array(offsets, mask=empty), keys, values)
