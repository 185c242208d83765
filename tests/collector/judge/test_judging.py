"""Rounds of judging through the real SDK: what is judged, what it costs, and what is never judged."""

import time

import pytest

from gemledger_collector.alerts_config import Filter
from gemledger_collector.errors import Overloaded
from gemledger_collector.estimation.rates import rate
from gemledger_collector.judge.grade import open_judge
from gemledger_collector.judge.judging import Halt, Judging
from gemledger_collector.judge.sampling import positions
from gemledger_simulator.process import SimulatorProcess

from .conftest import MINUTE, Bench, all_rounds, configured, judge_spend, point_sdk_at

NANO = 10**9


def test_answers_are_judged_for_accuracy_and_tone(bench: Bench) -> None:
    """Label, score, evidence and reason for each dimension; the two do not mix."""
    wrong = bench.answer(wrong=True)
    rude = bench.answer(rude=True)
    good = bench.answer()
    assert all_rounds(bench.judging(rule={"rubrics": ["accuracy", "tone"]})) is Halt.DONE
    labels = {(int(row["trace_id"], 16), row["dimension"]): row for row in bench.rows()}
    assert {key: row["label"] for key, row in labels.items()} == {
        (wrong, "accuracy"): "bad",
        (wrong, "tone"): "good",
        (rude, "accuracy"): "good",
        (rude, "tone"): "bad",
        (good, "accuracy"): "good",
        (good, "tone"): "good",
    }
    row = labels[wrong, "accuracy"]
    assert row["score"] < 0.5
    assert row["evidence"]
    assert row["reason"]
    assert row["judge_model"] == "gemini-2.5-flash-lite"
    assert row["rubric_version"] == "1"
    assert row["span_id"] == f"{wrong:016x}"


def test_the_judges_own_calls_are_in_the_ledger_and_marked(bench: Bench) -> None:
    """They cost money like any other call, and their purpose tells them apart."""
    bench.answer()
    judging = bench.judging()
    all_rounds(judging)
    assert judge_spend(bench) > 0
    with bench.store.reading() as snapshot:
        first = snapshot.query("alerts_spend_by_slot", _everything())
    assert sum(int(pico) for pico in first["cost_pico_usd"].to_pylist()) == judge_spend(bench)


def _everything() -> dict[str, object]:
    return {"since_slot": 0, **dict.fromkeys(Filter.model_fields)}


def test_the_judge_never_judges_itself(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where content capture is on in the collector's own process, its prompts are no answers to judge."""
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "SPAN_ONLY")
    bench.answer()
    bench.capture("How far?", "160 metres.", purpose="judge")
    judging = bench.judging(rule={"filter": {}})
    assert all_rounds(judging) is Halt.DONE
    assert all_rounds(judging) is Halt.DONE
    assert len(bench.rows()) == 1


def test_a_restart_judges_nothing_twice(bench: Bench) -> None:
    """What was judged is in the store; a new process asks only for what is new."""
    bench.answer()
    all_rounds(bench.judging())
    spent = judge_spend(bench)
    all_rounds(bench.judging())
    assert len(bench.rows()) == 1
    assert judge_spend(bench) == spent
    bench.answer()
    all_rounds(bench.judging())
    assert len(bench.rows()) == 2


def test_only_the_sample_is_judged_and_the_database_draws_it_as_python_does(bench: Bench) -> None:
    """The choice made in SQL is that of the pure function, key for key."""
    numbers = [bench.answer() for _ in range(60)]
    all_rounds(bench.judging(rule={"sample_rate": 0.3}))
    judged = {int(row["trace_id"], 16) for row in bench.rows()}
    assert judged == {each for each in numbers if positions.chosen(f"{each:032x}", 0.3)}
    assert 0 < len(judged) < 60


def test_a_sample_by_conversation_takes_whole_conversations(bench: Bench) -> None:
    """All turns of a conversation are judged, or none."""
    for turn in range(40):
        bench.answer(conversation_id=f"conversation-{turn % 8}")
    all_rounds(bench.judging(rule={"sample_rate": 0.5, "sample_by": "conversation"}))
    judged = [(int(row["trace_id"], 16) - 1) % 8 for row in bench.rows()]
    assert {judged.count(conversation) for conversation in set(judged)} == {5}
    assert 0 < len(set(judged)) < 8


def test_a_rule_judges_only_what_its_filter_names(bench: Bench) -> None:
    """Another feature's answers are none of its business."""
    bench.answer(feature="doc-search")
    chat = bench.answer()
    all_rounds(bench.judging(rule={"filter": {"feature": "support-chat"}}))
    assert [int(row["trace_id"], 16) for row in bench.rows()] == [chat]


def test_answers_that_are_too_old_are_left_alone(bench: Bench) -> None:
    """Past the maximal age nobody asks any more."""
    bench.answer(start_time_unix_nano=time.time_ns() - 2 * 86400 * NANO)
    all_rounds(bench.judging(max_age="1d"))
    assert bench.rows() == []


def test_the_daily_budget_stops_judging_before_it_is_exceeded(bench: Bench) -> None:
    """The most a call can cost is reserved before it is made, so the limit holds to the pico."""
    for _ in range(30):
        bench.answer()
    judging = bench.judging(daily_budget_usd="0.0030")
    assert all_rounds(judging) is Halt.BUDGET
    assert 0 < len(bench.rows()) < 30
    assert judge_spend(bench) <= 3 * 10**9
    spent = judge_spend(bench)
    assert all_rounds(bench.judging(daily_budget_usd="0.0030")) is Halt.BUDGET, (
        "a restart brings no new money"
    )
    assert judge_spend(bench) <= max(spent, 3 * 10**9)
    assert all_rounds(bench.judging()) is Halt.DONE
    assert len(bench.rows()) == 30


def test_spend_that_could_not_be_stored_still_counts_against_the_day(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the ledger does not know a call, what was reserved for it stays reserved until midnight."""

    def refuse(_: bytes) -> None:
        raise Overloaded("no room")

    bench.answer()
    config = configured(daily_budget_usd="0.0100")
    judge = open_judge(config, refuse)
    bench.judges.append(judge)
    judging = Judging(bench.store, config, judge)
    now = time.time_ns()
    assert judging.round(now).judged == 1
    assert judging.round(now).halt is Halt.DONE
    assert "could not be stored" in caplog.text
    assert judge_spend(bench) == 0
    assert judging.budget.left_pico_usd(now) < 10**10
    assert judging.budget.left_pico_usd(now + 2 * 24 * 60 * MINUTE) == 10**10


def test_a_model_without_a_price_judges_nothing(bench: Bench) -> None:
    """Without a rate no budget can be kept, so no call is made."""
    bench.answer()
    assert all_rounds(bench.judging(model="gemini-of-my-dreams")) is Halt.UNPRICED
    assert bench.rows() == []


def test_the_measured_rate_agrees_with_a_judge_of_known_errors(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, simulator: SimulatorProcess
) -> None:
    """A quarter is wrong; at sensitivity 0.90 and specificity 0.95 the judge flags 26 %, and the interval says so."""
    point_sdk_at(monkeypatch, simulator.url)
    for number in range(240):
        bench.answer(wrong=number % 4 == 0)
    assert all_rounds(bench.judging()) is Halt.DONE
    labels = [row["label"] for row in bench.rows()]
    assert len(labels) == 240
    measured = rate(labels.count("bad"), len(labels))
    assert measured is not None
    assert measured.low <= 0.25 * 0.90 + 0.75 * 0.05 <= measured.high
    assert measured.high - measured.low < 0.12
