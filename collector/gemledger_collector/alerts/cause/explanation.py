"""What changed: an excess split into six factors and among those who spent it; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gemledger_collector.alerts.cause.compared import Comparison
from gemledger_collector.alerts.cause.contributors import (
    Contributor,
    Ranking,
    combinations,
    rank,
    summed,
    with_parts,
)
from gemledger_collector.alerts.cause.factors import FACTORS, Factor, whole
from gemledger_collector.alerts.cause.terms import parts_of
from gemledger_collector.alerts.cause.usage import PAIR, Side, Usage
from gemledger_collector.storage.spend_cells import KEYS, TOKENS, Cells

BY_ALL = "all"
"""The ranking of whole combinations of the keys."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What an engineer looks at first, of the window or of what is usual; None where nothing divides."""

    calls: Fraction
    tokens_per_call: Fraction | None
    cache_hit_share: Fraction | None
    thinking_share: Fraction | None
    pico_usd_per_token: Fraction | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """An excess, its six parts and its contributors: the parts sum to it, and so does each ranking."""

    compared: Comparison
    spent_pico_usd: int
    usual_pico_usd: int
    parts: Mapping[Factor, int]
    payers: Ranking
    """By team, feature and model, each with its own parts: what the line for people is made of."""
    rankings: Mapping[str, Ranking]
    """By each single key, and by all of them together."""
    window: Figures
    baseline: Figures

    @property
    def excess_pico_usd(self) -> int:
        """What the window cost beyond its usual."""
        return self.spent_pico_usd - self.usual_pico_usd


def explain_cells(cells: Cells, compared: Comparison) -> Explanation:
    """The whole explanation out of one question's answer."""
    usage = Usage.of(cells, compared.scale)
    fixed = parts_of(usage)
    every = combinations(cells, compared.scale)
    spent, usual = (
        sum(getattr(each, f"{name}_pico_usd") for each in every) for name in ("spent", "usual")
    )
    totals = whole([int(fixed[factor].sum()) for factor in FACTORS], spent - usual)
    payers = with_parts(rank(summed(every, PAIR)), usage.pairs, fixed)
    return Explanation(
        compared=compared,
        spent_pico_usd=spent,
        usual_pico_usd=usual,
        parts=dict(zip(FACTORS, totals, strict=True)),
        payers=payers,
        rankings=_rankings(every),
        window=_figures(usage.window, Fraction(1)),
        baseline=_figures(usage.baseline, compared.scale),
    )


def _rankings(every: Sequence[Contributor]) -> dict[str, Ranking]:
    single = {name: rank(summed(every, (name,))) for name in KEYS}
    return {BY_ALL: rank(every), **single}


def _figures(side: Side, scale: Fraction) -> Figures:
    tokens = {cell: int(side[f"{cell}_tokens"].sum()) for cell in TOKENS}
    calls, every = int(side["calls"].sum()), sum(tokens.values())
    paid = sum(int(side[f"{cell}_pico_usd"].sum()) for cell in TOKENS)
    prompt = tokens["input"] + tokens["cache_read"]
    return Figures(
        calls * scale,
        _share(every, calls),
        _share(tokens["cache_read"], prompt),
        _share(tokens["thoughts"], tokens["thoughts"] + tokens["answer"]),
        _share(paid, every),
    )


def _share(part: int, of: int) -> Fraction | None:
    return Fraction(part, of) if of > 0 else None
