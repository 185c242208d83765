"""Spend as a sum of products of the six factors, for each team's feature and model; pure.

With N the calls of a team's feature, s a model's share of them, and all else of that model, spend is the sum of

    N s P (1-c) r      prompt tokens a call, of which c was cached, at the rate r of input
    N s P c r          … at the rate of cached input
    N s T r            tokens out of tools
    N s A r            tokens of the answer
    N s A q r          thoughts, q for each token of the answer
    N s F              searches, images and whatever else is billed with a call

and of storage of caches. N is volume, s the model mix, P, T, A and F tokens per call, c and storage cache hits, q
thinking, r the price: what was paid per token, so tiers, regions and the long-context step are in it. Where all are as
in the window this is what was spent, where all are as in the baseline what is usual, both to the pico.

What a state does not show it takes from the other: a model that was not used has there the tokens, shares and rates it
has here, so what it brings is model mix; a feature that is new brings volume; the rate of cached tokens where none were
cached is the one that is known. Where money does not divide by calls (a settlement without a call, spend that was taken
back later) it is volume.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from gemledger_collector.alerts.cause.factors import FACTORS, FRACTION_BITS, Factor
from gemledger_collector.alerts.cause.shapley import Numbers, Player, Positions, shapley_values
from gemledger_collector.alerts.cause.usage import Side, Usage
from gemledger_collector.storage.spend_cells import FIGURES

Players = Mapping[Factor, Player]


def parts_of(usage: Usage) -> dict[Factor, Numbers]:
    """What each factor adds to each pair's excess, in 2**-64 pico."""
    parts: dict[Factor, Numbers] = {
        factor: np.zeros(len(usage.pairs), dtype=object) for factor in FACTORS
    }
    regular = (usage.window.is_regular & usage.baseline.is_regular).astype(bool)
    _add_differences(parts, usage, regular)
    positions = np.flatnonzero(regular)
    for term in _terms(_selected(usage, positions)):
        chosen = np.flatnonzero(term.matters)
        for factor, added in shapley_values(_picked(term.players, chosen)).items():
            parts[factor][positions[chosen]] += added
    return parts


def _add_differences(parts: dict[Factor, Numbers], usage: Usage, regular: Numbers) -> None:
    stored = _difference(usage, "storage_pico_usd")
    parts["cache_hits"] += stored
    parts["volume"] += np.where(regular, 0, _difference(usage, "cost_pico_usd") - stored)


def _difference(usage: Usage, name: str) -> Numbers:
    scaled = (
        usage.baseline[name] * (usage.scale.numerator << FRACTION_BITS) // usage.scale.denominator
    )
    difference: Numbers = usage.window[name] * (1 << FRACTION_BITS) - scaled
    return difference


def _selected(usage: Usage, positions: Positions) -> Usage:
    def part(side: Side) -> Side:
        return Side({name: side[name][positions] for name in FIGURES})

    pairs = [usage.pairs[at] for at in positions]
    groups = usage.groups[positions]
    return Usage(pairs, groups, part(usage.window), part(usage.baseline), usage.scale)


@dataclass(frozen=True, slots=True)
class _Term:
    players: Players
    matters: Numbers
    """Where it is not zero in both."""


def _picked(players: Players, chosen: Positions) -> dict[Factor, Player]:
    return {
        factor: Player(player.baseline[chosen], player.window[chosen], player.denominator[chosen])
        for factor, player in players.items()
    }


@dataclass(frozen=True, slots=True)
class _Ratio:
    """A quotient of two figures; undefined where the denominator is 0."""

    numerator: Numbers
    denominator: Numbers


