"""Judges that do not do what they are asked, judges of one's own, and judges beside people."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.evaluating import evaluate, item, write
from support.judge_server import (
    ANSWER_TOKENS,
    PROMPT_TOKENS,
    VERDICT,
    JudgeServer,
    Reply,
    blocked,
    failed,
    judge_server,
    said,
)

TONE = ("--rubric", "tone", "--judge", "gemini-2.5-flash-lite")
COST_OF_ONE = PROMPT_TOKENS * 100_000 + ANSWER_TOKENS * 400_000
OVERLAY = """
[[model]]
platform = "gemini_api"
id = "gemini-9-supreme"
[[model.rate]]
from = 2026-01-01
usd_per_million_tokens = { input = 2, output = 8 }
"""
RUBRIC = """
name: brevity
version: "1"
word: rambling answer
instructions: Say whether the answer says more than was asked. Nothing else is your concern.
labels:
  good: It answers, and stops.
  bad: It goes on after the answer.
  cannot_tell: There is no answer.
"""


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """A data set of one answer."""
    return write(tmp_path / "one.jsonl", [item(1)])


@pytest.mark.parametrize(
    ("reply", "kind", "calls", "reason"),
    [
        (said("The answer is fine."), "not_json", 2, "no JSON"),
        (said(VERDICT[:40]), "not_json", 2, "no JSON"),
        (said(VERDICT[:40], finish="MAX_TOKENS"), "cut_off", 2, "not whole"),
        (said(VERDICT.replace("good", "splendid")), "unknown_label", 2, "'splendid' is none of"),
        (said(VERDICT.replace("1}", "5}")), "wrong_score", 2, "5 is not between 0 and 1"),
        (said(""), "nothing_said", 2, "no text"),
        (said("", finish="SAFETY"), "blocked", 1, "no answer: SAFETY"),
        (blocked("PROHIBITED_CONTENT"), "blocked", 1, "PROHIBITED_CONTENT"),
        (failed(429, retry="3600s"), "rate_limited", 1, "429"),
        (failed(400), "bad_request", 1, "400"),
    ],
)
def test_an_answer_that_is_no_verdict_is_an_error_with_its_reason(
    one: Path, reply: Reply, kind: str, calls: int, reason: str
) -> None:
    """Counted, asked once more where that can help, and never a score; each attempt is paid."""
    with judge_server(reply=lambda _: reply) as server:
        done = evaluate(one, *TONE, url=server.url)
        assert len(server.bodies) == calls
    assert done.process.returncode == 1, done.process.stderr
    judged = done.judged("tone")
    assert (judged["judged"], judged["errors"], judged["error_kinds"]) == (0, 1, {kind: 1})
    assert (judged["bad_rate"], judged["mean_score"]) == (None, None)
    assert len(done.lines) == calls
    assert all(reason in line["error"] and "score" not in line for line in done.lines)
    assert judged["judge_cost_pico_usd"] == done.figures["spent_pico_usd"]
    if reply[0] == 200 and "candidates" in reply[1]:
        assert int(done.figures["spent_pico_usd"]) == calls * COST_OF_ONE


@pytest.mark.parametrize("first", [said("Well, …"), failed(503), failed(429, retry="0.2s")])
def test_what_was_over_in_a_moment_is_no_error(one: Path, first: Reply) -> None:
    """The second answer counts, and both are paid."""
    with judge_server(reply=lambda number: said(VERDICT) if number else first) as server:
        done = evaluate(one, *TONE, url=server.url)
        assert len(server.bodies) == 2
    assert done.process.returncode == 0, done.process.stderr
    judged = done.judged("tone")
    assert (judged["judged"], judged["errors"]) == (1, 0)
    paid = 2 if first[0] == 200 else 1
    assert judged["judge_cost_pico_usd"] == str(paid * COST_OF_ONE)


def test_what_will_always_be_blocked_is_not_asked_again(one: Path) -> None:
    """By the same command neither; the error stays one."""
    with judge_server(reply=lambda _: said("", finish="SAFETY")) as server:
        first = evaluate(one, *TONE, url=server.url)
        again = evaluate(one, *TONE, url=server.url)
        assert len(server.bodies) == 1
    assert first.process.returncode == again.process.returncode == 1
    assert "1 error; " in again.process.stderr


def test_a_call_of_unknown_cost_is_the_dearest_it_can_be(one: Path) -> None:
    """Without usage nobody knows: what was set aside is spent, and the next call must fit beside it."""
    with judge_server(reply=lambda _: said(VERDICT, usage=False)) as server:
        done = evaluate(one, *TONE, url=server.url)
    [line] = done.lines
    assert line["cost_pico_usd"] is None
    assert int(done.figures["spent_pico_usd"]) == int(line["charged_pico_usd"]) > 2048 * 400_000


def test_calls_at_once_never_set_more_aside_than_there_is(tmp_path: Path) -> None:
    """Of a budget for two dear calls eight workers spend no more, though each call costs what it may."""
    dataset = write(tmp_path / "x.jsonl", [item(number) for number in range(30)])
    with judge_server(reply=lambda _: said(VERDICT, usage=False), seconds=0.05) as server:
        done = evaluate(
            dataset, *TONE, "--budget-usd", "0.0025", "--concurrency", "8", url=server.url
        )
        assert server.most_at_once <= 2
    assert done.process.returncode == 4, done.process.stderr
    assert 0 < int(done.figures["spent_pico_usd"]) <= 2_500_000_000
    assert done.judged("tone")["judged"] == len(server.bodies)


def test_a_judge_is_asked_as_the_collector_asks(asked: JudgeServer, one: Path) -> None:
    """At temperature 0, in the schema's shape, and with no filter between it and what is unsafe."""
    evaluate(one, "--rubric", "safety", url=asked.url)
    [body] = asked.bodies
    assert {each["threshold"] for each in body["safetySettings"]} == {"BLOCK_NONE"}
    assert len(body["safetySettings"]) == 4
    told = body["generationConfig"]
    assert (told["temperature"], told["responseMimeType"]) == (0, "application/json")
    assert told["responseSchema"]["properties"]["label"]["enum"] == ["good", "bad", "cannot_tell"]


