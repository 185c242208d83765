"""``usage_metadata`` of one exchange → token counts, with what contradicts itself put right and named. Pure."""

import functools
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from gemledger import semconv
from gemledger.pricing.cells import Usage

_NONE: Mapping[str, int] = {}
_modality_tokens = functools.cache(semconv.modality_tokens)


class Reading(NamedTuple):
    """What the API reported for one exchange.

    ``reasons`` name contradictions (they make a cost less than exact); ``by_modality`` holds the API's own details,
    text included, by attribute name; ``total_tokens`` is its checksum.
    """

    usage: Usage
    total_tokens: int | None
    reasons: tuple[str, ...]
    by_modality: Mapping[str, int]


def read_usage(metadata: Any) -> Reading | None:  # noqa: ANN401 - pydantic model or raw JSON, by attribute
    """A reading, or None where the API reported nothing. Absent counts are 0; nothing here raises for odd numbers."""
    prompt, candidates = metadata.prompt_token_count, metadata.candidates_token_count
    total = metadata.total_token_count
    if prompt is None and candidates is None and total is None:
        return None
    prompt, candidates = prompt or 0, candidates or 0
    cached = metadata.cached_content_token_count or 0
    thoughts = getattr(metadata, "thoughts_token_count", None) or 0
    tool_use = getattr(metadata, "tool_use_prompt_token_count", None) or 0
    reasons: tuple[str, ...] = ()
    visible = prompt + candidates + tool_use
    # Some early models counted thoughts among the candidates; the server's own total gives it away.
    included = 0 < thoughts <= candidates and total == visible
    if included:
        candidates -= thoughts
    elif total is not None and total != visible + thoughts:
        reasons += ("total_mismatch",)
    if cached > prompt:
        cached, reasons = prompt, (*reasons, "cached_above_prompt")
    details = _read_details(metadata)
    if details is None:
        usage = Usage(prompt + tool_use, candidates + thoughts, cached, tool_use, thoughts)
        return Reading(usage, total, reasons, _NONE)
    reasons += _contradictions(details, prompt, cached, candidates)
    usage = Usage(
        prompt + tool_use,
        candidates + thoughts,
        cached,
        tool_use,
        thoughts,
        _without_text(details.prompt),
        _without_text(details.cache),
        _without_text(details.candidates),
    )
    return Reading(usage, total, reasons, details.attributes())


class _Details(NamedTuple):
    """Counts by modality, lower-case names, as the API gives them."""

    prompt: Mapping[str, int]
    cache: Mapping[str, int]
    candidates: Mapping[str, int]

    def attributes(self) -> dict[str, int]:
        """Attribute name → count. Modalities nobody has named an attribute for are left to the totals."""
        directions = (
            (self.prompt, "input_tokens"),
            (self.cache, "cache_read.input_tokens"),
            (self.candidates, "output_tokens"),
        )
        return {
            _modality_tokens(modality, direction): count
            for counts, direction in directions
            for modality, count in counts.items()
            if modality in semconv.MODALITIES
        }


def _read_details(metadata: Any) -> _Details | None:  # noqa: ANN401 - pydantic model or raw JSON, by attribute
    """The details by modality, or None where there are none at all."""
    prompt = metadata.prompt_tokens_details
    cache = metadata.cache_tokens_details
    candidates = metadata.candidates_tokens_details
    if not prompt and not cache and not candidates:
        return None
    return _Details(_counts(prompt), _counts(cache), _counts(candidates))


def _counts(details: Iterable[Any] | None) -> Mapping[str, int]:
    """Modality → tokens of one list of details."""
    if not details:
        return _NONE
    counts: dict[str, int] = {}
    for detail in details:
        modality = _modality(detail.modality)
        counts[modality] = counts.get(modality, 0) + (detail.token_count or 0)
    return counts


def _modality(value: Any) -> str:  # noqa: ANN401 - an enum of the SDK, or its string
    """Lower-case name; unspecified is text (as the API documents)."""
    name = str(getattr(value, "value", value) or "").lower()
    return "text" if name in ("", "none", "modality_unspecified") else name


def _without_text(counts: Mapping[str, int]) -> Mapping[str, int]:
    """The modalities that may have a price of their own."""
    if not counts or (len(counts) == 1 and "text" in counts):
        return _NONE
    return {modality: count for modality, count in counts.items() if modality != "text" and count}


def _contradictions(
    details: _Details, prompt: int, cached: int, candidates: int
) -> tuple[str, ...]:
    """What the details say against the counts; a remainder that no detail claims is text, and no contradiction."""
    reasons: tuple[str, ...] = ()
    if (
        sum(details.prompt.values()) > prompt
        or sum(details.cache.values()) > cached
        or sum(details.candidates.values()) > candidates
    ):
        reasons += ("details_above_count",)
    if cached and not details.cache and details.prompt.get("audio"):
        reasons += ("cached_modality_unknown",)
    return reasons