def _player(baseline: _Ratio, window: _Ratio) -> Player:
    """A factor with these values; where one is undefined it takes the other's."""
    lacking, absent = baseline.denominator == 0, window.denominator == 0
    before = _instead(baseline, window, lacking)
    after = _instead(window, baseline, absent)
    low = before.numerator * after.denominator
    high = after.numerator * before.denominator
    denominator = before.denominator * after.denominator
    unknown = denominator == 0  # in both: the term is zero whatever it is
    denominator = np.where(unknown, 1, denominator)
    common = np.gcd(np.gcd(low, high), denominator)
    return Player(low // common, high // common, denominator // common)


def _instead(one: _Ratio, other: _Ratio, where: Numbers) -> _Ratio:
    chosen = where.astype(bool)
    return _Ratio(
        np.where(chosen, other.numerator, one.numerator),
        np.where(chosen, other.denominator, one.denominator),
    )


def _terms(usage: Usage) -> Iterator[_Term]:
    if not usage.pairs:
        return
    of = _Quotients(usage)
    shared: Players = {"volume": of.volume(), "model_mix": of.mix()}
    prompt = of.per_call("prompt_tokens")
    own: Players
    for cell in ("input", "cache_read"):
        own = {
            "tokens_per_call": prompt,
            "cache_hits": of.share(cell),
            "price": of.rate(cell),
        }
        yield _Term({**shared, **own}, of.some(f"{cell}_tokens"))
    for cell in ("tool_use", "answer"):
        own = {"tokens_per_call": of.per_call(f"{cell}_tokens"), "price": of.rate(cell)}
        yield _Term({**shared, **own}, of.some(f"{cell}_tokens"))
    yield from _thoughts(of, {**shared, "price": of.rate("thoughts")})
    yield _Term({**shared, "tokens_per_call": of.per_call("fees")}, of.some("fees"))


def _thoughts(of: "_Quotients", shared: Players) -> Iterator[_Term]:
    """Thoughts for each token of the answer; where a state has thoughts and no answer, thoughts a call."""
    some, alone = of.some("thoughts_tokens"), of.thoughts_alone()
    ratio = of.quotient("thoughts_tokens", "answer_tokens")
    together: Players = {"tokens_per_call": of.per_call("answer_tokens"), "thinking": ratio}
    yield _Term({**shared, **together}, some & ~alone)
    yield _Term({**shared, "thinking": of.per_call("thoughts_tokens")}, some & alone)


class _Quotients:
    """The factors of regular pairs, as quotients of their figures."""

    def __init__(self, usage: Usage) -> None:
        self._usage = usage
        self._sides = tuple(
            _with_sums(side, usage.groups) for side in (usage.baseline, usage.window)
        )

    def quotient(self, numerator: str, denominator: str) -> Player:
        """One figure for each of another."""
        return _player(*(_Ratio(side[numerator], side[denominator]) for side in self._sides))

    def per_call(self, figure: str) -> Player:
        """A figure for each call of the model."""
        return self.quotient(figure, "calls")

    def share(self, cell: str) -> Player:
        """A cell's share of the prompt."""
        return self.quotient(f"{cell}_tokens", "prompt_tokens")

    def rate(self, cell: str) -> Player:
        """What was paid for a token."""
        return self.quotient(f"{cell}_pico_usd", f"{cell}_tokens")

    def mix(self) -> Player:
        """The model's share of the calls of its team and feature."""
        return self.quotient("calls", "group_calls")

    def volume(self) -> Player:
        """Calls of the team and feature, in a stretch as long as the window."""
        baseline, window = (side["group_calls"] for side in self._sides)
        scale = self._usage.scale
        ones = np.ones(len(window), dtype=object)
        return Player(
            baseline * scale.numerator, window * scale.denominator, ones * scale.denominator
        )

    def some(self, figure: str) -> Numbers:
        """Where there is any of it, in one of the two."""
        baseline, window = (side[figure] for side in self._sides)
        any_of_it: Numbers = ((baseline != 0) | (window != 0)).astype(bool)
        return any_of_it

    def thoughts_alone(self) -> Numbers:
        """Where one of the two has thoughts without an answer."""
        alone = (
            (side["thoughts_tokens"] > 0) & (side["answer_tokens"] == 0) for side in self._sides
        )
        either: Numbers = np.logical_or(*(each.astype(bool) for each in alone))
        return either


def _with_sums(side: Side, groups: Positions) -> Mapping[str, Numbers]:
    totals = np.zeros(int(groups.max()) + 1, dtype=object)
    np.add.at(totals, groups, side["calls"])
    sums = {
        "prompt_tokens": side.prompt_tokens,
        "fees": side.fees_pico_usd,
        "group_calls": totals[groups],
    }
    return {**side.figures, **sums}
