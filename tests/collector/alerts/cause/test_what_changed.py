"""An excess is split exactly, into six factors and among its contributors, whatever was spent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, permutations
from math import factorial
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gemledger_collector.alerts.cause.compared import Comparison
from gemledger_collector.alerts.cause.explanation import Explanation, explain_cells
from gemledger_collector.alerts.cause.factors import FACTORS, FRACTION_BITS, Factor, whole
from gemledger_collector.alerts.cause.line import line
from gemledger_collector.alerts.cause.shapley import Player, shapley_values
from gemledger_collector.storage.spend_cells import FIGURES, TOKENS, Cells, Slots

WEEK = 7 * 86_400
LIKE_THE_WINDOW = Comparison(Slots(0, 3600, 7200, same_hours=False), Fraction(1))
SAME_HOURS = Comparison(Slots(0, WEEK, WEEK + 3600, same_hours=True), Fraction(1, 7))
KEY = ("growth", "search", "gemini-2.5-pro", "v7")
USD = 10**12


@dataclass(frozen=True)
class Use:
    """What calls of one kind used: tokens a call by cell, picoUSD a token, fees a call."""

    calls: int = 100
    input: int = 1_000
    cache_read: int = 0
    tool_use: int = 0
    answer: int = 200
    thoughts: int = 0
    price: int = 2_000_000
    fee: int = 0
    storage: int = 0

    @property
    def figures(self) -> dict[str, int]:
        """As the ledger sums it: the answer and thoughts cost eight times the input, cached tokens a quarter."""
        tokens = {cell: getattr(self, cell) * self.calls for cell in TOKENS}
        rate = {"cache_read": self.price // 4, "answer": self.price * 8, "thoughts": self.price * 8}
        paid = {cell: count * rate.get(cell, self.price) for cell, count in tokens.items()}
        fees = self.fee * self.calls + self.storage
        return {
            "calls": self.calls,
            **{f"{cell}_tokens": count for cell, count in tokens.items()},
            **{f"{cell}_pico_usd": pico for cell, pico in paid.items()},
            "storage_pico_usd": self.storage,
            "cost_pico_usd": sum(paid.values()) + fees,
        }


NOTHING = dict.fromkeys(FIGURES, 0)
Sides = tuple[dict[str, int], dict[str, int]]


def told(rows: Mapping[Any, Sides], compared: Comparison = LIKE_THE_WINDOW) -> Explanation:
    """The explanation of rows by key: first what is usual, then the window."""
    sides = (
        {name: [row[side][name] for row in rows.values()] for name in FIGURES} for side in (0, 1)
    )
    baseline, window = sides
    return explain_cells(Cells(list(rows), window, baseline), compared)


def changed(usual: Use, **now: int) -> Explanation:
    """One payer's usual, and what of it changed."""
    return told({KEY: (usual.figures, replace(usual, **now).figures)})


COUNT = st.integers(0, 10**6)
RATE = st.integers(0, 10**8)
PICO = st.integers(-(10**15), 10**17)


@st.composite
def figures(draw: st.DrawFn) -> dict[str, int]:
    """Anything a ledger may hold: ordinary use, nothing, settlements without a call, spend taken back."""
    if draw(st.booleans()):
        return Use(
            draw(COUNT),
            **{cell: draw(st.integers(0, 5_000)) for cell in TOKENS},
            price=draw(RATE),
            fee=draw(RATE),
        ).figures
    found = {name: draw(st.integers(-100, 10**9)) for name in FIGURES}
    return found | {name: draw(PICO) for name in FIGURES if name.endswith("pico_usd")}


NAME = st.sampled_from([None, "a", "b"])
KEYS = st.tuples(NAME, NAME, NAME, NAME)
ROWS = st.dictionaries(
    KEYS, st.tuples(figures() | st.just(NOTHING), figures() | st.just(NOTHING)), max_size=6
)
SCALES = st.builds(
    lambda scale: replace(LIKE_THE_WINDOW, scale=scale), st.fractions(0, 3, max_denominator=10**6)
)


