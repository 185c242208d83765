"""What the API says of the tokens of one exchange → token counts, with what contradicts itself put right and named.

Pure, and never raises: usage comes over the wire, and may be of any shape.
"""

from collections.abc import Callable, Iterable, Mapping
from operator import gt, itemgetter
from typing import Any, NamedTuple

from gemledger.modality_details import (
    TEXT_OUT,
    attributes_of,
    by_modality,
    text_alone,
    tool_doubts,
    without_text,
    word,
)
from gemledger.pricing.cells import MOST, Usage

_NONE: Mapping[str, int] = {}
_NO_COUNTS = (None,) * 5
_NO_PARTS: tuple[Mapping[str, int], Mapping[str, int], Mapping[str, int], int] = (
    _NONE,
    _NONE,
    _NONE,
    0,
)


class Reading(NamedTuple):
    """What the API reported for one exchange.

    ``reasons`` name contradictions (they make a cost less than exact); ``by_modality`` holds the API's own details,
    text included, by attribute name; ``total_tokens`` is its checksum.
    """

    usage: Usage
    total_tokens: int | None
    reasons: tuple[str, ...]
    by_modality: Mapping[str, int]


class Counts(NamedTuple):
    """The ten fields of every usage message, whatever they are called there."""

    prompt: Any
    candidates: Any
    thoughts: Any
    cached: Any
    tool_use: Any
    total: Any
    prompt_details: Any
    cache_details: Any
    candidates_details: Any
    tool_use_details: Any


_GENERATE = Counts(
    "prompt_token_count",
    "candidates_token_count",
    "thoughts_token_count",
    "cached_content_token_count",
    "tool_use_prompt_token_count",
    "total_token_count",
    "prompt_tokens_details",
    "cache_tokens_details",
    "candidates_tokens_details",
    "tool_use_prompt_tokens_details",
)
_LIVE = _GENERATE._replace(
    candidates="response_token_count", candidates_details="response_tokens_details"
)
_INTERACTION = Counts(
    "total_input_tokens",
    "total_output_tokens",
    "total_thought_tokens",
    "total_cached_tokens",
    "total_tool_use_tokens",
    "total_tokens",
    "input_tokens_by_modality",
    "cached_tokens_by_modality",
    "output_tokens_by_modality",
    "tool_use_tokens_by_modality",
)
_UNIT_OF_TOOL = {
    "google_search": ("grounding_query", "grounded_prompt"),
    "google_maps": ("maps_query", "maps_prompt"),
}
_all_at_once: Callable[[Mapping[str, Any]], tuple[Any, ...]] = itemgetter(*_GENERATE)


def read_usage(metadata: Any) -> Reading | None:  # noqa: ANN401 - a model of the SDK, or raw JSON read by attribute
    """A reading of ``usage_metadata``, or None where the API counted nothing. Absent counts are 0.

    It understands the usage of generate_content, and that of Live sessions and embeddings, which call what the model
    said ``response_*``. A Live total leaves the thoughts out, so it is no checksum.
    """
    try:
        fields = _all_at_once(metadata.__dict__)
    except (AttributeError, KeyError, TypeError):
        fields = None
    if fields is None or fields[1] is None:
        if getattr(metadata, _LIVE.candidates, None) is not None:
            return _read(_fields(metadata, _LIVE), total_is_checksum=False)
        fields = _fields(metadata, _GENERATE) if fields is None else fields
    return _read(fields)


def read_interaction_usage(usage: Any) -> Reading | None:  # noqa: ANN401 - the SDK's generated Usage, or raw JSON by attribute
    """A reading of the ``usage`` of an Interaction, or None where the API counted nothing."""
    return _read(_fields(usage, _INTERACTION))


def interaction_quantities(usage: Any) -> Mapping[str, int]:  # noqa: ANN401 - as above
    """What an Interaction was billed by the piece: the queries it says, and one prompt for models billed that way."""
    counts: dict[str, int] = {}
    for entry in _listed(getattr(usage, "grounding_tool_count", None)):
        query, prompt = _UNIT_OF_TOOL.get(word(getattr(entry, "type", None)), ("", ""))
        count = getattr(entry, "count", None)
        if query and type(count) is int and count > 0:
            counts[query] = counts.get(query, 0) + count
            counts[prompt] = 1
    return counts


