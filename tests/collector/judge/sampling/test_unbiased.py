"""Weighted by one over its probability, a sample says what the population is like; unweighted it lies."""

import random
import statistics
from collections import defaultdict
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import HOUR, MINUTE, NEVER, NOON, SECOND, Shop, judged_by

SHOPS = 150
ANSWERS = 120
"""Of each shop, in three slots."""
BOOSTS = [
    {"when": "long_answer", "above_tokens": 1000, "rate": 0.5},
    {"when": "cut_off", "rate": 1.0},
    {"when": "low_logprob", "below": -1.0, "rate": 0.3},
]


def population(shop: Shop) -> set[int]:
    """Answers of many shops alike; long, cut-off and unsure ones are bad far more often. Span ids of the bad ones."""
    chance, bad = random.Random(3), set()
    rows = []
    for number in range(SHOPS * ANSWERS):
        odd = chance.random() < 0.2
        facts: dict[str, Any] = {"answer_tokens": 100, "finish_reasons": "stop"}
        if odd:
            facts = chance.choice(
                (
                    {"answer_tokens": 2000},
                    {"finish_reasons": "max_tokens"},
                    {"avg_logprobs": -2.0, "finish_reasons": "stop"},
                )
            )
        at = NOON + number % ANSWERS * 15 * MINUTE // ANSWERS
        row = shop.answer(at, feature=f"shop-{number // ANSWERS}", **facts)
        if chance.random() < (0.4 if odd else 0.05):
            bad.add(row["span_id"])
        rows.append(row)
    shop.add(rows)
    return bad


def estimates(verdicts: list[dict[str, Any]], *, weighted: bool) -> list[float]:
    """The bad rate of each shop by its sample: sum of y/p by sum of 1/p."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in verdicts:
        weight = 1 / row["inclusion_probability"] if weighted else 1.0
        sums[row["feature"]][0] += weight * (row["label"] == "bad")
        sums[row["feature"]][1] += weight
    return [bad / all_ for bad, all_ in sums.values()]


def off_by(values: list[float], truth: float) -> float:
    """How far their mean is from the truth, in its standard errors."""
    error = statistics.stdev(values) / len(values) ** 0.5
    return float(abs(statistics.mean(values) - truth) / error)


def weights(verdicts: list[dict[str, Any]]) -> list[float]:
    """How many answers each shop's sample stands for: they are ANSWERS each."""
    sums: dict[str, float] = defaultdict(float)
    for row in verdicts:
        sums[row["feature"]] += 1 / row["inclusion_probability"]
    return list(sums.values())


def test_boosts_that_go_for_the_bad_do_not_bend_the_rate(shop: Shop) -> None:
    """With a floor, a rate, and thumbs that came before and after the verdict; the unweighted mean is far off."""
    bad = population(shop)
    truth = len(bad) / (SHOPS * ANSWERS)
    thumbs = [{"when": "thumbs_down", "rate": 0.8}]
    config = judged_by({"per_hour": 36, "burst": 1}, sample_rate=0.05, boosts=[*BOOSTS, *thumbs])
    complaining = [span for span in sorted(bad) if span % 3 == 0]
    for span in complaining[::2]:
        shop.thumb(NOON, response_id=f"response-{span}")
    shop.judge(config, NOON + MINUTE, frozenset(bad))  # before any slot is over
    shop.keep(config, NOON + HOUR)
    shop.judge(config, NOON + HOUR, frozenset(bad))
    for span in complaining[1::2]:
        shop.thumb(NOON + 2 * HOUR, response_id=f"response-{span}")
    shop.keep(config, NOON + 3 * HOUR)
    shop.judge(config, NOON + 3 * HOUR, frozenset(bad))

    verdicts = shop.verdicts()
    assert off_by(weights(verdicts), ANSWERS) < 3, "a sample stands for as many as there were"
    assert off_by(estimates(verdicts, weighted=False), truth) > 8
    # A ratio of two estimates leans by about one in its sample's size: less than a percent here.
    assert abs(statistics.mean(estimates(verdicts, weighted=True)) - truth) < 0.01


def test_the_representative_part_is_unbiased_without_weights(shop: Shop) -> None:
    """What is picked whatever it says may be counted as it is: change detection does."""
    bad = population(shop)
    config = judged_by({"per_hour": 100, "burst": 1}, sample_rate=NEVER, boosts=BOOSTS)
    shop.keep(config, NOON + HOUR)
    shop.judge(config, NOON + HOUR, frozenset(bad))
    alike = [row for row in shop.verdicts() if row["representative"]]
    assert off_by(estimates(alike, weighted=False), len(bad) / (SHOPS * ANSWERS)) < 3


def test_where_an_app_captures_a_share_that_is_its_answers_chance(shop: Shop) -> None:
    """The floor picks from what there is: probabilities never lie above the share that was captured."""
    from gemledger_collector.judge.sampling import positions  # noqa: PLC0415

    rows = [shop.answer(NOON + number * SECOND // 10) for number in range(3000)]
    captured = [
        {**row, "capture_rate": 0.3}
        for row in rows
        if positions.chosen(row["trace_id"].replace("-", ""), 0.3)
    ]
    shop.add(captured)
    config = judged_by({"per_hour": 12_000, "burst": 1}, sample_rate=0.9)
    shop.keep(config, NOON + HOUR)
    shop.judge(config, NOON + HOUR)
    verdicts = shop.verdicts()
    assert len(verdicts) == len(captured)
    assert {row["inclusion_probability"] for row in verdicts} == {0.3}


def test_what_was_captured_for_its_conversation_is_no_part_of_a_sample_of_traces(
    shop: Shop,
) -> None:
    """An app captures when either is drawn; a rule goes by one of them, and that one's share is known."""
    shop.add(
        [
            shop.answer(NOON + number, capture_rate=0.3, conversation_id="of all of them")
            for number in range(1000)
        ]
    )
    config = judged_by({"per_hour": 12_000, "burst": 1}, sample_rate=0.9)
    found = shop.drawn(config, NOON + HOUR)
    assert 200 < len(found) < 400
    assert {pick.inclusion_probability for pick in found} == {0.3}


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.floats(0.001, 1), st.floats(0.001, 1), st.booleans(), st.integers(0, 60))
def test_raising_the_rate_removes_nobody(
    shop: Shop, one: float, other: float, floored: bool, per_hour: int
) -> None:
    """Nor does adding a floor or a boost: who is in is in at every larger share."""
    now = NOON + HOUR
    with shop.store.reading() as snapshot:
        (known,) = snapshot.rows("store_counts")
    if known[1] == 0:
        shop.traffic(NOON, NOON + 10 * MINUTE, 10 * SECOND, answer_tokens=2000)
    low, high = sorted((one, other))
    name = f"rule-{low}-{high}-{floored}-{per_hour}"[:60]
    floor = {"per_hour": per_hour, "burst": 1} if floored and per_hour else None
    few = shop.picks(judged_by(None, name=name, sample_rate=low), now)
    more = shop.drawn(judged_by(floor, name=name, sample_rate=high), now)
    boosts = [{"when": "long_answer", "above_tokens": 1000, "rate": high}]
    boosted = shop.picks(judged_by(None, name=f"{name}-b", sample_rate=low, boosts=boosts), now)
    spans = {pick.answer.span_id for pick in few}
    assert spans <= {pick.answer.span_id for pick in more}
    assert spans <= {pick.answer.span_id for pick in boosted}
