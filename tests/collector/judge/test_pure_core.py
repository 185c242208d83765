"""The pure parts by property: the sample, the intervals, and what is taken for a verdict."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemledger_collector.estimation.rates import mean, rate, student_95
from gemledger_collector.judge import prompt, rubric
from gemledger_collector.judge.sampling import positions
from gemledger_collector.judge.transcript import Exchange, NothingToJudge, exchange
from gemledger_collector.judge_config import JudgeConfig

from .conftest import message

TRACE_IDS = st.integers(1, 2**128 - 1).map(lambda number: f"{number:032x}")
RATES = st.floats(0, 1, exclude_min=True)
COUNTS = st.integers(1, 10_000).flatmap(
    lambda total: st.tuples(st.integers(0, total), st.just(total))
)


@given(TRACE_IDS, RATES, RATES)
def test_who_is_in_a_sample_is_in_every_larger_one(trace_id: str, one: float, other: float) -> None:
    """Raising the rate adds answers and takes none away; a rate of 1 takes all."""
    low, high = sorted((one, other))
    assert positions.chosen(trace_id, low, "salt") <= positions.chosen(trace_id, high, "salt")
    assert positions.chosen(trace_id, 1.0, "salt")


@given(st.integers(0, 2**32), st.sampled_from([0.01, 0.1, 0.5]))
def test_the_sample_has_the_asked_size(seed: int, share: float) -> None:
    """Of four thousand traces as many are chosen as chance allows: within five standard deviations."""
    chosen = sum(
        positions.chosen(f"{seed + number:032x}", share, "rule/") for number in range(4000)
    )
    assert abs(chosen - 4000 * share) <= 5 * math.sqrt(4000 * share * (1 - share))


def test_the_sample_is_the_same_in_every_process() -> None:
    """The very digits, so that another machine or a later version cannot silently draw another sample."""
    assert positions.position("0" * 32, "support-quality/") == "7bd1abd1ca47efbc"
    assert positions.threshold(0.5) == "8000000000000000"


@given(COUNTS)
def test_wilsons_interval_lies_in_0_to_1_and_holds_its_rate(counts: tuple[int, int]) -> None:
    """Also at shares of exactly 0 and 1, where simpler intervals collapse."""
    found = rate(*counts)
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high


@given(COUNTS, st.integers(2, 20))
def test_more_samples_of_the_same_share_narrow_the_interval(
    counts: tuple[int, int], times: int
) -> None:
    """Knowing more means knowing better."""
    hits, total = counts
    few, many = rate(hits, total), rate(hits * times, total * times)
    assert few is not None
    assert many is not None
    assert many.high - many.low < few.high - few.low


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"), [(5, 100, 0.022, 0.112), (25, 500, 0.034, 0.073)]
)
def test_wilsons_interval_has_the_published_bounds(
    hits: int, total: int, low: float, high: float
) -> None:
    """5 % of 100 is 2.2 to 11.2 %, of 500 it is 3.4 to 7.3 %."""
    found = rate(hits, total)
    assert found is not None
    assert (round(found.low, 3), round(found.high, 3)) == (low, high)


def test_nothing_judged_is_no_rate() -> None:
    """None of none is unknown, not zero."""
    assert rate(0, 0) is None
    assert mean(0, 0, 0) is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_a_mean_lies_in_its_interval_and_the_interval_in_0_to_1(scores: list[float]) -> None:
    """Whatever the scores."""
    found = mean(sum(scores), sum(score * score for score in scores), len(scores))
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert math.isclose(found.value, sum(scores) / len(scores), abs_tol=1e-9)


@pytest.mark.parametrize(
    ("degrees", "quantile"), [(1, 12.706), (5, 2.571), (10, 2.228), (30, 2.042), (1000, 1.962)]
)
def test_students_quantile_is_that_of_the_tables(degrees: int, quantile: float) -> None:
    """Within 0.2 %."""
    assert student_95(degrees) == pytest.approx(quantile, rel=2e-3)


@given(st.sampled_from(rubric.LABELS), st.floats(0, 1), st.text(max_size=50), st.text(max_size=50))
def test_a_verdict_of_the_asked_shape_is_taken_as_it_is(
    label: str, score: float, evidence: str, reason: str
) -> None:
    """Label and score unchanged."""
    said = json.dumps({"label": label, "score": score, "evidence": evidence, "reason": reason})
    assert prompt.parse(said) == prompt.Verdict(label, score, evidence, reason)


@pytest.mark.parametrize(
    "said",
    [
        None,
        "",
        "fine",
        "[]",
        '"good"',
        '{"label": "good"}',
        '{"label": "good", "score": true, "evidence": "", "reason": ""}',
        '{"label": "good", "score": NaN, "evidence": "", "reason": ""}',
        '{"label": "good", "score": "5", "evidence": "", "reason": ""}',
        '{"label": "good", "score": 1.01, "evidence": "", "reason": ""}',
        '{"label": ["good"], "score": 1, "evidence": "", "reason": ""}',
        '{"label": "good", "score": 1, "evidence": null, "reason": ""}',
        '{"label": "good", "score": 5, "evidence": "", "reason": ""}',
        '{"label": "Good", "score": 1, "evidence": "", "reason": ""}',
        '{"label": "good ", "score": 1, "evidence": "", "reason": ""}',
        '{"label": "good", "score": 1, "evidence": "", "reason": "", "confidence": 1}',
        '{"label": "bad", "label": "good", "score": 1, "evidence": "", "reason": ""}',
        '{"label": "good", "score": 1e999, "evidence": "", "reason": ""}',
        '```json\n{"label": "good", "score": 1, "evidence": "", "reason": ""}\n```',
        '{"label": "good", "score": 1, "evidence": "", "reason": ""} So it is good.',
        "[" * 100_000,
    ],
)
def test_anything_else_is_not_a_verdict(said: str | None) -> None:
    """It raises, with the reason; there is no default."""
    with pytest.raises(prompt.NotAVerdict, match="the judge"):
        prompt.parse(said)


def test_the_last_question_of_a_conversation_is_the_one_that_was_answered() -> None:
    """Earlier turns and the model's own are passed over."""
    turns = (
        json.loads(message("user", "first?"))
        + json.loads(message("model", "1"))
        + json.loads(message("user", "2nd?"))
    )
    found = exchange(json.dumps(turns), message("model", "second"))
    assert found == Exchange("2nd?", "second", context="[user] first?\n[model] 1")


