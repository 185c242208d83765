"""What was billed in each row: the columns of counts as the pricing names them."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger.pricing import Usage
from gemledger.pricing.reasons import COSTS_NOTHING
from gemledger_collector.processors.batches import Integers, Mask, integers, mask

MODALITIES = semconv.MODALITIES[1:]
"""Text is what no other modality claims."""

SEARCHES: Mapping[str, str] = {
    "grounding_query": "grounding_queries",
    "grounded_prompt": "grounded_prompts",
    "maps_query": "maps_queries",
    "maps_prompt": "maps_queries",  # a response shows that Maps was used, not how often
    "enterprise_prompt": "enterprise_prompts",
}
"""Unit → column, of what a search is billed by; the context it retrieves is not billed."""

MEDIA: Mapping[str, str] = {"image": "images", "video_second": "video_seconds", "song": "songs"}
"""Unit → column, of what is billed without tokens."""


def usage_of(rows: pa.RecordBatch) -> Usage:
    """The token counts as columns; modalities only where any row has one."""

    def by_modality(suffix: str) -> dict[str, Integers]:
        names = {modality: f"{modality}_{suffix}" for modality in MODALITIES}
        return {
            modality: integers(rows.column(name))
            for modality, name in names.items()
            if rows.column(name).null_count < len(rows)
        }

    outputs = by_modality("output_tokens")
    return Usage(
        input_tokens=integers(rows.column("input_tokens")),
        output_tokens=integers(rows.column("output_tokens")),
        cache_read=integers(rows.column("cache_read_tokens")),
        tool_use=integers(rows.column("tool_use_tokens")),
        thoughts=integers(rows.column("thoughts_tokens")),
        input_by_modality=by_modality("input_tokens"),
        cache_read_by_modality=by_modality("cache_read_tokens"),
        output_by_modality=outputs,
        output_detailed=sum(outputs.values(), integers(rows.column("text_output_tokens"))),
    )


def searches_of(rows: pa.RecordBatch) -> dict[str, Integers]:
    """How often each row searched, by unit; nothing at all where no row did."""
    columns = set(SEARCHES.values())
    if all(rows.column(name).null_count == len(rows) for name in columns):
        return {}
    counts = {name: integers(rows.column(name)) for name in columns}
    return {unit: counts[name] for unit, name in SEARCHES.items()}


def has_media(rows: pa.RecordBatch) -> Mask:
    """Rows billed by the image, the second of video, or the song."""
    found: Mask = np.zeros(len(rows), dtype=bool)
    for name in MEDIA.values():
        if rows.column(name).null_count < len(rows):
            found |= integers(rows.column(name)) > 0
    return found


def tool_use_is_free(rows: pa.RecordBatch, searches: Mapping[str, Integers]) -> Mask:
    """Rows whose tool tokens Google Search or Maps retrieved."""
    reported = pc.match_substring(rows.column("app_cost_reasons"), "grounding_unreported")
    free = mask(reported)
    for count in searches.values():
        free |= count > 0
    return free


def has_usage(rows: pa.RecordBatch) -> Mask:
    """Whether the row says how many tokens there were, believably."""
    said = pc.or_(rows.column("input_tokens").is_valid(), rows.column("output_tokens").is_valid())
    return mask(said) & ~mask(rows.column("impossible_usage"))


def costs_nothing(rows: pa.RecordBatch) -> Mask:
    """Whether whoever made the request says that it is free, billed later by a settlement, or came to nothing."""
    said = rows.column("app_cost_reasons")
    if said.null_count == len(said):
        return np.zeros(len(rows), dtype=bool)
    return mask(pc.match_substring_regex(said, "|".join(COSTS_NOTHING)))


def was_refused(rows: pa.RecordBatch) -> Mask:
    """Nothing was billed: Google answered 4xx or 5xx, or no request was answered, and none was left open.

    A try that nobody answered may have been billed, whatever the next one was told.
    """
    error = rows.column("error_type")
    status = mask(pc.match_substring_regex(error, "^[45][0-9][0-9]$"))
    none_answered = mask(pc.equal(rows.column("exchanges"), 0))
    none_sent = mask(pc.and_(pc.equal(rows.column("attempts"), 0), error.is_valid()))
    left_open = mask(pc.match_substring(rows.column("app_cost_reasons"), "no_response"))
    return (status | none_answered | none_sent) & ~left_open & ~has_usage(rows)
