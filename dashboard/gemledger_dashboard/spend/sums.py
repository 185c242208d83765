"""What calls used and cost, as the collector sums it up. Money is an integer of picoUSD."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from gemledger_dashboard.drawing.formats import parse_pico

Json = Mapping[str, Any]

COST_LINES = (
    "input",
    "cache_read",
    "tool_use",
    "output",
    "thoughts",
    "grounding",
    "maps",
    "media",
    "storage",
)
"""What a cost is the sum of, by the collector's names."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What a group of calls used and cost; `cost` = known (exact + lower bound) + estimated = all lines.

    `cost_upper` is the most it can have been, but for `unbounded_calls`: of those no upper bound is known.
    `unowned` is the part of the cost that has no team.
    """

    calls: int = 0
    errors: int = 0
    input_tokens: int = 0
    cache_read_tokens: int = 0
    tool_use_tokens: int = 0
    output_tokens: int = 0
    thoughts_tokens: int = 0
    cost_pico_usd: int = 0
    known_pico_usd: int = 0
    estimated_pico_usd: int = 0
    unowned_pico_usd: int = 0
    cost_upper_pico_usd: int = 0
    input_pico_usd: int = 0
    cache_read_pico_usd: int = 0
    tool_use_pico_usd: int = 0
    output_pico_usd: int = 0
    thoughts_pico_usd: int = 0
    grounding_pico_usd: int = 0
    maps_pico_usd: int = 0
    media_pico_usd: int = 0
    storage_pico_usd: int = 0
    unpriced_calls: int = 0
    unbounded_calls: int = 0

    def __add__(self, other: Self) -> Self:
        mine, theirs = self.amounts(), other.amounts()
        return type(self)(**{name: mine[name] + theirs[name] for name in mine})

    @property
    def priced_pico_usd(self) -> int | None:
        """The cost; None when no call in the group has a price, for that is not free."""
        return None if 0 < self.calls == self.unpriced_calls else self.cost_pico_usd

    @property
    def lines(self) -> dict[str, int]:
        """PicoUSD by cost line, in their order."""
        return {line: getattr(self, f"{line}_pico_usd") for line in COST_LINES}

    def amounts(self) -> dict[str, int]:
        """Every figure by its name."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def parse(cls, row: Json) -> Self:
        """The sums in a row of the API."""
        return cls(
            **{
                name: parse_pico(row[name]) if name.endswith("_pico_usd") else _whole(row[name])
                for name in cls.__slots__
            }
        )

    @classmethod
    def total(cls, parts: Iterable[Self]) -> Self:
        """All parts together; nothing at all is zero calls."""
        sums = cls()
        for part in parts:
            sums = sums + part
        return sums


def _whole(value: Any) -> int:  # noqa: ANN401 - JSON can hold anything here; that is the question
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a whole number")
    return value
