"""Reading arrays that decode left as bytes."""

import pyarrow as pa
import pyarrow.compute as pc

from gemledger_collector.processors.otlp_schema import handler


def joined_words(arrays: pa.Array) -> pa.Array:
    """Each encoded ``ArrayValue`` of strings or integers as one text joined by commas.

    Null where the bytes are no such array, hold another kind of value, or are null themselves.
    """
    encoded = [value or b"" for value in arrays.to_pylist()]
    broken = _unreadable(encoded)
    batch = handler("ArrayValue").list_to_record_batch(
        [b"" if index in broken else value for index, value in enumerate(encoded)]
    )
    lists = batch.column(0)
    values = pc.list_flatten(lists)
    whole = pc.struct_field(values, "int_value").cast(pa.string())
    words = pc.coalesce(pc.struct_field(values, "string_value"), whole)
    joined = pc.binary_join(pa.ListArray.from_arrays(lists.offsets, words), ",")
    good = pa.array([index not in broken for index in range(len(encoded))], pa.bool_())
    return pc.if_else(pc.and_(good, arrays.is_valid()), joined, pa.scalar(None, pa.string()))


def _unreadable(encoded: list[bytes]) -> set[int]:
    """Which of the values are no ArrayValue; asked one by one only when not all are."""
    if _is_readable(encoded):
        return set()
    return {index for index, value in enumerate(encoded) if not _is_readable([value])}


def _is_readable(encoded: list[bytes]) -> bool:
    try:
        handler("ArrayValue").list_to_record_batch(encoded)
    except ValueError:
        return False
    return True
