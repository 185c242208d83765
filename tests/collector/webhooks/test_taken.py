"""Webhooks that are Google's: taken over real HTTP, once they are on disk."""

import json
import time

import pytest
from support.webhook_door import NEW, OLD, OTHER, TABLES, Door, body_of, good
from support.webhooks import event, signature


@pytest.mark.parametrize(
    ("kind", "job", "name", "state"),
    [
        ("batch.succeeded", "batches/b1", "batches/b1", "succeeded"),
        ("batch.succeeded", "b0", "batches/b0", "succeeded"),
        ("batch.failed", "batches/b2", "batches/b2", "failed"),
        ("batch.expired", "batches/b3", "batches/b3", "expired"),
        ("batch.cancelled", "batches/b4", "batches/b4", "cancelled"),
        ("interaction.completed", "v1_a.b-D_e=", "v1_a.b-D_e=", "completed"),
        ("interaction.failed", "interactions/i1", "i1", "failed"),
        ("interaction.requires_action", "i2", "i2", "requires_action"),
        (
            "video.generated",
            "models/veo-3.1/operations/o1",
            "models/veo-3.1/operations/o1",
            "succeeded",
        ),
    ],
)
def test_a_signed_event_is_kept_and_says_how_far_its_job_is(
    door: Door, kind: str, job: str, name: str, state: str
) -> None:
    """Answered 202 once it is on disk; the ledger of jobs knows of it."""
    body = body_of(kind, job)
    answer = door.post(body, good(door, body))
    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    told = door.events()[0]
    assert (told["type"], told["job"], told["state"]) == (kind, name, "pending")
    known = door.collector.select(f"select state from job_events where job_name = '{name}'")
    assert known == [[state]]
    assert door.accepted(kind) == 1


def test_while_a_secret_is_rotated_either_signature_will_do(door: Door) -> None:
    """Any configured secret with any signature; unknown versions and secrets beside them do no harm."""
    for secrets in ((OLD,), (NEW,), (OTHER, OLD), (NEW, OLD)):
        body, name, now = body_of(), door.fresh_id(), str(int(time.time()))
        made = [signature(secret, name, now, body) for secret in secrets]
        headers = door.stamped(" ".join(["v1a,AAAA", *made]), **{"webhook-id": name})
        headers["webhook-timestamp"] = now
        assert door.post(body, headers).status_code == 202


@pytest.mark.parametrize("kind", ["webhook.ping", "batch.dreamt", ""])
def test_an_event_of_a_new_kind_is_taken_and_changes_nothing(door: Door, kind: str) -> None:
    """Google may add some: 200, one count, and the delivery is known when it comes again."""
    body, before = json.dumps({"type": kind, "data": {"id": 7}}).encode(), door.holds()
    headers = good(door, body)
    assert door.post(body, headers).status_code == 200
    after = door.holds()
    assert [name for name in TABLES if after[name] != before[name]] == ["webhook_ids"]
    assert door.accepted("unknown") == 1
    assert door.post(body, headers).status_code == 409


def test_a_job_that_waits_is_not_kept_twice(door: Door) -> None:
    """Two deliveries with ids of their own, one job to fetch."""
    body = body_of(job="batches/waits")
    assert [door.post(body, good(door, body)).status_code for _ in range(2)] == [202, 202]
    assert [told["job"] for told in door.events()].count("batches/waits") == 1


def test_the_token_of_a_job_of_its_own_is_taken(new_door: Door) -> None:
    """Signed with a public key, for our audience, now, and with the event in it; the keys are fetched once."""
    for number in range(3):
        told = event(job=f"batches/j{number}")
        answer = new_door.post(json.dumps(told).encode(), new_door.stamped(new_door.token(told)))
        assert (answer.status_code, len(new_door.google.requests)) == (202, 1), answer.text
    assert len(new_door.events()) == 3
