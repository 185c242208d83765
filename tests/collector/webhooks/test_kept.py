"""What of webhooks is remembered, for how long, and how much of it; the time is an argument."""

from typing import Any

import pytest
from support.jobs import created, write
from support.otlp import NOON

from gemledger_collector.errors import Overloaded, Repeated
from gemledger_collector.storage import webhooks
from gemledger_collector.storage.store import Store

MINUTE = 60 * 10**9
DAY = 1440 * MINUTE
VIDEO = "models/veo-3.1/operations/o1"


def take(store: Store, webhook_id: str, at: int, told: webhooks.Told | None = None) -> None:
    """One delivery."""
    with store.writing() as transaction:
        webhooks.take(transaction, [webhook_id], told, at)


def kept(store: Store) -> list[dict[str, Any]]:
    """Events in the store, the latest first."""
    with store.reading() as snapshot:
        return webhooks.listed(snapshot, 100)


def made(name: str, kind: str = "video") -> webhooks.Told:
    """Word of a job that is done."""
    return webhooks.Told("video.generated", kind, name, "succeeded")


def test_a_delivery_is_known_again_for_longer_than_google_repeats_it(store: Store) -> None:
    """Three days; Google tries for one."""
    take(store, "id:a", NOON)
    with pytest.raises(Repeated):
        take(store, "id:a", NOON + 3 * DAY - 1)
    take(store, "id:a", NOON + 3 * DAY + 1)


def test_what_is_remembered_is_bounded_and_forgets_nothing_that_may_come_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Full, it takes no more until the oldest are forgotten: one could be a repetition."""
    monkeypatch.setattr(webhooks, "MOST_REMEMBERED", 3)
    for number in range(3):
        take(store, f"id:{number}", NOON + number)
    with pytest.raises(Overloaded):
        take(store, "id:3", NOON + DAY)
    with pytest.raises(Repeated):
        take(store, "id:0", NOON + DAY)
    take(store, "id:3", NOON + 4 * DAY)


def test_events_are_kept_for_a_month(store: Store) -> None:
    """Then nobody fetches them any more."""
    take(store, "id:a", NOON, made("batches/a", "batch"))
    take(store, "id:b", NOON + 29 * DAY, made("batches/b", "batch"))
    assert [event["job_name"] for event in kept(store)] == ["batches/b", "batches/a"]
    take(store, "id:c", NOON + 31 * DAY, made("batches/c", "batch"))
    assert [event["job_name"] for event in kept(store)] == ["batches/c", "batches/b"]


def test_a_video_of_an_app_of_ours_is_left_to_it_for_ten_minutes(store: Store) -> None:
    """The app knows how many seconds it asked for; of a stranger's video nobody here does."""
    write(store, created(1, VIDEO, operation_name="generate_videos"))
    take(store, "id:a", NOON, made(VIDEO))
    take(store, "id:b", NOON, made("models/veo-3.1/operations/o2"))
    waits = {event["job_name"]: event["next_attempt_unix_nano"] - NOON for event in kept(store)}
    assert waits == {VIDEO: 10 * MINUTE, "models/veo-3.1/operations/o2": 0}


def test_a_job_told_by_the_end_of_its_name_is_the_job_that_is_known(store: Store) -> None:
    """Google's events may leave out what stands before a video's id."""
    write(store, created(1, VIDEO, operation_name="generate_videos"))
    take(store, "id:a", NOON, made("o1"))
    assert [event["job_name"] for event in kept(store)] == [VIDEO]
