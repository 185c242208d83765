"""What the simulated Gemini's answers cost: the truth of this suite.

Every answer is that of gemini-2.5-flash, whose rates have not changed since 2025-06-17 and which has no context step.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from support.gemini import usage

MODEL = "gemini-2.5-flash"

PICO_USD_PER_TOKEN: Mapping[str, int] = {
    "input": 300_000,
    "input.audio": 1_000_000,
    "cache_read": 30_000,
    "cache_read.audio": 100_000,
    "output": 2_500_000,
}


def cost(**tokens: int) -> int:
    """PicoUSD of tokens by cell; ``input_audio`` is the cell ``input.audio``."""
    return sum(PICO_USD_PER_TOKEN[_cell(name)] * count for name, count in tokens.items())


def _cell(name: str) -> str:
    for modality in ("audio",):
        if name.endswith(f"_{modality}"):
            return f"{name.removesuffix(f'_{modality}')}.{modality}"
    return name


PLAIN = usage()
"""1,000 tokens asked, 44 answered."""
PLAIN_PICO = cost(input=1_000, output=44)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a call's spans must add up to."""

    input: int = 0
    output: int = 0
    cached: int = 0
    thoughts: int = 0
    tool_use: int = 0
    pico_usd: int | None = 0
    status: str = "exact"
    reasons: tuple[str, ...] = ()


PLAIN_BILL = Bill(input=1_000, output=44, pico_usd=PLAIN_PICO)
NOTHING = Bill()
"""A refused request: free, and known to be."""