@pytest.mark.parametrize(
    "captured", ["", "{}", "[]", "[1]", '[{"parts": 3}]', '[{"parts": [{"type": "text"}]}]']
)
def test_messages_without_text_hold_nothing_to_judge(captured: str) -> None:
    """Whatever shape they have, it is said, not guessed."""
    with pytest.raises(NothingToJudge):
        exchange(None, captured)


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ({"rules": [{"name": "a", "sample_rate": 0}]}, "greater than 0"),
        ({"rules": [{"name": "a", "sample_rate": 1.5}]}, "less than or equal to 1"),
        ({"rules": [{"name": "a", "rubrics": ["charm"]}]}, "accuracy, .*, tone"),
        ({"rules": [{"name": "a", "rubrics": ["tone", "tone"]}]}, "give each once"),
        ({"rules": [{"name": "a"}, {"name": "a"}]}, "share a name"),
        ({"daily_budget_usd": 0}, "above 0"),
        ({"interval": "0s"}, "above 0"),
        ({"model": "gemini-flash-latest"}, "name the model itself"),
        ({"max_output_tokens": 10}, "greater than or equal to 256"),
        ({"rubrics": "/there/is/no/such/folder"}, "is no folder"),
        ({"rules": [{"name": "a", "rubrics": []}]}, "neither rubrics nor checks"),
    ],
)
def test_a_wrong_setting_of_the_judge_is_refused(written: dict[str, object], what: str) -> None:
    """With words that lead to a right one."""
    with pytest.raises(ValueError, match=what):
        JudgeConfig.model_validate(written)
