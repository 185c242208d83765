"""What is billed by the piece and not by the token: searches, images, seconds of video, songs, token-hours."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from gemledger.pricing.rates import Rates
from gemledger.pricing.vocabulary import FEE_FAMILIES

LINE_OF_UNIT: Mapping[str, str] = MappingProxyType(
    {
        "grounding_query": "grounding",
        "grounded_prompt": "grounding",
        "enterprise_prompt": "grounding",
        "maps_query": "maps",
        "maps_prompt": "maps",
        "image": "media",
        "video_second": "media",
        "song": "media",
        "token_hour": "storage",
    }
)
"""The cost line on which a unit is charged; everything else in a cost's lines is a token cell."""

MEDIA_UNITS = ("image", "video_second", "song")
"""What is billed without any token: such an answer has no usage, and needs none."""

_ALTERNATIVES = {unit: other for a, b in FEE_FAMILIES for unit, other in ((a, b), (b, a))}
_QUERY_OF_PROMPT = {prompt: query for query, prompt in FEE_FAMILIES}
_SECONDS_PER_HOUR = 3600


def line_of(cell_or_unit: str) -> str:
    """The cost line of an entry of a cost: ``input`` for ``input.audio``, ``media`` for ``image.4k``."""
    head = cell_or_unit.partition(".")[0]
    return LINE_OF_UNIT.get(head, head)


def unknown_fee(unit: str) -> str:
    """The reason where a unit has no fee; of the two ways to count a search it names the query."""
    return f"fee_unknown:{_QUERY_OF_PROMPT.get(unit, unit)}"


class Fee(NamedTuple):
    """What one unit costs in picoUSD, None where nobody knows; ``name`` is the entry of the book that says so."""

    name: str
    pico_usd: int | None


Fees = Mapping[str, Fee]
"""The fee of every unit, by unit."""


def fees_of(
    rates: Rates, resolution: str = "", included: frozenset[str] = frozenset()
) -> dict[str, Fee]:
    """The fees of a model, of every unit.

    Of the two ways to count the same search (queries, prompts) it is billed by one, and the other costs 0. So do
    ``included`` units, which are within the account's allowance.
    """
    return {unit: _fee(rates, unit, resolution, included) for unit in LINE_OF_UNIT}


def _fee(rates: Rates, unit: str, resolution: str, included: frozenset[str]) -> Fee:
    precise = f"{unit}.{resolution}"
    name = precise if precise in rates.pico_usd_per_unit else unit
    pico = rates.unit_pico_usd(unit, resolution)
    if unit in included:
        return Fee(name, 0)
    other = _ALTERNATIVES.get(unit)
    other_pico = rates.unit_pico_usd(other) if other is not None else None
    if pico is None:
        return Fee(name, None if other_pico is None and other not in included else 0)
    # Should a book state both, the query is what counts.
    return Fee(name, 0 if unit in _QUERY_OF_PROMPT and other_pico is not None else pico)


def charge(fees: Fees, quantities: Mapping[str, int]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Picodollars per charged unit, and what is doubtful about them; a unit without a fee is a doubt, never free."""
    lines: dict[str, int] = {}
    reasons: list[str] = []
    for unit, count in quantities.items():
        if not count or unit not in fees:
            continue
        name, pico = fees[unit]
        if pico is None:
            reasons.append(unknown_fee(unit))
        elif pico:
            lines[name] = count * pico
    prompts, queries = quantities.get("grounded_prompt"), quantities.get("grounding_query")
    if prompts and not queries and fees["grounding_query"].pico_usd:
        reasons.append("grounding_unreported")
    prompts = quantities.get("maps_prompt")
    # Billed by the query, while the response shows no more than that Maps was used.
    if prompts and prompts == quantities.get("maps_query") and fees["maps_query"].pico_usd:
        reasons.append("maps_queries_assumed")
    return lines, tuple(sorted(set(reasons))) if reasons else ()


def unit_lines(
    rates: Rates,
    quantities: Mapping[str, int],
    resolution: str = "",
    included: frozenset[str] = frozenset(),
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Picodollars per charged unit under these rates, and what is doubtful about them."""
    if not quantities:
        return {}, ()
    return charge(fees_of(rates, resolution, included), quantities)


def storage_pico_usd(pico_per_token_hour: int, tokens: int, seconds: int) -> int:
    """What keeping ``tokens`` for ``seconds`` has cost since the beginning, rounded down to a whole picodollar.

    An accrual: what an hour costs is the difference of the accruals at its two ends, so that hours sum exactly.
    """
    return tokens * seconds * pico_per_token_hour // _SECONDS_PER_HOUR
