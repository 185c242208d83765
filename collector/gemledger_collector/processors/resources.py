"""Who emits: the attributes of a resource that have no column, as one JSON text.

A text rather than a map, because a service sends the same one with every span: DuckDB then stores it once.
"""

import pyarrow as pa
import pyarrow.compute as pc

from gemledger_collector.processors.attributes import Picked


def described(resources: Picked) -> pa.Array:
    """One JSON object of strings per resource; null for those with nothing to say."""
    maps = resources.rest
    if maps.null_count == len(maps):
        return pa.nulls(len(maps), pa.string())
    values = _quoted(maps.items.fill_null(""))
    pairs = pc.binary_join_element_wise(_quoted(maps.keys), values, ": ")
    joined = pc.binary_join(pa.ListArray.from_arrays(maps.offsets, pairs), ", ")
    text = pc.binary_join_element_wise("{", joined, "}", "")
    return pc.if_else(maps.is_valid(), text, pa.scalar(None, pa.string()))


def _quoted(texts: pa.Array) -> pa.Array:
    """JSON strings. Control characters, which JSON would need escaped, become spaces."""
    escaped = pc.replace_substring(pc.replace_substring(texts, "\\", "\\\\"), '"', '\\"')
    clean = pc.replace_substring_regex(escaped, r"[\x00-\x1f]", " ")
    return pc.binary_join_element_wise('"', clean, '"', "")
