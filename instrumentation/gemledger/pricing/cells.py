"""From the API's totals, which include their parts, to cells in which every token lies exactly once.

The arithmetic is written with operators only, so that it holds for ints (one call, in the app) and for int64 arrays
(a batch, in the collector) alike, and both come to the same picodollar.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

Count = Any
"""An int, or an int64 array: anything with +, -, * and comparison."""

MODALITY_ORDER = ("image", "video", "document", "audio")
"""The order in which modalities claim their tokens, and in which cached tokens of unknown modality overflow from text:
audio last, whose cache hit saves most, so that what is undecidable is priced at its upper end."""

MOST = 10**9
"""No exchange has more tokens in one field; beyond it money would no longer fit 64 bits."""

MOST_QUANTITY = 10**6
"""No exchange has more searches, images or seconds: one of them costs a thousand times what a token does."""


class Usage(NamedTuple):
    """The tokens of one exchange as they are written on the span.

    Input includes cache_read and tool_use, output includes thoughts. The three mappings hold modalities other than
    text: parts of the prompt (cached included), of the cached tokens, of the candidates. ``output_detailed`` is how
    many tokens of the candidates the API assigned to a modality, text included: the rest may be of any.
    """

    input_tokens: Count
    output_tokens: Count
    cache_read: Count = 0
    tool_use: Count = 0
    thoughts: Count = 0
    input_by_modality: Mapping[str, Count] = {}
    cache_read_by_modality: Mapping[str, Count] = {}
    output_by_modality: Mapping[str, Count] = {}
    output_detailed: Count = 0

    @property
    def prompt_tokens(self) -> Count:
        """What the price step is measured by: cached tokens count, tool tokens do not."""
        return self.input_tokens - self.tool_use

    @property
    def undetailed_output(self) -> Count:
        """Tokens of the candidates that no detail assigns to a modality; never negative."""
        undetailed = self.output_tokens - self.thoughts - self.output_detailed
        return undetailed * (undetailed > 0)


def billable_cells(usage: Usage, *, tool_use_free: Count = 0) -> dict[str, Count]:
    """Token cells to be multiplied with rates; they add up to the totals, and no token is in two.

    ``tool_use_free`` (0 or 1): the tool tokens are context retrieved by Google Search or Maps, which is not billed,
    and are left out. Contradictory totals (cached above prompt) are clamped, never negative.
    """
    tokens, output, cached, tool_use, thoughts, in_parts, cache_parts, out_parts, _ = usage
    least = min if type(tokens) is int else smaller
    tool_use = least(tool_use, tokens)
    prompt = tokens - tool_use
    cached = least(cached, prompt)
    thoughts = least(thoughts, output)
    cells = {
        "input": prompt - cached,
        "cache_read": cached,
        "tool_use": tool_use * (1 - tool_use_free),
        "output": output - thoughts,
        "thoughts": thoughts,
    }
    if in_parts or cache_parts:
        _split_input(cells, in_parts, cache_parts, least)
    for modality in _ordered(out_parts):
        cells[f"output.{modality}"] = part = least(out_parts[modality], cells["output"])
        cells["output"] = cells["output"] - part
    return cells


def _split_input(
    cells: dict[str, Count],
    in_parts: Mapping[str, Count],
    cache_parts: Mapping[str, Count],
    least: Callable[[Count, Count], Count],
) -> None:
    """Move the tokens of other modalities out of the text cells ``input`` and ``cache_read``.

    Cached tokens that no detail assigns are text first, then overflow into the modalities.
    """
    prompt, cached = cells["input"] + cells["cache_read"], cells["cache_read"]
    parts: list[tuple[str, Count, Count]] = []
    for modality in _ordered({**in_parts, **cache_parts} if cache_parts else in_parts):
        whole, hit = in_parts.get(modality, 0), cache_parts.get(modality, 0)
        # What was cached was in the prompt, also where only the cached part is told apart.
        whole = least(whole + hit * (whole == 0), prompt)
        hit = least(least(hit, whole), cached)
        parts.append((modality, whole, hit))
        prompt, cached = prompt - whole, cached - hit
    text = least(cached, prompt)
    overflow = cached - text
    for modality, whole, hit in parts:
        taken = least(overflow, whole - hit)
        overflow = overflow - taken
        cells[f"input.{modality}"] = whole - hit - taken
        cells[f"cache_read.{modality}"] = hit + taken
    cells["input"], cells["cache_read"] = prompt - text, text


def _ordered(modalities: Mapping[str, Count]) -> Iterable[str]:
    """One order for ints and arrays, whatever order they come in; what we do not know is last, by name."""
    if len(modalities) < 2:
        return modalities
    known = [name for name in MODALITY_ORDER if name in modalities]
    if len(known) == len(modalities):
        return known
    return known + sorted(set(modalities).difference(known))


def are_counts(*parts: Mapping[str, Any], most: int = MOST) -> bool:
    """Whether all values are counts: whole numbers, none negative, none absurd."""
    for counts in parts:
        for count in counts.values():
            if type(count) is not int or not 0 <= count <= most:
                return False
    return True


def smaller(count: Count, limit: Count) -> Count:
    """The smaller of two counts, element by element for arrays."""
    return count - (count - limit) * (count > limit)
