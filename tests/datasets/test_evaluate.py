"""``gemledger evaluate`` on the real SDK, against a Gemini that knows what is true."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.collector import RunningCollector, config_for
from support.evaluating import evaluate, gemini_at, item, write
from support.processes import run_gemledger

EXAMPLES = Path(__file__).parents[2] / "examples" / "datasets"
JUDGE_WITHOUT_PRICE = "gemini-9-supreme"


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """Twelve answers: every fourth is wrong, every sixth is rude."""
    rows = [item(number, wrong=number % 4 == 0, rude=number % 6 == 0) for number in range(12)]
    return write(tmp_path / "answers.jsonl", rows)


def test_answers_of_a_data_set_are_judged(answers: Path, gemini: str) -> None:
    """By each rubric apart; what the calls cost is summed to the pico."""
    done = evaluate(answers, "--rubric", "accuracy", "--rubric", "tone", url=gemini)
    assert done.process.returncode == 0, done.process.stderr
    accuracy, tone = done.judged("accuracy"), done.judged("tone")
    assert (accuracy["judged"], accuracy["bad"], accuracy["errors"]) == (12, 3, 0)
    assert (tone["judged"], tone["bad"]) == (12, 2)
    assert accuracy["bad_rate"]["low"] < 0.25 < accuracy["bad_rate"]["high"]
    spent = sum(int(line["cost_pico_usd"]) for line in done.lines)
    assert spent == int(done.figures["spent_pico_usd"]) > 0
    bad = {line["item"] for line in done.lines if line["step"] == "tone" and line["label"] == "bad"}
    assert bad == {"q0", "q6"}
    assert json.loads((done.out / "summary.json").read_text()) == done.figures


def test_a_person_reads_tables(answers: Path, gemini: str) -> None:
    """Rates with their intervals on standard output, how it ended on standard error."""
    out = str(answers.parent / "results")
    done = run_gemledger(
        *("evaluate", str(answers), "--rubric", "accuracy", "--out", out),
        **gemini_at(gemini),
        COLUMNS="200",
    )
    assert done.returncode == 0, done.stderr
    assert "judge-flagged" in done.stdout
    assert "25.0 % [8.9, 53.2]" in " ".join(done.stdout.split())
    assert "done; $0.0" in done.stderr


def test_two_prompts_are_compared_on_the_same_questions(tmp_path: Path, gemini: str) -> None:
    """The hasty one is worse, and the figures say by how much and where; what either costs is known."""
    dataset = write(tmp_path / "questions.jsonl", [item(number) for number in range(70)])
    prompts = [
        part
        for name in ("careful", "hasty")
        for part in ("--prompt", str(EXAMPLES / f"{name}.txt"))
    ]
    done = evaluate(
        dataset, "--rubric", "accuracy", "--model", "gemini-2.5-flash-lite", *prompts, url=gemini
    )
    assert done.process.returncode == 0, done.process.stderr
    careful, hasty = (done.judged("accuracy", side) for side in (0, 1))
    assert (careful["name"], hasty["name"]) == ("careful.txt", "hasty.txt")
    assert careful["judged"] == hasty["judged"] == 70
    found = done.figures["rubrics"][0]["comparison"]
    assert found["tells"]
    assert found["probability_second_worse"] > 0.99
    assert found["difference"]["low"] > 0
    only_hasty = found["only_second_bad"]
    assert 0 < len(only_hasty) <= 5
    labels = {
        (line["item"], line["candidate"]): line["label"]
        for line in done.lines
        if line["step"] == "accuracy"
    }
    assert all(labels[each, "hasty.txt"] == "bad" for each in only_hasty)
    assert done.figures["candidates"][0]["answers"] == 70
    assert int(done.figures["candidates"][0]["cost_pico_usd"]) > 0


def test_of_two_models_alike_nothing_is_said(tmp_path: Path, gemini: str) -> None:
    """They differ in price, and that is told; not enough tells who is worse."""
    dataset = write(tmp_path / "questions.jsonl", [item(number) for number in range(30)])
    models = ("--model", "gemini-2.5-flash", "--model", "gemini-2.5-flash-lite")
    done = evaluate(dataset, "--rubric", "tone", *models, url=gemini)
    assert done.process.returncode == 0, done.process.stderr
    assert [each["model"] for each in done.figures["candidates"]] == [models[1], models[3]]
    assert not done.figures["rubrics"][0]["comparison"]["tells"]
    assert done.figures["comparison"]["cost_ratio"]["high"] < 1


def test_the_models_of_the_data_set_answer_under_another_prompt(
    tmp_path: Path, gemini: str
) -> None:
    """Where only a prompt is given, the model is the one that answered most."""
    rows = [item(number, model="gemini-2.5-flash-lite") for number in range(3)]
    prompt = str(EXAMPLES / "careful.txt")
    done = evaluate(
        write(tmp_path / "x.jsonl", rows), "--rubric", "tone", "--prompt", prompt, url=gemini
    )
    assert done.process.returncode == 0, done.process.stderr
    assert done.figures["candidates"][0]["model"] == "gemini-2.5-flash-lite"
    assert done.figures["comparison"] is None


def test_broken_lines_are_told_and_left_out_or_refused(tmp_path: Path, gemini: str) -> None:
    """Each by its number; ``--strict`` asks nobody anything."""
    dataset = write(tmp_path / "x.jsonl", [item(0), "{", item(1), {"answer": "?"}])
    done = evaluate(dataset, "--rubric", "tone", url=gemini)
    assert done.process.returncode == 0, done.process.stderr
    assert f"{dataset}:2: is not JSON" in done.process.stderr
    assert f"{dataset}:4: has no question" in done.process.stderr
    assert (done.figures["items"], done.judged("tone")["judged"]) == (2, 2)
    assert done.figures["broken_lines"] == 2
    strict = evaluate(
        dataset, "--rubric", "tone", "--strict", "--out", str(tmp_path / "other"), url=gemini
    )
    assert strict.process.returncode == 2
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--rubric", "kindness"), "there is no rubric 'kindness'"),
        (("--rubric", "tone", "--rubric", "tone"), "give each once"),
        (("--rubric", "absent.yaml"), "there is no such file"),
        (("--rubric", "tone", "--judge", JUDGE_WITHOUT_PRICE), "has no rate for"),
        (("--rubric", "tone", "--model", JUDGE_WITHOUT_PRICE), "has no rate for"),
        (("--rubric", "tone", *["--model", "gemini-2.5-flash"] * 2), "nothing to compare"),
        (("--rubric", "tone", *["--model", "gemini-2.5-flash"] * 3), "two sides"),
        (("--rubric", "tone", "--prompt", "absent.txt"), "no item says which model"),
        (
            ("--rubric", "tone", "--model", "gemini-2.5-flash", "--prompt", "absent.txt"),
            "cannot be read",
        ),
        (("--rubric", "tone", "--budget-usd", "0"), "no amount of dollars"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_before_the_first_call(
    answers: Path, arguments: tuple[str, ...], problem: str
) -> None:
    """Nothing is written, nobody is asked: there is nobody at this address."""
    done = evaluate(answers, *arguments, url="http://127.0.0.1:9")
    assert done.process.returncode == 2, done.process.stderr
    assert problem in done.process.stderr
    assert not done.out.exists()


def test_without_a_key_the_variable_is_named(answers: Path) -> None:
    """The SDK's own words, and what to set."""
    done = evaluate(answers, "--rubric", "tone", url="", GEMINI_API_KEY="", GOOGLE_API_KEY="")
    assert done.process.returncode == 2
    assert "set GEMINI_API_KEY" in done.process.stderr


