"""Deliveries that change nothing: forged, stale, repeated, oversized, broken; the store compared before and after."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from support.collector import RunningCollector
from support.webhook_door import NEW, OLD, OTHER, PATH, Door, body_of, good
from support.webhooks import event, signed


def forged(door: Door, body: bytes) -> dict[str, str]:
    """Signed with a secret that is not ours."""
    return good(door, body, OTHER)


def changed_body(door: Door, body: bytes) -> dict[str, str]:
    """Signed, and then changed."""
    return good(door, body + b" ")


def changed_id(door: Door, body: bytes) -> dict[str, str]:
    """The id is signed as well."""
    return good(door, body) | {"webhook-id": door.fresh_id()}


def changed_time(door: Door, body: bytes) -> dict[str, str]:
    """So is the time."""
    return good(door, body) | {"webhook-timestamp": str(int(time.time()) - 5)}


def stale(door: Door, body: bytes) -> dict[str, str]:
    """Signed more than five minutes ago."""
    return signed(NEW, door.fresh_id(), int(time.time()) - 303, body)


def future(door: Door, body: bytes) -> dict[str, str]:
    """Signed more than five minutes from now."""
    return signed(NEW, door.fresh_id(), int(time.time()) + 303, body)


def without(name: str) -> Callable[[Door, bytes], dict[str, str]]:
    """A delivery that lacks a header."""

    def headers(door: Door, body: bytes) -> dict[str, str]:
        return {key: value for key, value in good(door, body).items() if key != name}

    return headers


def with_header(name: str, value: str) -> Callable[[Door, bytes], dict[str, str]]:
    """A delivery in which a header is another."""
    return lambda door, body: good(door, body) | {name: value}


def truncated(door: Door, body: bytes) -> dict[str, str]:
    """The signature was cut off."""
    headers = good(door, body)
    return headers | {"webhook-signature": headers["webhook-signature"][:-3]}


def of_nothing(door: Door, body: bytes) -> dict[str, str]:
    """A signature made with an empty key."""
    return good(door, body, "whsec_")


STATIC = [
    (forged, "forged"),
    (changed_body, "forged"),
    (changed_id, "forged"),
    (changed_time, "forged"),
    (truncated, "forged"),
    (of_nothing, "forged"),
    (with_header("webhook-signature", "v1,"), "forged"),
    (with_header("webhook-signature", "v1,!!!! v2,AAAA , v1"), "forged"),
    (with_header("webhook-signature", " ".join(["v1,AAAA"] * 1000)), "forged"),
    (stale, "stale"),
    (future, "stale"),
    (with_header("webhook-timestamp", "9" * 12), "stale"),
    (with_header("webhook-timestamp", "9" * 5000), "malformed_header"),
    (with_header("webhook-timestamp", "now"), "malformed_header"),
    (with_header("webhook-timestamp", "-1"), "malformed_header"),
    (with_header("webhook-timestamp", "1e9"), "malformed_header"),
    (with_header("webhook-id", "a b"), "malformed_header"),
    (with_header("webhook-id", "x" * 257), "malformed_header"),
    (with_header("webhook-id", ""), "unsigned"),
    (without("webhook-id"), "unsigned"),
    (without("webhook-timestamp"), "unsigned"),
    (without("webhook-signature"), "unsigned"),
]


def name_of(attack: object) -> str | None:
    """What a case is called."""
    return getattr(attack, "__name__", None)


@pytest.mark.parametrize(("attack", "reason"), STATIC, ids=name_of)
def test_a_delivery_that_nobody_we_know_signed_changes_nothing(
    door: Door, attack: Callable[[Door, bytes], dict[str, str]], reason: str
) -> None:
    """401, one count by reason, and the store as it was."""
    body, before = body_of(), door.holds()
    answer = door.post(body, attack(door, body))
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "unverified")
    assert (door.holds(), door.refused(reason)) == (before, 1)


def test_a_header_twice_or_with_other_letters_is_none(door: Door) -> None:
    """Which of two would count is anybody's guess, and a signature is ASCII."""
    body, before = body_of(), door.holds()
    pairs = list(good(door, body).items())
    for odd in (
        [*pairs, ("webhook-id", "msg_other")],
        [*pairs[:-1], ("webhook-signature", "v1,\u00e9\u00e9".encode())],
        [*pairs[:-1], ("webhook-signature", b"v1,\xff\xfe")],
    ):
        answer = door.collector.http.post(PATH, content=body, headers=odd)  # type: ignore[arg-type]  # bytes on purpose
        assert answer.status_code == 401
    assert (door.holds(), door.refused("malformed_header")) == (before, 3)


