"""From the API's totals, which include their parts, to cells in which every token lies exactly once.

The arithmetic is written with operators only, so that it holds for ints (one call, in the app) and for int64 arrays
(a batch, in the collector) alike, and both come to the same picodollar.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

Count = Any
"""An int, or an int64 array: anything with +, -, * and comparison."""

MODALITY_ORDER = ("image", "video", "document", "audio")
"""The order in which modalities claim their tokens, and in which cached tokens of unknown modality overflow from text:
audio last, whose cache hit saves most, so that what is undecidable is priced at its upper end."""


class Usage(NamedTuple):
    """The tokens of one exchange as they are written on the span.

    Input includes cache_read and tool_use, output includes thoughts. The three mappings hold modalities other than
    text: parts of the prompt (cached included), of the cached tokens, of the candidates.
    """

    input_tokens: Count
    output_tokens: Count
    cache_read: Count = 0
    tool_use: Count = 0
    thoughts: Count = 0
    input_by_modality: Mapping[str, Count] = {}
    cache_read_by_modality: Mapping[str, Count] = {}
    output_by_modality: Mapping[str, Count] = {}

    @property
    def prompt_tokens(self) -> Count:
        """What the price step is measured by: cached tokens count, tool tokens do not."""
        return self.input_tokens - self.tool_use


def billable_cells(usage: Usage, *, grounded: Count = 0) -> dict[str, Count]:
    """Token cells to be multiplied with rates; they add up to the totals, and no token is in two.

    ``grounded`` (0 or 1): the exchange used Google Search or Maps, whose retrieved context is not billed, so its
    tool_use tokens are left out. Contradictory totals (cached above prompt) are clamped, never negative.
    """
    prompt = _floor(usage.prompt_tokens)
    cached = _smaller(usage.cache_read, prompt)
    output = _floor(usage.output_tokens - usage.thoughts)
    cells = {
        "input": prompt - cached,
        "cache_read": cached,
        "tool_use": usage.tool_use * (1 - grounded),
        "output": output,
        "thoughts": usage.output_tokens - output,
    }
    if usage.input_by_modality:
        _split_input(cells, usage)
    for modality in _ordered(usage.output_by_modality):
        cells[f"output.{modality}"] = part = _smaller(
            usage.output_by_modality[modality], cells["output"]
        )
        cells["output"] = cells["output"] - part
    return cells


def _split_input(cells: dict[str, Count], usage: Usage) -> None:
    """Move the tokens of other modalities out of the text cells ``input`` and ``cache_read``.

    Cached tokens that no detail assigns are text first, then overflow into the modalities.
    """
    prompt, cached = cells["input"] + cells["cache_read"], cells["cache_read"]
    parts: dict[str, tuple[Count, Count]] = {}
    order = _ordered(usage.input_by_modality)
    for modality in order:
        whole = _smaller(usage.input_by_modality[modality], prompt)
        hit = _smaller(_smaller(usage.cache_read_by_modality.get(modality, 0), whole), cached)
        parts[modality] = (whole, hit)
        prompt, cached = prompt - whole, cached - hit
    overflow = _floor(cached - prompt)
    cached = cached - overflow
    for modality in order:
        whole, hit = parts[modality]
        taken = _smaller(overflow, whole - hit)
        overflow = overflow - taken
        cells[f"input.{modality}"] = whole - hit - taken
        cells[f"cache_read.{modality}"] = hit + taken
    cells["input"], cells["cache_read"] = prompt - cached, cached


def _ordered(modalities: Mapping[str, Count]) -> list[str]:
    """One order for ints and arrays, whatever order they come in; what we do not know is last, by name."""
    known = [name for name in MODALITY_ORDER if name in modalities]
    return (
        known
        if len(known) == len(modalities)
        else known + sorted(set(modalities).difference(known))
    )


def _floor(count: Count) -> Count:
    """The count, or 0 where it is negative."""
    return count * (count > 0)


def _smaller(count: Count, limit: Count) -> Count:
    """The smaller of two counts, element by element for arrays."""
    return count - _floor(count - limit)