@pytest.fixture
def asked() -> Iterator[JudgeServer]:
    """A judge that is content with everything, and remembers what it was asked."""
    with judge_server() as server:
        yield server


def test_a_rubric_of_one_s_own(asked: JudgeServer, one: Path) -> None:
    """Its words reach the judge; its version carries their digest, so other words are another run."""
    file = one.with_name("brevity.yaml")
    file.write_text(RUBRIC)
    done = evaluate(one, "--rubric", str(file), url=asked.url)
    assert done.process.returncode == 0, done.process.stderr
    [rubric] = done.figures["rubrics"]
    assert rubric["rubric"] == "brevity"
    assert rubric["version"].startswith("1+")
    assert "It goes on after the answer." in str(asked.bodies[0]["systemInstruction"])
    file.write_text(RUBRIC.replace("goes on", "rambles on"))
    other = evaluate(one, "--rubric", str(file), url=asked.url)
    assert other.process.returncode == 2
    assert "rubrics was ['brevity 1+" in other.process.stderr


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("brevity", RUBRIC.replace("  cannot_tell: There is no answer.\n", ""), "cannot_tell"),
        ("brevity", RUBRIC.replace("It answers, and stops.", "It goes on after the answer."), "mean the same"),
        ("brevity", "labels: [", "brevity.yaml"),
        ("other", RUBRIC, "other"),
        ("tone", RUBRIC, "comes with gemledger; rename it"),
    ],
)  # fmt: skip
def test_a_rubric_that_nobody_can_judge_by_is_refused(
    one: Path, name: str, text: str, problem: str
) -> None:
    """By file and reason, before anybody is asked."""
    file = one.with_name(f"{name}.yaml")
    file.write_text(text)
    done = evaluate(one, "--rubric", str(file), url="http://127.0.0.1:9")
    assert done.process.returncode == 2
    assert problem in done.process.stderr
    assert not done.out.exists()


def test_an_overlay_gives_a_judge_its_price(one: Path, asked: JudgeServer) -> None:
    """It is asked, and charged at that price."""
    file = one.with_name("prices.toml")
    file.write_text(OVERLAY)
    supreme = said(VERDICT)[1] | {"modelVersion": "gemini-9-supreme"}
    asked.reply = lambda _: (200, supreme)
    done = evaluate(
        *(one, "--rubric", "tone", "--judge", "gemini-9-supreme"),
        url=asked.url,
        GEMLEDGER_PRICE_OVERLAY=str(file),
    )
    assert done.process.returncode == 0, done.process.stderr
    paid = PROMPT_TOKENS * 2_000_000 + ANSWER_TOKENS * 8_000_000
    assert done.figures["spent_pico_usd"] == str(paid)
    file.write_text("[[model]]")
    broken = evaluate(
        one, *TONE, "--out", str(one.with_name("x")), url="", GEMLEDGER_PRICE_OVERLAY=str(file)
    )
    assert broken.process.returncode == 2
    assert "GEMLEDGER_PRICE_OVERLAY" in broken.process.stderr


def test_judge_and_people_are_held_against_each_other(tmp_path: Path, gemini: str) -> None:
    """Of the labelled answers: kappa, what is caught, and where they differ. The undecided have no part."""
    truth = [item(number, wrong=number % 4 == 0) for number in range(120)]
    people = ["bad" if number % 4 == 0 else "good" for number in range(110)] + ["cannot_tell"] * 5
    people[1], people[4] = "bad", "good"
    rows = [
        row | ({"labels": {"accuracy": people[number]}} if number < len(people) else {})
        for number, row in enumerate(truth)
    ]
    done = evaluate(write(tmp_path / "x.jsonl", rows), "--rubric", "accuracy", url=gemini)
    found = done.judged("accuracy")["agreement"]
    assert (found["labels"], found["agreeing"]) == (110, 108)
    assert (found["flagged_but_good"], found["passed_but_bad"]) == (["q4"], ["q1"])
    assert found["sensitivity"]["value"] == pytest.approx(27 / 28)
    assert found["specificity"]["value"] == pytest.approx(81 / 82)
    assert 0.8 < found["kappa"]["low"] < found["kappa"]["value"] < found["kappa"]["high"] < 1
    assert found["calibrated"]


def test_new_answers_bear_no_old_labels(tmp_path: Path, gemini: str) -> None:
    """People labelled what the data set holds, not what a model answers now."""
    rows = [item(number, labels={"tone": "good"}) for number in range(3)]
    done = evaluate(
        write(tmp_path / "x.jsonl", rows), *TONE, "--model", "gemini-2.5-flash", url=gemini
    )
    assert done.judged("tone")["agreement"] is None
