"""The simulated Gemini's webhooks: registered with the real SDK, checked as the specification says."""

import json
from typing import Any

import httpx
import pytest
from google import genai
from google.genai._gaos.types import UnrecognizedStr
from google.genai.webhooks import WebhookSubscribedEvent
from support.apps import wait_until
from support.webhooks import Listener, signature, verified_claims

from gemledger_simulator.process import SimulatorProcess

EVENTS: tuple[WebhookSubscribedEvent, ...] = ("batch.succeeded", "batch.failed")


@pytest.fixture
def post(simulator: SimulatorProcess) -> Any:
    """POST JSON to a path of the simulator's own."""

    def sent(path: str, **body: Any) -> None:
        answer = httpx.post(f"{simulator.url}/simulator/webhooks/{path}", json=body)
        assert answer.status_code == 200, answer.text

    return sent


def registered(client: genai.Client, listener: Listener) -> tuple[str, str]:
    """A webhook for batches; its id, and the secret that is told once."""
    made = client.webhooks.create(uri=f"{listener.url}/hook", subscribed_events=EVENTS, name="mine")
    assert made.id
    assert made.new_signing_secret
    return made.id, made.new_signing_secret


def deleted(client: genai.Client, webhook_id: str) -> None:
    """So that it hears nothing of the tests after this one."""
    client.webhooks.delete(id=webhook_id)


def test_a_webhook_is_registered_read_changed_listed_and_deleted(client: genai.Client) -> None:
    """The secret is in the answer to create and in no later one."""
    made = client.webhooks.create(uri="https://a.example/hook", subscribed_events=EVENTS, name="a")
    assert made.id
    assert made.new_signing_secret
    assert made.new_signing_secret.startswith("whsec_")
    read = client.webhooks.get(id=made.id)
    assert (read.uri, read.state, read.new_signing_secret) == (
        "https://a.example/hook",
        "enabled",
        None,
    )
    assert made.new_signing_secret not in read.model_dump_json()
    changed = client.webhooks.update(id=made.id, uri="https://b.example/hook", state="disabled")
    assert (changed.uri, changed.state) == ("https://b.example/hook", "disabled")
    assert changed.subscribed_events == list(EVENTS)
    listed = client.webhooks.list(page_size=1000).webhooks or []
    assert made.id in [webhook.id for webhook in listed]
    deleted(client, made.id)
    with pytest.raises(Exception, match="Webhook not found"):
        client.webhooks.get(id=made.id)


def test_a_list_comes_in_pages(client: genai.Client) -> None:
    """A page's token leads to the next, and the last has none."""
    ids = [
        client.webhooks.create(uri="https://p.example", subscribed_events=EVENTS).id
        for _ in range(3)
    ]
    seen: list[str | None] = []
    page = client.webhooks.list(page_size=1)
    while True:
        seen += [webhook.id for webhook in page.webhooks or []]
        if not page.next_page_token:
            break
        page = client.webhooks.list(page_size=1, page_token=page.next_page_token)
    assert seen[-3:] == ids
    for webhook_id in ids:
        assert webhook_id
        deleted(client, webhook_id)


def test_an_event_that_does_not_exist_cannot_be_subscribed_to(client: genai.Client) -> None:
    """The answer is Google's 400, with what there is."""
    with pytest.raises(Exception, match=r"batch\.succeeded"):
        client.webhooks.create(
            uri="https://a.example", subscribed_events=[UnrecognizedStr("batch.dreamt")]
        )


def test_an_event_arrives_signed_with_the_secret_that_was_told(
    client: genai.Client, post: Any
) -> None:
    """Header, timestamp and raw body are what the signature covers; other events do not arrive."""
    with Listener() as listener:
        webhook_id, secret = registered(client, listener)
        post("send", type="video.generated", data={"id": "operations/1"})
        post("send", type="batch.succeeded", data={"id": "batches/1"})
        (request,) = listener.wait_for(1)
        deleted(client, webhook_id)
    message, timestamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    assert request.headers["webhook-signature"] == signature(
        secret, message, timestamp, request.body
    )
    body = json.loads(request.body)
    assert (request.path, body["type"], body["version"]) == ("/hook", "batch.succeeded", "v1")
    assert body["data"] == {"id": "batches/1"}