@given(ROWS, SCALES)
def test_the_parts_and_every_ranking_sum_to_the_excess(
    rows: dict[Any, Sides], compared: Comparison
) -> None:
    """To the pico: the parts, the contributors by each key and by all, and each payer's own parts."""
    explanation = told(rows, compared)
    excess = explanation.excess_pico_usd
    usual = sum(row[0]["cost_pico_usd"] for row in rows.values()) * compared.scale
    assert explanation.spent_pico_usd == sum(row[1]["cost_pico_usd"] for row in rows.values())
    assert explanation.usual_pico_usd == usual // 1
    assert sum(explanation.parts.values()) == excess
    for ranking in (explanation.payers, *explanation.rankings.values()):
        named = sum(each.excess_pico_usd for each in ranking.largest)
        assert named + ranking.others_excess_pico_usd == excess
    for payer in explanation.payers.largest:
        assert sum(payer.parts.values()) == payer.excess_pico_usd


@given(ROWS, st.permutations(range(6)))
def test_the_order_of_rows_changes_nothing(rows: dict[Any, Sides], order: list[int]) -> None:
    """An explanation is about what was spent, not about how the store lists it."""
    keys = list(rows)
    shuffled = {keys[at]: rows[keys[at]] for at in order if at < len(keys)}
    one, other = told(rows), told(shuffled)
    assert one.spent_pico_usd == other.spent_pico_usd
    assert all(abs(one.parts[each] - other.parts[each]) <= 1 for each in FACTORS)


USES = st.builds(
    Use,
    *(st.integers(1, 10**4) for _ in range(6)),
    price=st.integers(4, 10**7).map(lambda rate: rate * 4),
    fee=st.integers(0, 10**9),
)


def only(explanation: Explanation, factor: Factor) -> bool:
    """Whether the whole excess is this factor's, to the pico."""
    return explanation.parts == {
        each: explanation.excess_pico_usd if each == factor else 0 for each in FACTORS
    }


@given(USES, st.integers(2, 50))
def test_more_of_the_same_calls_is_volume_alone(usual: Use, times: int) -> None:
    """Calls that are like those before, only more of them."""
    assert only(changed(usual, calls=usual.calls * times), "volume")


@given(USES, st.integers(2, 50))
def test_another_rate_is_price_alone(usual: Use, times: int) -> None:
    """The same calls with the same tokens, at another rate, say of another service tier."""
    assert only(changed(usual, price=usual.price * times), "price")


@given(USES, st.integers(2, 50))
def test_longer_prompts_and_answers_are_tokens_per_call_alone(usual: Use, times: int) -> None:
    """All tokens in the same proportions; searches and images for each call count with them."""
    cells = {cell: getattr(usual, cell) * times for cell in TOKENS}
    assert only(changed(usual, **cells, fee=usual.fee * times), "tokens_per_call")


@given(USES, st.integers(2, 50))
def test_more_thoughts_for_the_same_answers_are_thinking_alone(usual: Use, times: int) -> None:
    """Only the thoughts grew; that they grow from none is no different."""
    assert only(changed(usual, thoughts=usual.thoughts * times), "thinking")
    assert only(changed(replace(usual, thoughts=0), thoughts=times), "thinking")


@given(USES)
def test_a_cache_that_misses_is_cache_hits_alone(usual: Use) -> None:
    """The same prompts, of which less is read from the cache."""
    missed = changed(usual, input=usual.input + usual.cache_read, cache_read=0)
    assert only(missed, "cache_hits")


@given(USES, st.integers(1, 20), st.integers(1, 20))
def test_the_same_calls_to_another_model_are_model_mix_alone(
    usual: Use, dearer: int, moved: int
) -> None:
    """Calls that move between models that are both in use already: nothing else has changed."""
    pro = replace(usual, price=usual.price * (dearer + 1))
    rows = {
        ("a", "b", "flash", None): (
            replace(usual, calls=moved * 2).figures,
            replace(usual, calls=moved).figures,
        ),
        ("a", "b", "pro", None): (
            replace(pro, calls=1).figures,
            replace(pro, calls=moved + 1).figures,
        ),
    }
    assert only(told(rows), "model_mix")


