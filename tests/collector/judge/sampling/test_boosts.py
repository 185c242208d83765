"""Answers that are judged more often for what they are, and how likely that made each."""

from typing import Any

import pytest

from .conftest import HOUR, MINUTE, NEVER, NOON, SECOND, Shop, judged_by

ODD: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"when": "low_logprob", "below": -0.5}, {"avg_logprobs": -0.51}, {"avg_logprobs": -0.5}),
    ({"when": "cut_off"}, {"finish_reasons": "max_tokens"}, {"finish_reasons": "stop"}),
    ({"when": "cut_off"}, {"finish_reasons": "stop,safety"}, {"finish_reasons": "stop,stop"}),
    ({"when": "cut_off"}, {"finish_reasons": "length"}, {"finish_reasons": "tool_calls"}),
    ({"when": "long_answer", "above_tokens": 500}, {"answer_tokens": 501}, {"answer_tokens": 500}),
    (
        {"when": "dear", "above_usd": "0.05"},
        {"cost_pico_usd": 5 * 10**10 + 1},
        {"cost_pico_usd": 5 * 10**10},
    ),
]


@pytest.mark.parametrize(("boost", "odd", "plain"), ODD)
def test_an_odd_answer_is_picked_and_a_plain_one_is_not(
    shop: Shop, boost: dict[str, Any], odd: dict[str, Any], plain: dict[str, Any]
) -> None:
    """At the boost's rate, for that reason, and not as one that speaks for the rest."""
    (wanted,) = shop.add([shop.answer(NOON, **odd)])
    shop.add([shop.answer(NOON, **plain), shop.answer(NOON)])
    (pick,) = shop.picks(judged_by(sample_rate=NEVER, boosts=[boost]), NOON + HOUR)
    assert pick.answer.span_id == wanted["span_id"]
    assert (pick.inclusion_probability, pick.because, pick.representative) == (
        1.0,
        boost["when"],
        False,
    )


def test_a_boost_of_a_half_picks_a_half(shop: Shop) -> None:
    """By the same hash as everything else, and says how likely it was."""
    shop.traffic(NOON, NOON + 400 * SECOND, SECOND, finish_reasons="max_tokens")
    boosts = [{"when": "cut_off", "rate": 0.5}]
    found = shop.picks(judged_by(sample_rate=0.1, boosts=boosts), NOON + HOUR)
    assert 150 < len(found) < 250
    assert {pick.inclusion_probability for pick in found} == {0.5}
    assert {pick.because for pick in found} == {"rate", "cut_off"}
    assert all(pick.representative == (pick.because == "rate") for pick in found)


def test_of_several_boosts_the_largest_counts(shop: Shop) -> None:
    """They do not add up."""
    shop.add([shop.answer(NOON, finish_reasons="max_tokens", answer_tokens=9000)])
    boosts = [
        {"when": "cut_off", "rate": 0.2},
        {"when": "long_answer", "above_tokens": 1, "rate": 1.0},
    ]
    (pick,) = shop.picks(judged_by(sample_rate=NEVER, boosts=boosts), NOON + HOUR)
    assert pick.inclusion_probability == 1.0


def test_a_thumb_down_brings_an_answer_in(shop: Shop) -> None:
    """By its span, by its trace, or by its response id; a thumb up does not."""
    rows = shop.traffic(NOON, NOON + 5, 1)
    shop.thumb(NOON + MINUTE, trace_id=rows[0]["trace_id"], span_id=rows[0]["span_id"])
    shop.thumb(NOON + MINUTE, trace_id=rows[1]["trace_id"])
    shop.thumb(NOON + MINUTE, response_id=rows[2]["response_id"])
    shop.thumb(NOON + MINUTE, response_id=rows[3]["response_id"], label="up")
    found = shop.picks(judged_by(sample_rate=NEVER, boosts=[{"when": "thumbs_down"}]), NOON + HOUR)
    assert {pick.answer.span_id for pick in found} == {row["span_id"] for row in rows[:3]}
    assert {pick.because for pick in found} == {"thumbs_down"}