def test_while_a_secret_is_rotated_both_sign(client: genai.Client, post: Any) -> None:
    """The old one goes on for a day unless it is revoked at once; then it signs nothing."""
    with Listener() as listener:
        webhook_id, old = registered(client, listener)
        new = client.webhooks.rotate_signing_secret(
            id=webhook_id, revocation_behavior="revoke_previous_secrets_after_h24"
        ).secret
        assert new
        post("send", type="batch.failed", data={"id": "batches/2"})
        newest = client.webhooks.rotate_signing_secret(
            id=webhook_id, revocation_behavior="revoke_previous_secrets_immediately"
        ).secret
        assert newest
        (first,) = listener.wait_for(1)
        post("send", type="batch.failed", data={"id": "batches/3"})
        second = listener.wait_for(2)[1]
        deleted(client, webhook_id)

    def signatures(request: Any, *secrets: str) -> list[str]:
        name, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        return [signature(secret, name, at, request.body) for secret in secrets]

    # Whether the first event was signed before or after the second rotation is a race; the old pair or the newest.
    assert first.headers["webhook-signature"].split() in (
        signatures(first, new, old),
        signatures(first, newest),
    )
    assert second.headers["webhook-signature"].split() == signatures(second, newest)


def test_an_event_that_is_not_taken_comes_again_a_few_times(
    simulator: SimulatorProcess, client: genai.Client, post: Any
) -> None:
    """Under the same id, until an answer is 2xx; after four attempts it is given up."""
    with Listener(500, 503) as listener, Listener(*[500] * 9) as broken:
        first, _ = registered(client, listener)
        second, _ = registered(client, broken)
        post("send", type="batch.succeeded", data={"id": "batches/again"})
        requests = listener.wait_for(3)
        broken.wait_for(4)
        deleted(client, first)
        deleted(client, second)
    assert len({request.headers["webhook-id"] for request in requests}) == 1

    def answered() -> list[list[int]]:
        sent = httpx.get(f"{simulator.url}/simulator/webhooks/deliveries").json()["deliveries"]
        return sorted(each["statuses"] for each in sent if each["id"] == "batches/again")

    # The last answer may still be on its way back when the listener has sent it.
    wait_until(lambda: sum(map(len, answered())) >= 7, "all answers are noted")
    assert answered() == [[500, 500, 500, 500], [500, 503, 200]]
    assert len(broken.requests) == 4


def test_a_job_with_a_webhook_of_its_own_is_signed_with_a_public_key(
    simulator: SimulatorProcess, client: genai.Client, post: Any
) -> None:
    """A JWT that a key of the JWKS signed; who is registered hears nothing; another key may sign later."""
    with Listener() as own, Listener() as other:
        webhook_id, _ = registered(client, other)
        config = {"uris": [f"{own.url}/own"], "user_metadata": {"group": "nightly"}}
        post("send", type="batch.succeeded", data={"id": "batches/9"}, config=config)
        (request,) = own.wait_for(1)
        post("rotate-keys")
        post("send", type="batch.succeeded", data={"id": "batches/10"}, config=config)
        later = own.wait_for(2)[1]
        deleted(client, webhook_id)
        assert other.requests == []
    jwks = httpx.get(f"{simulator.url}/.well-known/jwks.json").json()
    claims = verified_claims(request.headers["webhook-signature"], jwks)
    body = json.loads(request.body)
    assert claims["aud"] == f"{own.url}/own"
    assert claims["exp"] - claims["iat"] == 300
    assert {name: claims[name] for name in body} == body
    assert body["user_metadata"] == {"group": "nightly"}
    assert verified_claims(later.headers["webhook-signature"], jwks)["data"] == {"id": "batches/10"}
    assert len(jwks["keys"]) == 2


def test_a_ping_is_an_event_like_any_other(client: genai.Client) -> None:
    """Whatever the webhook is subscribed to."""
    with Listener() as listener:
        webhook_id, _ = registered(client, listener)
        client.webhooks.ping(id=webhook_id)
        (request,) = listener.wait_for(1)
        deleted(client, webhook_id)
    assert json.loads(request.body)["type"] == "webhook.ping"