def test_a_model_that_is_new_is_model_mix_and_a_feature_that_is_new_is_volume() -> None:
    """What one of the two states lacks it takes from the other."""
    flash, pro = Use(calls=100), Use(calls=100, input=9_000, price=10_000_000)
    swapped = told(
        {
            ("a", "b", "flash", None): (flash.figures, NOTHING),
            ("a", "b", "pro", None): (NOTHING, pro.figures),
        }
    )
    assert only(swapped, "model_mix")
    assert only(told({KEY: (NOTHING, pro.figures)}), "volume")
    assert only(told({KEY: (pro.figures, NOTHING)}), "volume")


def test_storage_of_caches_counts_with_cache_hits_and_settlements_without_a_call_with_volume() -> (
    None
):
    """Neither has calls to be divided by."""
    assert only(changed(Use(), storage=USD), "cache_hits")
    batch = Use(calls=10).figures | {"calls": 0}
    assert only(told({KEY: (NOTHING, batch)}), "volume")


def test_a_new_prompt_version_with_longer_prompts_is_tokens_per_call() -> None:
    """Versions are pooled, so that the new one is not a growth of volume; the ranking names it."""
    rows = {
        (*KEY[:3], "v7"): (Use().figures, NOTHING),
        (*KEY[:3], "v8"): (NOTHING, Use(input=30_000).figures),
    }
    explanation = told(rows)
    assert only(explanation, "tokens_per_call")
    assert explanation.rankings["prompt_version"].largest[0].key == ("v8",)


# The definition itself, and the other way to compute it.

FRACTIONS = st.fractions(0, 100, max_denominator=1_000)


def by_coalitions(
    factors: Sequence[Factor], value: Callable[[frozenset[Factor]], Fraction]
) -> dict[Factor, Fraction]:
    """Shapley's own formula over all coalitions."""
    count = len(factors)
    found = dict.fromkeys(factors, Fraction(0))
    for factor in factors:
        others = [each for each in factors if each != factor]
        for size in range(count):
            weight = Fraction(factorial(size) * factorial(count - 1 - size), factorial(count))
            for chosen in combinations(others, size):
                without = frozenset(chosen)
                found[factor] += weight * (value(without | {factor}) - value(without))
    return found


@given(st.lists(st.tuples(FRACTIONS, FRACTIONS), min_size=1, max_size=6))
def test_the_quick_way_is_shapleys_formula_over_all_coalitions(
    pairs: list[tuple[Fraction, Fraction]],
) -> None:
    """Up to 64 coalitions of a product of six factors, in fractions, beside a few points of a polynomial."""
    states = dict(zip(FACTORS, pairs, strict=False))

    def value(window: frozenset[Factor]) -> Fraction:
        product = Fraction(1)
        for factor, (before, after) in states.items():
            product *= after if factor in window else before
        return product

    quick = shapley_values({factor: player(*state) for factor, state in states.items()})
    exact = by_coalitions(list(states), value)
    for factor, expected in exact.items():
        assert int(quick[factor][0]) == expected * (1 << FRACTION_BITS) // 1


def player(before: Fraction, after: Fraction) -> Player:
    """One factor of one term."""
    denominator = before.denominator * after.denominator
    numbers = (int(before * denominator), int(after * denominator), denominator)
    return Player(*(np.array([number], dtype=object) for number in numbers))


@given(st.lists(st.tuples(FRACTIONS, FRACTIONS), min_size=4, max_size=4))
def test_the_names_of_factors_make_no_difference(pairs: list[tuple[Fraction, Fraction]]) -> None:
    """Whatever the factors are called and in whichever order they come, each adds what its numbers say."""
    players = [player(*pair) for pair in pairs]
    names: list[Factor] = ["volume", "price", "thinking", "model_mix"]
    first = shapley_values(dict(zip(names, players, strict=True)))
    for renamed in permutations(names):
        again = shapley_values(dict(zip(renamed, players, strict=True)))
        assert [again[name][0] for name in renamed] == [first[name][0] for name in names]


