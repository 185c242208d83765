"""`gemledger batches`: the ledger of jobs, for people and for programs."""

import json

import httpx
import pytest
from support.jobs import BATCH, TEN_LINES, created, settlement
from support.otlp import payload
from support.processes import Asked, run_gemledger


@pytest.fixture
def ledger(collector: Asked) -> Asked:
    """A collector with one settled batch and a video long overdue."""
    spans = [
        created(1, job_requests=10, job_committed_pico_usd=3_000_000_000),
        settlement(
            f"batch:{BATCH}:flash", job_results_ok=8, job_results_failed=2, job_results_broken=0
        ),
        created(
            2,
            "models/veo/operations/o1",
            operation_name="generate_videos",
            job_committed_pico_usd=3_200_000_000_000,
        ),
    ]
    answer = httpx.post(
        f"{collector.url}/v1/traces",
        content=payload(spans),
        headers={"Content-Type": "application/x-protobuf"},
        trust_env=False,
    )
    assert answer.status_code == 200
    return collector


def test_people_get_the_ledger_as_a_table(ledger: Asked) -> None:
    """One line a job, and what all of them come to."""
    answer = run_gemledger("batches", "--url", ledger.url, COLUMNS="200")
    assert answer.returncode == 0
    rows = {line.split()[0]: line.split() for line in answer.stdout.splitlines() if line.strip()}
    assert rows[BATCH][1:4] == ["settled", "2026-11-01", "12:00"]
    assert rows[BATCH][-6:] == ["8", "ok,", "2", "failed", "$0.003000", "$0.002750"]
    assert rows["models/veo/operations/o1"][1] == "overdue"
    assert "2 jobs: 1 overdue, 1 settled" in answer.stdout
    assert (
        "settled $0.002750 | committed $0.000000 | overdue $3.200000 | 0 unpriced" in answer.stdout
    )


def test_one_job_is_shown_with_its_charges(ledger: Asked) -> None:
    """By the name that Google gave it."""
    answer = run_gemledger("batches", BATCH, "--url", ledger.url, COLUMNS="200")
    assert answer.returncode == 0
    assert "submitted  2026-11-01 12:00 by search / shop" in answer.stdout
    (charge,) = [line for line in answer.stdout.splitlines() if "flash" in line and "exact" in line]
    assert charge.split()[-4:] == ["10", "10,000", "1,000", "$0.002750"]


def test_programs_get_objects(ledger: Asked) -> None:
    """Money as a string of picoUSD."""
    answer = run_gemledger("batches", "--json", "--state", "settled", "--url", ledger.url)
    (job,) = json.loads(answer.stdout)
    assert (job["name"], job["cost_pico_usd"]) == (BATCH, str(TEN_LINES))


def test_an_empty_ledger_says_so(collector: Asked) -> None:
    """Not an empty table."""
    answer = run_gemledger("batches", "--url", collector.url)
    assert (answer.returncode, answer.stdout.splitlines()[0][:8]) == (0, "no jobs;")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["batches/none"], "no job named batches/none was told of"),
        (["--since", "yesterday"], "since: "),
        (["--limit", "0"], "limit: "),
    ],
)
def test_a_question_without_an_answer_is_one_clear_line(
    collector: Asked, arguments: list[str], complaint: str
) -> None:
    """Exit code 1, and the collector's own words."""
    answer = run_gemledger("batches", *arguments, "--url", collector.url)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.startswith("gemledger batches: ")
    assert complaint in answer.stderr
    assert "Traceback" not in answer.stderr


def test_without_a_collector_it_says_how_to_start_one() -> None:
    """Nothing listens: exit code 1 and the remedy."""
    answer = run_gemledger("batches", "--url", "http://127.0.0.1:9")
    assert answer.returncode == 1
    assert "gemledger serve" in answer.stderr
