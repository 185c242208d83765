"""What runs on at Google's: committed from its creation until it settles, overdue when it never does."""

import pytest
from support.jobs import (
    BATCH,
    DAY,
    EXPECTED,
    HOUR,
    TEN_LINES,
    ask,
    created,
    estimated,
    interaction,
    look,
    settlement,
    told_of_interaction,
    write,
)
from support.otlp import NOON, SECOND

from gemledger_collector.storage.job_ledger import JobPage, JobQuestion, committed, jobs
from gemledger_collector.storage.jobs import Notice, note
from gemledger_collector.storage.store import Store


def page(store: Store, now: int = NOON + HOUR) -> JobPage:
    """All jobs as of a moment."""
    with store.reading() as snapshot:
        return jobs(snapshot, JobQuestion(now_unix_nano=now), limit=100, offset=0)


def seen(store: Store, *names: str, now: int = NOON + HOUR) -> list[tuple[object, ...]]:
    """These columns of every job as of a moment."""
    return [tuple(row[name] for name in names) for row in page(store, now).jobs]


def open_spend(store: Store, now: int) -> tuple[int, int]:
    """What is committed and what is overdue at a moment, of jobs of the day."""
    with store.reading() as snapshot:
        found = committed(snapshot, NOON - HOUR, NOON + DAY, now)
    return found.committed_pico_usd, found.overdue_pico_usd


def test_a_batch_is_committed_from_its_creation_until_it_settles(store: Store) -> None:
    """Then its cost takes the place of what was expected; the ledger has only the cost."""
    write(store, estimated())
    assert open_spend(store, NOON + HOUR) == (EXPECTED, 0)
    assert ask(store, "select sum(cost_pico_usd) from ledger") == [(0,)]
    write(store, look(2, "running", start=NOON + 60 * SECOND))
    assert seen(store, "state", "committed_pico_usd", "cost_pico_usd") == [
        ("running", EXPECTED, None)
    ]
    told = settlement(f"batch:{BATCH}:flash", job_results_ok=9, job_results_failed=1)
    write(store, told)
    assert open_spend(store, NOON + HOUR) == (0, 0)
    figures = ("state", "committed_pico_usd", "expected_pico_usd", "cost_pico_usd", "cost_status")
    assert seen(store, *figures) == [("settled", None, EXPECTED, TEN_LINES, "exact")]
    lines = ("requests", "results_ok", "results_failed", "results_broken", "settled_unix_nano")
    assert seen(store, *lines) == [(10, 9, 1, None, NOON + 600 * SECOND)]


def test_a_bill_of_several_settlements_is_settled_when_all_are_told(store: Store) -> None:
    """Until then it settles, and what was expected is committed no longer: a part of it is in the bill."""
    flash, pro = (
        settlement(f"batch:{BATCH}:{group}", job_settlements=2, job_settlements_digest="aa")
        for group in ("flash", "pro")
    )
    write(store, estimated(), flash)
    assert seen(store, "state", "cost_pico_usd") == [("settling", TEN_LINES)]
    assert open_spend(store, NOON + HOUR) == (0, 0)
    write(store, pro)
    assert seen(store, "state", "cost_pico_usd") == [("settled", 2 * TEN_LINES)]


def test_a_job_that_never_ends_is_overdue_after_two_days(store: Store) -> None:
    """It is committed no longer, and shown apart; should it settle after all, it is settled."""
    write(store, estimated(), look(2, "running", start=NOON + HOUR))
    assert open_spend(store, NOON + 2 * DAY - SECOND) == (EXPECTED, 0)
    assert open_spend(store, NOON + 2 * DAY) == (0, EXPECTED)
    figures = ("state", "google_state", "committed_pico_usd", "overdue_pico_usd")
    assert seen(store, *figures, now=NOON + 2 * DAY) == [("overdue", "running", None, EXPECTED)]
    write(store, settlement(f"batch:{BATCH}:flash"))
    assert seen(store, *figures, now=NOON + 3 * DAY) == [("settled", "running", None, None)]


@pytest.mark.parametrize("state", ["failed", "cancelled", "expired"])
def test_a_job_that_ends_without_results_is_committed_no_longer(store: Store, state: str) -> None:
    """Nor is it ever overdue; a look from before its end that is told later changes nothing."""
    write(store, estimated(), look(3, state, start=NOON + HOUR))
    write(store, look(2, "running", start=NOON + 2 * HOUR))
    assert open_spend(store, NOON + HOUR) == (0, 0)
    assert seen(store, "state", "overdue_pico_usd", now=NOON + 3 * DAY) == [(state, None)]


@pytest.mark.parametrize("told", ["succeeded", "partially_succeeded", "completed"])
def test_a_job_that_is_done_and_not_fetched_is_ready(store: Store, told: str) -> None:
    """Whether somebody looked or Google's webhook said so."""
    write(store, estimated(), created(5, "batches/b2"), look(2, told))
    with store.writing() as transaction:
        note(transaction, Notice("batches/b2", "batch", told, NOON + HOUR))
    assert seen(store, "name", "state", "google_state") == [
        ("batches/b1", "ready", told),
        ("batches/b2", "ready", told),
    ]


def test_what_only_a_webhook_told_of_is_listed(store: Store) -> None:
    """Whoever made the job is not instrumented."""
    with store.writing() as transaction:
        note(transaction, Notice("batches/b9", "batch", "failed", NOON))
    assert seen(store, "name", "kind", "state", "team") == [("batches/b9", "batch", "failed", None)]


def test_polling_leaves_one_event_a_state(store: Store) -> None:
    """However often, in one request or in many."""
    polls = [look(number, "running", start=NOON + number * SECOND) for number in range(10, 20)]
    write(store, estimated(), *polls[:5])
    for poll in polls[5:]:
        write(store, poll)
    write(store, look(30, "succeeded"))
    assert ask(store, "select event, state from job_events order by all") == [
        ("seen", "running"),
        ("seen", "succeeded"),
        ("submitted", "pending"),
    ]


def test_who_submitted_a_job_is_on_it_and_not_who_looked(store: Store) -> None:
    """Whoever arrives first."""
    looked = look(2, "running", start=NOON - SECOND, attribution_team="ops")
    write(store, looked)
    assert seen(store, "team") == [("ops",)]
    write(store, created(1, attribution_feature="digest"))
    assert seen(store, "team", "feature", "service_name", "submitted_unix_nano") == [
        ("search", "digest", "shop", NOON)
    ]


def test_an_interaction_somebody_waited_for_is_no_job(store: Store) -> None:
    """It was never open, sampled or told as a settlement only; one that runs in the background is."""
    write(store, interaction(1, "i1"))
    write(store, told_of_interaction("i1"), told_of_interaction("i3"))
    write(store, created(2, "i2", operation_name="interaction", job_state="in_progress"))
    assert seen(store, "name", "kind", "state") == [("i2", "interaction", "running")]


@pytest.mark.parametrize("value", ["-5", "many", "1e9", "9" * 30, ""])
def test_a_count_that_is_none_is_unknown(store: Store, value: str) -> None:
    """Whatever somebody sends, the rest of the job is kept."""
    write(store, created(1, job_requests=value, job_committed_pico_usd=value))
    assert seen(store, "requests", "committed_pico_usd", "state") == [(None, None, "pending")]