@given(st.lists(st.integers(-(2**80), 2**80), min_size=1, max_size=8), st.integers(0, 1))
def test_whole_amounts_sum_to_what_is_asked_and_are_nowhere_off_by_more_than_one(
    fixed: list[int], rounding: int
) -> None:
    """The largest remainders get the pico that cutting has left over."""
    total = (sum(fixed) >> FRACTION_BITS) + rounding
    found = whole(fixed, total)
    assert sum(found) == total
    assert all(
        abs(part - (each >> FRACTION_BITS)) <= 2 for part, each in zip(found, fixed, strict=True)
    )


@given(USES, USES, USES, USES)
def test_the_parts_are_shapleys_values_of_the_spend_that_is_defined(
    flash: Use, pro: Use, flash_now: Use, pro_now: Use
) -> None:
    """All 64 coalitions of the value function as ``terms`` writes it down, for a feature with two models."""
    states = ((flash, flash_now), (pro, pro_now))

    def value(window: frozenset[Factor]) -> Fraction:
        def of(factor: Factor, state: tuple[Use, Use]) -> Use:
            return state[factor in window]

        calls = sum(of("volume", state).calls for state in states)
        every = sum(of("model_mix", state).calls for state in states)
        return sum(
            (
                Fraction(calls * of("model_mix", state).calls, every) * a_call(of, state)
                for state in states
            ),
            Fraction(0),
        )

    def a_call(of: Callable[[Factor, tuple[Use, Use]], Use], state: tuple[Use, Use]) -> Fraction:
        tokens, cache = of("tokens_per_call", state), of("cache_hits", state)
        thinking, price = of("thinking", state), of("price", state).price
        prompt = tokens.input + tokens.cache_read
        cached = Fraction(cache.cache_read, cache.input + cache.cache_read)
        thoughts = Fraction(thinking.thoughts, thinking.answer) * tokens.answer
        input_tokens = prompt * (1 - cached + cached / 4) + tokens.tool_use
        return (input_tokens + 8 * (tokens.answer + thoughts)) * price + tokens.fee

    rows = {
        ("a", "b", "flash", None): (flash.figures, flash_now.figures),
        ("a", "b", "pro", None): (pro.figures, pro_now.figures),
    }
    exact = by_coalitions(FACTORS, value)
    explanation = told(rows)
    assert value(frozenset()) == explanation.usual_pico_usd
    assert value(frozenset(FACTORS)) == explanation.spent_pico_usd
    assert all(abs(explanation.parts[each] - exact[each]) < 1 for each in FACTORS)


# What people read.


def test_the_line_names_the_largest_contributor_and_what_changed_most() -> None:
    """Who, how much of it, and why."""
    chat = Use(calls=50_000)
    rows = {
        ("support", "chat", "gemini-2.5-flash", None): (
            chat.figures,
            replace(chat, calls=51_000).figures,
        ),
        KEY: (Use(calls=300).figures, Use(calls=300, input=21_000).figures),
    }
    assert line(told(rows)) == (
        "largest contributor: growth / search / gemini-2.5-pro with $12.00 of $17.20 excess; "
        "mostly tokens per call"
    )


def test_a_version_that_takes_over_is_not_said_to_be_more_than_everything() -> None:
    """Where others fell by as much, both amounts are told apart."""
    rows = {
        ("growth", "search", "flash", None): (Use(calls=5_000).figures, NOTHING),
        ("growth", "search", "pro", None): (NOTHING, Use(calls=5_000, price=4_000_000).figures),
    }
    assert line(told(rows)) == (
        "largest contributor: growth / search / pro with $52.00 above its usual, $26.00 of excess in all; "
        "mostly model mix"
    )


def test_a_window_at_its_usual_says_so_and_an_empty_one_says_nothing() -> None:
    """A budget that fills as it always does has a largest contributor, and no excess."""
    usual = Use(calls=5_000).figures
    assert line(told({KEY: (usual, usual)})) == (
        "largest contributor: growth / search / gemini-2.5-pro with $26.00 of $26.00; "
        "no more than usual ($26.00)"
    )
    assert line(told({})) == ""
    assert line(told({KEY: (usual, NOTHING)})) == ""
