"""What is asked again, when, and how often; and how many are asked at once."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.judge_server import VERDICT, Reply, blocked, failed, judge_server, said

from gemledger_collector.judge.backoff import LONGEST_SECONDS, pause_seconds
from gemledger_collector.judge.failures import NEVER_AGAIN, ONCE_MORE, Kind, attempts_after
from gemledger_collector.judge.judging import Halt

from .conftest import MINUTE, Bench, judge_spend, point_sdk_at

HALF = VERDICT[:40]


@pytest.mark.parametrize(
    ("reply", "kind", "calls", "reason"),
    [
        (said("The answer is fine."), Kind.NOT_JSON, 2, "no JSON"),
        (said(HALF), Kind.NOT_JSON, 2, "no JSON"),
        (said(HALF, finish="MAX_TOKENS"), Kind.CUT_OFF, 2, "max_output_tokens"),
        (said(VERDICT.replace("good", "splendid")), Kind.LABEL, 2, "'splendid' is none of"),
        (said(VERDICT.replace("good", "GOOD")), Kind.LABEL, 2, "'GOOD' is none of"),
        (said(VERDICT.replace("1}", "5}")), Kind.SCORE, 2, "5 is not between 0 and 1"),
        (said('["good"]'), Kind.SHAPE, 2, "no JSON object"),
        (said(VERDICT.replace('"label"', '"sure": 1, "label"')), Kind.SHAPE, 2, "'sure', which nobody asked"),
        (said(VERDICT.replace("good", "He said: no")), Kind.LABEL, 2, "label (more than a word) is none"),
        (said(VERDICT.replace('"label"', '"He said no": 1, "label"')), Kind.SHAPE, 2, "(more than a word), which"),
        (said(""), Kind.NOTHING, 2, "answered nothing"),
        ((200, {"usageMetadata": {"promptTokenCount": 9}}), Kind.NOTHING, 2, "answered nothing"),
        (said("", finish="SAFETY"), Kind.BLOCKED, 1, "withheld: SAFETY"),
        (blocked("PROHIBITED_CONTENT"), Kind.BLOCKED, 1, "withheld: PROHIBITED_CONTENT"),
        (failed(503), Kind.UNAVAILABLE, 4, "503"),
        (failed(500), Kind.UNAVAILABLE, 4, "500"),
        (failed(504), Kind.TIMEOUT, 4, "504"),
        (failed(429, retry="7s"), Kind.LIMITED, 4, "429"),
        (failed(400), Kind.BAD_REQUEST, 2, "400"),
        (failed(403), Kind.REFUSED, 4, "403"),
    ],
)  # fmt: skip
def test_every_failure_is_an_error_row_and_retried_where_that_can_help(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, reply: Reply, kind: Kind, calls: int, reason: str
) -> None:
    """Never a label, never a score; a slip of the tongue is asked about once more, a block never."""
    bench.answer()
    with judge_server(reply=lambda _: reply) as server:
        point_sdk_at(monkeypatch, server.url)
        judging = bench.judging(max_attempts=4)
        now = time.time_ns()
        for attempt in range(6):
            done = judging.round(now + attempt * 2 * MINUTE)
            assert set(done.kinds) <= {kind}
        assert len(server.bodies) == calls
    rows = bench.rows()
    assert len(rows) == calls
    assert {(row["label"], row["score"]) for row in rows} == {(None, None)}
    assert all(reason in row["error"] for row in rows)


def test_what_was_not_captured_is_never_asked_about(bench: Bench) -> None:
    """One row with the reason, once and for all, and no call."""
    bench.capture("How far?", "160 metres.")
    judging = bench.judging(rule={"rubrics": ["hallucination"]})
    now = time.time_ns()
    assert judging.round(now).kinds == {Kind.NO_CONTEXT: 1}
    assert judging.round(now + 60 * MINUTE).halt is Halt.DONE
    (row,) = bench.rows()
    assert row["error"] == "no context was captured"
    assert judge_spend(bench) == 0


def test_an_answer_beyond_the_limit_is_never_asked_about(bench: Bench) -> None:
    """Nobody pays for a megabyte by accident."""
    bench.capture("How far?", "far " * 400)
    assert bench.judging(max_characters=1000).round(time.time_ns()).kinds == {Kind.TOO_LONG: 1}
    assert judge_spend(bench) == 0


def test_after_a_rate_limit_the_rest_of_the_round_is_left_alone(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first 429 speaks for all; Google's delay is handed on, and no answer loses an attempt in vain."""
    for _ in range(8):
        bench.answer()
    with judge_server(reply=lambda _: failed(429, retry="34.5s")) as server:
        point_sdk_at(monkeypatch, server.url)
        done = bench.judging(concurrency=1).round(time.time_ns())
        assert len(server.bodies) == 1
    assert (done.halt, done.wait_seconds, done.errors) == (Halt.LIMITED, 34.5, 1)
    assert len(bench.rows()) == 1


