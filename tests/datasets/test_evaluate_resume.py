"""Runs that end early go on where they were: after Ctrl-C, a crash, an empty purse; and never as another run."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from support.evaluating import Evaluated, evaluate, gemini_at, item, lines_of, write

ITEMS = 60
RUBRIC = ("--rubric", "accuracy")


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Sixty answers, every fifth of them wrong."""
    return write(tmp_path / "x.jsonl", [item(each, wrong=each % 5 == 0) for each in range(ITEMS)])


def begin(dataset: Path, url: str, enough: int) -> subprocess.Popen[bytes]:
    """Start a run, and wait until so many lines are written."""
    results = dataset.parent / "results" / "results.jsonl"
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "gemledger_cli",
            "evaluate",
            str(dataset),
            *RUBRIC,
            "--concurrency",
            "2",
            "--out",
            str(results.parent),
        ],
        env=os.environ | gemini_at(url),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while not results.exists() or results.read_bytes().count(b"\n") < enough:
        assert process.poll() is None, "it ended before it was ended"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return process


def assert_whole(done: Evaluated) -> None:
    """Every answer is judged once, as if nothing had happened."""
    assert done.process.returncode == 0, done.process.stderr
    assert len({line["item"] for line in done.lines}) == len(done.lines) == ITEMS
    assert (done.judged("accuracy")["judged"], done.judged("accuracy")["bad"]) == (
        ITEMS,
        ITEMS // 5,
    )


def test_a_run_that_was_killed_goes_on(dataset: Path, gemini: str) -> None:
    """What was under way is done again, and what it may have cost counts as spent."""
    process = begin(dataset, gemini, enough=20)
    process.kill()
    process.communicate()
    before = lines_of(dataset.parent / "results")
    settled = {line["item"] for line in before if "reserved" not in line}
    under_way = {line["item"] for line in before} - settled
    done = evaluate(dataset, *RUBRIC, url=gemini)
    assert_whole(done)
    asked = Counter(line["item"] for line in lines_of(done.out) if "reserved" in line)
    assert {id_ for id_, times in asked.items() if times > 1} == under_way
    assert all(asked[id_] == 1 for id_ in settled)
    known = sum(int(line["cost_pico_usd"]) for line in done.lines)
    lost = sum(
        int(line["reserved"]) for line in before if "reserved" in line and line["item"] in under_way
    )
    assert int(done.figures["spent_pico_usd"]) == known + lost


def test_ctrl_c_ends_a_run_in_order(dataset: Path, gemini: str) -> None:
    """Calls under way are waited for; the same command goes on, and asks nothing twice."""
    process = begin(dataset, gemini, enough=20)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"run the same command again to go on" in said
    before = lines_of(dataset.parent / "results")
    assert sum("reserved" in line for line in before) * 2 == len(before) < 2 * ITEMS
    assert (dataset.parent / "results" / "summary.json").exists()
    assert_whole(evaluate(dataset, *RUBRIC, url=gemini))


def test_a_line_that_a_crash_cut_off_is_forgotten(dataset: Path, gemini: str) -> None:
    """What it was about is done again."""
    evaluate(dataset, *RUBRIC, "--limit", "3", url=gemini)
    results = dataset.parent / "results" / "results.jsonl"
    whole = results.read_bytes()
    results.write_bytes(whole[:-20])
    assert_whole(evaluate(dataset, *RUBRIC, url=gemini))


def test_the_budget_holds_and_more_money_goes_on(dataset: Path, gemini: str) -> None:
    """The next call is not made if it might cost more than is left."""
    budget = "0.02"
    poor = evaluate(dataset, *RUBRIC, "--budget-usd", budget, url=gemini)
    assert poor.process.returncode == 4, poor.process.stderr
    assert "raise --budget-usd to go on" in poor.process.stderr
    assert 0 < int(poor.figures["spent_pico_usd"]) <= float(budget) * 10**12
    assert 0 < poor.judged("accuracy")["judged"] < ITEMS
    again = evaluate(dataset, *RUBRIC, "--budget-usd", budget, url=gemini)
    assert (again.process.returncode, len(again.lines)) == (4, len(poor.lines))
    assert_whole(evaluate(dataset, *RUBRIC, "--budget-usd", "1", url=gemini))


def test_errors_are_tried_again(dataset: Path, gemini: str, failing_gemini: str) -> None:
    """The last word about an answer counts."""
    failed = evaluate(dataset, *RUBRIC, url=failing_gemini)
    assert failed.process.returncode == 1
    done = evaluate(dataset, *RUBRIC, url=gemini)
    assert done.process.returncode == 0, done.process.stderr
    assert done.judged("accuracy")["judged"] == ITEMS
    assert done.judged("accuracy")["errors"] == 0


@pytest.mark.parametrize(
    ("arguments", "differs"),
    [
        (("--rubric", "tone"), "rubrics was ['accuracy "),
        (
            (*RUBRIC, "--judge", "gemini-2.5-flash-lite"),
            "judge was gemini-2.5-flash, is gemini-2.5",
        ),
        ((*RUBRIC, "--model", "gemini-2.5-flash"), "candidates was"),
        ((*RUBRIC, "--max-output-tokens", "100"), "max_output_tokens was 8192, is 100"),
    ],
)
def test_other_arguments_are_another_run(
    dataset: Path, gemini: str, arguments: tuple[str, ...], differs: str
) -> None:
    """Refused, with what differs; what is there is not touched."""
    first = evaluate(dataset, *RUBRIC, "--limit", "2", url=gemini)
    lines = lines_of(first.out)
    other = evaluate(dataset, *arguments, url=gemini)
    assert other.process.returncode == 2
    assert differs in other.process.stderr
    assert lines_of(first.out) == lines


def test_a_data_set_that_changed_is_another_run(dataset: Path, gemini: str) -> None:
    """Its digest says so."""
    evaluate(dataset, *RUBRIC, "--limit", "2", url=gemini)
    write(dataset, [item(99)])
    other = evaluate(dataset, *RUBRIC, url=gemini)
    assert other.process.returncode == 2
    assert "dataset_sha256 was" in other.process.stderr


def test_a_folder_of_something_else_is_not_written_to(dataset: Path, gemini: str) -> None:
    """Nor one with a run that cannot be read."""
    (dataset.parent / "results").mkdir()
    (dataset.parent / "results" / "thesis.txt").write_text("years of work")
    refused = evaluate(dataset, *RUBRIC, url=gemini)
    assert refused.process.returncode == 2
    assert "is not empty and holds no run" in refused.process.stderr


def test_a_line_that_is_none_stops_the_run(dataset: Path, gemini: str) -> None:
    """By its number: a guess could count money or verdicts wrongly."""
    done = evaluate(dataset, *RUBRIC, "--limit", "2", url=gemini)
    with (done.out / "results.jsonl").open("a") as lines:
        lines.write('{"item": "q1"}\n')
    refused = evaluate(dataset, *RUBRIC, url=gemini)
    assert refused.process.returncode == 2
    assert "results.jsonl:5 is no line of a run" in refused.process.stderr


def test_two_at_once_are_refused(dataset: Path, gemini: str) -> None:
    """One folder has one writer."""
    process = begin(dataset, gemini, enough=2)
    process.send_signal(signal.SIGSTOP)  # else it may be done before the other begins
    refused = evaluate(dataset, *RUBRIC, url=gemini)
    process.kill()
    process.communicate()
    assert refused.process.returncode == 2
    assert "being written by another" in refused.process.stderr