def test_a_thumb_that_comes_after_the_verdict_changes_its_weight_and_asks_nobody(
    shop: Shop,
) -> None:
    """The verdict is written again with the probability it has by now; the last row counts."""
    rows = shop.traffic(NOON, NOON + 400, 1)
    config = judged_by(sample_rate=0.5, boosts=[{"when": "thumbs_down", "rate": 1.0}])
    judged = shop.judge(config, NOON + MINUTE, frozenset(row["span_id"] for row in rows))
    assert 150 < judged < 250
    before = {row["span_id"]: row for row in shop.verdicts()}
    late = [row for row in rows if row["span_id"] in before][:3]
    for row in late:
        shop.thumb(NOON + HOUR, response_id=row["response_id"])
    shop.keep(config, NOON + HOUR)
    assert shop.picks(config, NOON + HOUR) == []
    after = {row["span_id"]: row for row in shop.verdicts()}
    changed = {span for span in after if after[span] != before[span]}
    assert changed == {row["span_id"] for row in late}
    for span in changed:
        assert after[span]["inclusion_probability"] == 1.0
        assert after[span]["representative"]
        assert (after[span]["label"], after[span]["sampled_because"]) == ("bad", "rate")
    shop.keep(config, NOON + HOUR)
    shop.keep(config, NOON + 2 * HOUR)
    assert {row["span_id"]: row for row in shop.verdicts()} == after, "once is enough"


def test_a_verdict_from_before_its_slot_was_over_gets_the_floors_weight(shop: Shop) -> None:
    """The rate picked it at once; what the floor adds is known later, and judged with the rest."""
    shop.traffic(NOON, NOON + 5 * MINUTE, SECOND)
    config = judged_by({"per_hour": 1200, "burst": 1}, sample_rate=0.05)
    assert 5 < shop.judge(config, NOON + MINUTE) < 30
    shop.keep(config, NOON + HOUR)
    shop.judge(config, NOON + HOUR)
    (slot,) = shop.slots()
    verdicts = shop.verdicts()
    assert len(verdicts) == 100
    assert {row["inclusion_probability"] for row in verdicts} == {slot["threshold"]}


def test_a_new_prompt_version_is_judged_wholly_for_a_while(shop: Shop) -> None:
    """From its first answer on, and as one that speaks for the rest; one that was always there is not new."""
    shop.traffic(NOON - 3 * HOUR, NOON + 3 * HOUR, MINUTE)
    shop.traffic(NOON + 90 * SECOND, NOON + 3 * HOUR, MINUTE, prompt_version="v2")
    boosts = [{"when": "new_prompt_version", "for": "1h", "rate": 1.0}]
    found = shop.picks(judged_by(sample_rate=NEVER, boosts=boosts), NOON + 12 * HOUR)
    assert len(found) == 60
    assert {pick.answer.prompt_version for pick in found} == {"v2"}
    assert {(pick.because, pick.representative) for pick in found} == {("new_prompt_version", True)}


def test_the_ledger_knows_a_version_longer_than_captured_content(shop: Shop) -> None:
    """What was deleted, or never captured, is not new when it is captured again."""
    shop.traffic(NOON - 3 * HOUR, NOON, MINUTE)
    shop.traffic(NOON, NOON + HOUR, MINUTE, prompt_version="v2")
    config = judged_by(
        sample_rate=NEVER, boosts=[{"when": "new_prompt_version", "for": "1h", "rate": 1.0}]
    )
    assert len(shop.picks(config, NOON + 2 * HOUR)) == 60
    shop.booked(NOON - 2 * HOUR, feature="support-chat", prompt_version="v2")
    assert shop.picks(config, NOON + 2 * HOUR) == []


def test_a_filter_names_the_environment(shop: Shop) -> None:
    """What a tester types is none of a rule for production."""
    shop.traffic(NOON, NOON + 3, 1, environment="production")
    shop.traffic(NOON, NOON + 4, 1, environment="staging")
    config = judged_by({"per_hour": 40}, sample_rate=NEVER, filter={"environment": "production"})
    assert len(shop.drawn(config, NOON + HOUR)) == 3