def _listed(value: Any) -> Iterable[Any]:  # noqa: ANN401 - as above
    return value if isinstance(value, list | tuple) else ()


def _fields(metadata: Any, names: Counts) -> tuple[Any, ...]:  # noqa: ANN401 - as above
    return tuple(getattr(metadata, name, None) for name in names)


def _read(fields: tuple[Any, ...], *, total_is_checksum: bool = True) -> Reading | None:
    """A reading of the ten fields, in the order of ``Counts``."""
    if fields[:5] == _NO_COUNTS:
        return None  # a total of unknown parts has no price
    prompt, candidates, thoughts, cached, tool_use, total = fields[:6]
    reasons: tuple[str, ...] = ()
    prompt, candidates, cached = prompt or 0, candidates or 0, cached or 0
    thoughts, tool_use = thoughts or 0, tool_use or 0
    if not _are_counts(prompt, candidates, thoughts, cached, tool_use):
        counts = (prompt, candidates, thoughts, cached, tool_use)
        prompt, candidates, thoughts, cached, tool_use = map(_believable, counts)
        reasons = ("impossible_usage",)
    visible = prompt + candidates + tool_use
    if total != visible + thoughts or type(total) is not int:
        # Some early models counted thoughts among the candidates; the server's own total gives it away.
        if total_is_checksum and total == visible and thoughts <= candidates:
            candidates -= thoughts
        elif total_is_checksum and total is not None:
            reasons += ("total_mismatch",)
        total = total if _are_counts(total) else None
    if cached > prompt:
        cached, reasons = prompt, (*reasons, "cached_above_prompt")
    counts = (prompt + tool_use, candidates + thoughts, cached, tool_use, thoughts)
    if any(fields[6:]):
        return _detailed(counts, total, reasons, fields[6:])
    return _reading(Reading, (_plain(Usage, (*counts, *_NO_PARTS)), total, reasons, _NONE))


_reading = _plain = tuple.__new__
"""Make a Reading and a Usage from a tuple of their fields: a third of the time their classes take."""


def _are_counts(*values: Any) -> bool:  # noqa: ANN401 - anything that came over the wire
    """Whether every value is a whole number, not negative, not absurd."""
    for value in values:  # noqa: SIM110 - a loop: a generator takes twice as long, and every call comes by here
        if type(value) is not int or not 0 <= value <= MOST:
            return False
    return True


def _believable(value: Any) -> int:  # noqa: ANN401 - as above
    return value if _are_counts(value) else 0


def _detailed(
    counts: tuple[int, ...], total: int | None, reasons: tuple[str, ...], lists: tuple[Any, ...]
) -> Reading:
    """A reading with the details by modality."""
    tokens, output, cached, tool_use, thoughts = counts
    prompt, candidates = tokens - tool_use, output - thoughts
    text = text_alone(lists, prompt, cached, candidates)
    if text is not None:
        usage = _plain(Usage, (*counts, _NONE, _NONE, _NONE, text.get(TEXT_OUT, 0)))
        return _reading(Reading, (usage, total, reasons, text))
    try:
        in_parts, cache_parts, out_parts, tool_parts = map(by_modality, lists)
    except (AttributeError, TypeError, ValueError):
        usage = _plain(Usage, (*counts, *_NO_PARTS))
        return Reading(usage, total, (*reasons, "details_unreadable"), _NONE)
    parts = (in_parts, cache_parts, out_parts)
    claimed = [sum(counts.values()) for counts in (*parts, tool_parts)]
    if any(map(gt, claimed, (prompt, cached, candidates, tool_use))):
        reasons += ("details_above_count",)
    if cached and not cache_parts and not in_parts.keys() <= {"text"}:
        reasons += ("cached_modality_unknown",)
    if tool_parts and not tool_parts.keys() <= {"text", "document"}:
        reasons += tool_doubts(tool_parts)
    usage = _plain(Usage, (*counts, *map(without_text, parts), min(claimed[2], MOST)))
    return _reading(Reading, (usage, total, reasons, attributes_of(*parts)))