def test_errors_are_rows_and_never_scores(answers: Path, failing_gemini: str) -> None:
    """A model that fails is not asked for ever; what failed is tried again by the same command."""
    rows = [item(number) for number in range(30)]
    dataset = write(answers.parent / "many.jsonl", rows)
    done = evaluate(dataset, "--rubric", "accuracy", "--concurrency", "1", url=failing_gemini)
    assert done.process.returncode == 1
    assert "every call fails" in done.process.stderr
    assert len(done.lines) == 12
    assert all(line["error"] and "score" not in line for line in done.lines)
    judged = done.judged("accuracy")
    assert (judged["judged"], judged["errors"], judged["bad_rate"]) == (0, 12, None)


def test_calls_reach_a_collector_as_what_they_are(
    answers: Path, tmp_path: Path, gemini: str
) -> None:
    """Marked as evaluation: in the bill to the pico, in no app's quality, and not in the judge's budget."""
    with RunningCollector(config_for(tmp_path / "ledger.duckdb")) as collector:
        done = evaluate(
            answers,
            *("--rubric", "accuracy"),
            url=gemini,
            OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
            GEMLEDGER_SPOOL_DIR=str(tmp_path / "spool"),
        )
        assert done.process.returncode == 0, done.process.stderr
        rows: list[list[Any]] = collector.select(
            "select purpose, count(*), sum(cost_pico_usd)::varchar from calls group by purpose"
        )
    assert rows == [["evaluate", 12, done.figures["spent_pico_usd"]]]
