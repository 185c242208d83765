"""Tokens by modality, as a usage lists them → counts, their attributes, and what is doubtful about them. Pure."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from gemledger import semconv
from gemledger.pricing.cells import MOST

_NONE: Mapping[str, int] = {}
_KNOWN = frozenset(semconv.MODALITIES)
_NAMES = {name.upper(): name for name in semconv.MODALITIES}
_TEXT_IN = semconv.modality_tokens("text", "input_tokens")
_TEXT_CACHED = semconv.modality_tokens("text", "cache_read.input_tokens")
TEXT_OUT = semconv.modality_tokens("text", "output_tokens")
"""The attribute of text among the candidates."""
_modality_tokens = cache(semconv.modality_tokens)


def text_alone(
    lists: tuple[Any, ...], prompt: int, cached: int, candidates: int
) -> dict[str, int] | None:
    """Attribute name → count where the details say text and nothing else, as most do; None for all that takes thought.

    Every call with details comes by here: this is a fifth of the price of looking at modalities one by one.
    """
    in_details, cache_details, out_details, tool_details = lists
    if tool_details:
        return None
    found: dict[str, int] = {}
    for details, name, whole in (
        (in_details, _TEXT_IN, prompt),
        (cache_details, _TEXT_CACHED, cached),
        (out_details, TEXT_OUT, candidates),
    ):
        if details:
            if type(details) is not list or len(details) != 1:
                return None
            detail = details[0]
            count = getattr(detail, "token_count", None)
            if (
                getattr(detail, "modality", None) != "TEXT"
                or type(count) is not int
                or not 0 <= count <= whole
            ):
                return None
            found[name] = count
    return found


def by_modality(details: Iterable[Any] | None) -> Mapping[str, int]:
    """Modality → tokens of one list of details. Raises ValueError, TypeError or AttributeError for what is none."""
    if not details:
        return _NONE
    counts: dict[str, int] = {}
    for detail in details:
        try:
            count = detail.token_count
        except AttributeError:
            count = detail.tokens  # as Interactions call it
        if count is None:
            continue
        if type(count) is not int or not 0 <= count <= MOST:
            raise ValueError(count)
        modality = detail.modality
        name = _NAMES.get(getattr(modality, "_value_", modality)) or _modality(modality)
        counts[name] = counts[name] + count if name in counts else count
    return counts


def _modality(value: Any) -> str:  # noqa: ANN401 - an enum of the SDK, or its string
    """Lower-case name; unspecified is text (as the API documents)."""
    name = word(value)
    return "text" if name in ("", "none", "modality_unspecified") else name


def word(value: Any) -> str:  # noqa: ANN401 - as above
    """A word of the API in lower case, empty where there is none."""
    return str(getattr(value, "value", value) or "").lower()


def tool_doubts(parts: Mapping[str, int]) -> tuple[str, ...]:
    """Tool tokens are priced as text. What may cost more is a doubt, and what nobody knows has no price."""
    unknown = sorted(parts.keys() - _KNOWN)
    assumed = ("tool_modality_assumed",) if parts.keys() & {"image", "audio", "video"} else ()
    return (*assumed, *(f"no_rate:tool_use.{modality}" for modality in unknown))


def without_text(counts: Mapping[str, int]) -> Mapping[str, int]:
    """The modalities that may have a price of their own."""
    if not counts or (len(counts) == 1 and "text" in counts):
        return _NONE
    return {modality: count for modality, count in counts.items() if modality != "text" and count}


def attributes_of(
    in_parts: Mapping[str, int], cache_parts: Mapping[str, int], out_parts: Mapping[str, int]
) -> Mapping[str, int]:
    """Attribute name → count. Modalities nobody has named an attribute for are left to the totals."""
    found: dict[str, int] = {}
    for parts, text, direction in (
        (in_parts, _TEXT_IN, "input_tokens"),
        (cache_parts, _TEXT_CACHED, "cache_read.input_tokens"),
        (out_parts, TEXT_OUT, "output_tokens"),
    ):
        for modality, count in parts.items():
            if modality == "text":
                found[text] = count
            elif modality in _KNOWN:
                found[_modality_tokens(modality, direction)] = count
    return found
