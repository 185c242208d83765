"""Whose spend moved most between two times, and what of their use made it so; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gemledger_collector.alerts.cause.compared import Comparison
from gemledger_collector.alerts.cause.contributors import Contributor, combinations, summed
from gemledger_collector.alerts.cause.factors import FACTORS, Factor, whole
from gemledger_collector.alerts.cause.shapley import Positions
from gemledger_collector.alerts.cause.terms import parts_of
from gemledger_collector.alerts.cause.usage import Side, Usage
from gemledger_collector.storage.spend_cells import KEYS, Cells

PAYER = KEYS[:2]
"""Team and feature: models are pooled, so that a change of model shows as model mix."""
KINDS: Mapping[str, tuple[str, ...]] = {
    "prompts": ("input", "cache_read"),
    "tool results": ("tool_use",),
    "answers": ("answer",),
}
"""What tokens per call are made of, thoughts apart."""
_HALF = 2
"""A second factor is named where it makes at least half of what the first makes."""


@dataclass(frozen=True, slots=True)
class Mover:
    """A team's feature in the window and in the baseline; ``parts`` sum to its excess."""

    team: str | None
    feature: str | None
    spent_pico_usd: int
    usual_pico_usd: int
    parts: Mapping[Factor, int]
    cause: str

    @property
    def change_pico_usd(self) -> int:
        """By how much it spent more; negative where less."""
        return self.spent_pico_usd - self.usual_pico_usd


@dataclass(frozen=True, slots=True)
class Moved:
    """What was spent in both, all together, and the few that moved most."""

    spent_pico_usd: int
    usual_pico_usd: int
    largest: Sequence[Mover]
    others: int


def movers(cells: Cells, compared: Comparison, most: int) -> Moved:
    """The ``most`` payers that moved most, up or down, the largest first."""
    usage = Usage.of(cells, compared.scale)
    every = summed(combinations(cells, compared.scale), PAYER)
    moved = sorted(
        (each for each in every if each.excess_pico_usd),
        key=lambda each: -abs(each.excess_pico_usd),
    )
    fixed = parts_of(usage)
    found = []
    for each in moved[:most]:
        mine = np.array(
            [at for at, pair in enumerate(usage.pairs) if pair[:2] == each.key], dtype=np.intp
        )
        amounts = [int(fixed[factor][mine].sum()) for factor in FACTORS]
        parts = dict(zip(FACTORS, whole(amounts, each.excess_pico_usd), strict=True))
        found.append(_mover(each, parts, usage, mine))
    return Moved(
        sum(each.spent_pico_usd for each in every),
        sum(each.usual_pico_usd for each in every),
        found,
        len(moved) - len(found),
    )


def _mover(payer: Contributor, parts: Mapping[Factor, int], usage: Usage, mine: Positions) -> Mover:
    team, feature = payer.key
    spent, usual = payer.spent_pico_usd, payer.usual_pico_usd
    return Mover(team, feature, spent, usual, parts, _cause(payer, parts, usage, mine))


def _cause(payer: Contributor, parts: Mapping[Factor, int], usage: Usage, mine: Positions) -> str:
    """The one factor that makes most of a change, or the two that make it together."""
    if payer.usual_pico_usd <= 0:
        return "new: it spent nothing before"
    if payer.spent_pico_usd <= 0:
        return "it spends nothing any more"
    up = payer.excess_pico_usd > 0
    order = sorted(FACTORS, key=lambda factor: -parts[factor] if up else parts[factor])
    first, second = order[:2]
    together = abs(parts[second]) * _HALF >= abs(parts[first]) and (parts[second] > 0) == up
    named = [first, second] if together and parts[second] else [first]
    return " and ".join(_words(factor, usage, mine, up=up) for factor in named)


_UP: Mapping[Factor, str] = {
    "volume": "more calls",
    "price": "higher prices",
    "model_mix": "dearer models",
    "cache_hits": "fewer cache hits",
    "thinking": "more thinking",
}
_DOWN: Mapping[Factor, str] = {
    "volume": "fewer calls",
    "price": "lower prices",
    "model_mix": "cheaper models",
    "cache_hits": "more cache hits",
    "thinking": "less thinking",
}


def _words(factor: Factor, usage: Usage, mine: Positions, *, up: bool) -> str:
    if factor != "tokens_per_call":
        return (_UP if up else _DOWN)[factor]
    return f"{'longer' if up else 'shorter'} {_kind(usage, mine, up=up)}"


def _kind(usage: Usage, mine: Positions, *, up: bool) -> str:
    """What of a call grew most in money, or shrank most."""
    changes = {
        kind: _per_call(usage.window, mine, cells) - _per_call(usage.baseline, mine, cells)
        for kind, cells in KINDS.items()
    }
    return max(changes, key=lambda kind: changes[kind] if up else -changes[kind])


def _per_call(side: Side, mine: Positions, cells: Sequence[str]) -> float:
    calls = int(side["calls"][mine].sum())
    paid = sum(int(side[f"{cell}_pico_usd"][mine].sum()) for cell in cells)
    return paid / calls if calls > 0 else 0.0