def test_a_quota_of_the_day_is_not_asked_about_every_half_minute(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Google names the delay of a minute's quota even then."""
    bench.answer()
    over = failed(429, retry="41s", quota="GenerateRequestsPerDayPerProjectPerModel-FreeTier")
    with judge_server(reply=lambda _: over) as server:
        point_sdk_at(monkeypatch, server.url)
        assert bench.judging().round(time.time_ns()).wait_seconds == 3600


@pytest.mark.parametrize("concurrency", [1, 3, 16])
def test_no_more_are_asked_at_once_than_configured(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, concurrency: int
) -> None:
    """Also with a round that is full."""
    for _ in range(48):
        bench.answer()
    with judge_server(seconds=0.02) as server:
        point_sdk_at(monkeypatch, server.url)
        judging = bench.judging(concurrency=concurrency)
        while judging.round(time.time_ns()).halt is Halt.MORE:
            pass
        assert server.most_at_once <= concurrency
        assert server.most_at_once >= min(2, concurrency)  # how many more depends on the machine
        assert len(server.bodies) == 48


def test_how_the_judge_is_asked(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Temperature 0, the shape as a schema with its labels, a bounded answer, and no filter between it and harm."""
    bench.answer()
    with judge_server() as server:
        point_sdk_at(monkeypatch, server.url)
        bench.judging(max_output_tokens=700).round(time.time_ns())
    (body,) = server.bodies
    asked = body["generationConfig"]
    assert (asked["temperature"], asked["maxOutputTokens"]) == (0, 700)
    assert asked["responseMimeType"] == "application/json"
    assert asked["responseSchema"]["properties"]["label"]["enum"] == ["good", "bad", "cannot_tell"]
    assert asked["responseSchema"]["property_ordering"][0] == "evidence"
    assert {each["threshold"] for each in body["safetySettings"]} == {"BLOCK_NONE"}


def test_a_call_that_may_have_been_billed_unseen_counts_as_spent(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer within the timeout, or one without usage: what was set aside for it stays so."""
    bench.answer()
    now = time.time_ns()
    with judge_server(seconds=0.6) as server:
        point_sdk_at(monkeypatch, server.url)
        judging = bench.judging(timeout="100ms", daily_budget_usd="1.00")
        assert judging.round(now).kinds == {Kind.TIMEOUT: 1}
    taken = 10**12 - judging.budget.left_pico_usd(now)
    assert taken > 0
    assert judge_spend(bench) == 0
    with judge_server(reply=lambda _: said(VERDICT, usage=False)) as server:
        point_sdk_at(monkeypatch, server.url)
        judging = bench.judging(daily_budget_usd="1.00")
        assert judging.round(now + 2 * MINUTE).judged == 1
    assert 10**12 - judging.budget.left_pico_usd(now) == 2 * taken


@given(st.sampled_from(list(Kind)), st.integers(1, 10))
def test_no_answer_is_asked_about_more_often_than_allowed(kind: Kind, most: int) -> None:
    """Whatever happens: at most ``most`` times; some kinds twice, some once."""
    attempts, asked = 0, 0
    while attempts < most:
        attempts = attempts_after(kind, attempts, most)
        asked += 1
    limit = 1 if kind in NEVER_AGAIN else 2 if kind in ONCE_MORE else most
    assert asked == min(limit, most)


@given(
    st.floats(0.01, 3600),
    st.integers(0, 100),
    st.floats(0, 3600),
    st.floats(0, 1, exclude_max=True),
)
def test_the_pause_grows_with_failures_is_bounded_and_keeps_googles_delay(
    interval: float, failures: int, hint: float, drawn: float
) -> None:
    """After a success it is the interval again."""
    pause = pause_seconds(interval, failures, hint, drawn)
    if failures == 0:
        assert pause == interval
    else:
        assert pause >= hint
        assert pause <= max(LONGEST_SECONDS, hint)
        assert pause <= pause_seconds(interval, failures + 1, hint, drawn)


def test_what_the_model_was_told_reaches_a_rubric_that_needs_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The captured system instruction, in its own tags."""
    told = '[{"type": "text", "content": "Be brief."}]'
    bench.capture("How far?", "160 metres.", system_instructions=told)
    with judge_server() as server:
        point_sdk_at(monkeypatch, server.url)
        bench.judging(rule={"rubrics": ["hallucination"]}).round(time.time_ns())
    text = server.bodies[0]["contents"][0]["parts"][0]["text"]
    assert "<instructions " in text
    assert "Be brief." in text