def test_a_body_that_says_the_same_in_other_bytes_is_not_what_was_signed(door: Door) -> None:
    """A proxy that rewrites JSON, or adds a line break, makes a signature worthless."""
    body, before = body_of(), door.holds()
    for other in (body + b"\n", b" " + body, json.dumps(json.loads(body), indent=1).encode()):
        assert door.post(other, good(door, body)).status_code == 401
    assert (door.holds(), door.refused("forged")) == (before, 3)


def test_a_delivery_that_comes_again_is_refused_and_changes_nothing(door: Door) -> None:
    """409, under whichever secret it is signed this time, and after a restart too."""
    body = body_of()
    first = good(door, body)
    assert door.post(body, first).status_code == 202
    before = door.holds()
    again = signed(OLD, first["webhook-id"], int(time.time()) + 1, body)
    assert [door.post(body, each).status_code for each in (first, again)] == [409, 409]
    assert (door.holds(), door.refused("repeated")) == (before, 2)


def test_of_a_delivery_sent_many_times_at_once_one_is_taken(new_door: Door) -> None:
    """Sixteen at the same moment: one 202, fifteen 409, one row."""
    body = body_of()
    headers = good(new_door, body)
    together = threading.Barrier(16)

    def sent(_: int) -> int:
        with httpx.Client(base_url=new_door.collector.url, trust_env=False, timeout=30) as client:
            together.wait()
            return client.post(PATH, content=body, headers=headers).status_code

    with ThreadPoolExecutor(16) as threads:
        statuses = sorted(threads.map(sent, range(16)))
    assert statuses == [202] + [409] * 15
    assert len(new_door.holds()["webhook_ids"]) == 1


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(door: Door, chunked: bool) -> None:
    """413, whether its size is told beforehand or not, and however well it is signed."""
    body = body_of() + b" " * 2**16
    before, headers = door.holds(), good(door, body)
    content: Any = iter([body[:1000], body[1000:]]) if chunked else body
    answer = door.collector.http.post(PATH, content=content, headers=headers)
    assert answer.status_code == 413
    assert (door.holds(), door.refused("too_large")) == (before, 1)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"type": 3}',
        b"[" * 60_000,
        b'{"type": "batch.succeeded"}',
        b'{"type": "batch.succeeded", "data": []}',
        b'{"type": "batch.succeeded", "data": {"id": "batches/../files/f1"}}',
        b'{"type": "batch.succeeded", "data": {"id": "batches/b?key=1"}}',
        b'{"type": "video.generated", "data": {"id": "models/../operations/o"}}',
        b'{"type": "interaction.completed", "data": {"id": ""}}',
        b'{"type": "interaction.completed", "data": {"id": ".."}}',
        b'{"type": "interaction.completed", "data": {"id": "i/cancel"}}',
        b'{"type": "batch.succeeded", "data": {"id": "b:cancel"}}',
        b'{"type": "batch.succeeded", "data": {"id": "%2e%2e"}}',
        b'{"type": "batch.succeeded", "data": {"id": "b1\\n"}}',
        b"\xff\xfe",
    ],
    ids=lambda body: str(body[:60]),
)
def test_a_signed_body_that_is_no_event_is_refused(door: Door, body: bytes) -> None:
    """400: not JSON, or a name that would lead the collector's own key elsewhere."""
    before = door.holds()
    assert door.post(body, good(door, body)).status_code == 400
    assert (door.holds(), door.refused("invalid")) == (before, 1)


@pytest.mark.parametrize(
    "header",
    [{"content-type": "text/plain"}, {"content-type": ""}, {"content-encoding": "gzip"}],
)
def test_what_is_not_plain_json_is_refused(door: Door, header: dict[str, str]) -> None:
    """400, although it is signed."""
    body, before = body_of(), door.holds()
    assert door.post(body, good(door, body) | header).status_code == 400
    assert (door.holds(), door.refused("invalid")) == (before, 1)


def test_only_post_is_for_webhooks(door: Door) -> None:
    """405 for the rest."""
    assert door.collector.http.get(PATH).status_code == 405


def test_without_configuration_there_is_no_receiver_and_the_answer_says_how(
    collector: RunningCollector,
) -> None:
    """404, with the setting's name."""
    answer = collector.http.post(PATH, json=event())
    assert answer.status_code == 404
    assert "extensions.settle.webhooks.secrets" in answer.json()["error"]["message"]
