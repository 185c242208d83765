"""Interactions that take several requests, several tries, or come to nothing: each billed as it should be."""

from typing import Any
from uuid import uuid4

import pytest
from google import genai
from google.genai import errors
from google.genai._gaos.lib import compat_errors
from support.apps import unused_port
from support.interactions import FLASH, PRO, ask, counted, impatient, wishing

import gemledger
from gemledger_simulator.process import SimulatorProcess

from .conftest import Recorded
from .test_interactions import READ, SAID, cost


@pytest.mark.parametrize("stream", [False, True])
def test_each_request_of_a_long_answer_is_billed_under_its_own_id(
    client: genai.Client, recorded: Recorded, stream: bool
) -> None:
    """Two prompts of 150,000 tokens are not one of 300,000, whatever the SDK sums up.

    The last is the call's own, the others are settled: whoever has told one of them already takes no other with it.
    """
    hops = [counted(150_000, 1_000), counted(150_010, 500)]
    with gemledger.session() as session, gemledger.attribution(team="search"):
        answer = ask(client, model=PRO, stream=stream, wishes={"hops": hops})
        if stream:
            assert len(list(answer)) > 2
    first, last = (dict(span.attributes or {}) for span in recorded.spans)
    assert recorded.spans[0].name == "gemledger.settlement"
    assert first["gemledger.cost.pico_usd"] == 150_000 * 2_000_000 + 1_000 * 12_000_000
    assert last["gemledger.cost.pico_usd"] == 150_010 * 2_000_000 + 500 * 12_000_000
    assert last["gen_ai.usage.input_tokens"] == 150_010
    assert (last["gemledger.interaction.requests"], last["gemledger.attempts"]) == (2, 2)
    assert first["gemledger.settlement.id"] != last["gemledger.settlement.id"]
    assert {first["gemledger.attribution.team"], last["gemledger.attribution.team"]} == {"search"}
    assert "gemledger.interaction.previous_id" not in last
    assert session.cost_pico_usd == 300_010 * 2_000_000 + 1_500 * 12_000_000


def test_what_a_long_answer_had_cost_before_it_broke_off_is_billed(
    simulator: SimulatorProcess, recorded: Recorded
) -> None:
    """The first request was answered; the second was refused, which costs nothing."""
    hops = [counted(1_000, 100), {"total_input_tokens": 1}]
    wishes: dict[str, Any] = {"hops": hops, "broken_hop": 1}
    with impatient(simulator.url) as client, pytest.raises(errors.ContinuationInterruptedError):
        ask(client, wishes=wishes)
    assert cost(recorded) == (1_000 * READ + 100 * SAID, "exact", ())
    assert recorded.attributes["error.type"] == "ContinuationInterruptedError"


def test_tries_are_counted_and_cost_nothing(
    simulator: SimulatorProcess, recorded: Recorded
) -> None:
    """The SDK tries again by itself after 503."""
    wishes = {"failures": [503, 500], "id": uuid4().hex}
    with impatient(simulator.url) as client:
        ask(client, counted(100, 10), wishes=wishes)
    assert cost(recorded) == (100 * READ + 10 * SAID, "exact", ())
    assert recorded.attributes["gemledger.attempts"] == 3
    assert recorded.attributes["gemledger.retry_statuses"] == ("503", "500")


async def test_the_async_client_tries_as_often(
    simulator: SimulatorProcess, recorded: Recorded
) -> None:
    """And costs nothing when it gives up."""
    client = impatient(simulator.url).aio
    with pytest.raises(compat_errors.InternalServerError):
        await client.interactions.create(
            model=FLASH, input="Hi", extra_headers=wishing(fault="503")
        )
    assert cost(recorded) == (0, "exact", ())
    assert recorded.attributes["gemledger.attempts"] == 5
    assert recorded.attributes["gemledger.retry_statuses"] == ("503",) * 5
    await client.aclose()


def test_what_a_limit_said_is_known_though_the_next_try_went_through(
    simulator: SimulatorProcess, recorded: Recorded
) -> None:
    """Which limit it was, and for how long it lasts."""
    with impatient(simulator.url) as client:
        ask(client, counted(100, 10), wishes={"failures": [429], "id": uuid4().hex})
    told = recorded.attributes
    assert told["gemledger.retry_statuses"] == ("429",)
    assert told["gemledger.quota.window"] == "minute"


def test_an_interaction_that_failed_is_an_error_that_may_have_cost_something(
    client: genai.Client, recorded: Recorded
) -> None:
    """Nothing is raised; what was used is billed as it is said."""
    ask(client, counted(100, 10), wishes={"status": "failed"})
    assert cost(recorded) == (100 * READ + 10 * SAID, "exact", ())
    assert recorded.attributes["error.type"] == "failed"


@pytest.mark.parametrize(
    ("status", "word", "attempts"),
    [
        (400, "INVALID_ARGUMENT", 1),
        (401, "UNAUTHENTICATED", 1),
        (403, "PERMISSION_DENIED", 1),
        (404, "NOT_FOUND", 1),
        (429, "RESOURCE_EXHAUSTED", 5),
        (503, "UNAVAILABLE", 5),
    ],
)
def test_errors_are_told_by_status_and_cost_nothing(
    simulator: SimulatorProcess, recorded: Recorded, status: int, word: str, attempts: int
) -> None:
    """The SDK's own tree of errors; what it says in words may hold the prompt, and is not kept."""
    with impatient(simulator.url) as client, pytest.raises(compat_errors.APIStatusError):
        ask(client, wishes={"fault": str(status)})
    assert cost(recorded) == (0, "exact", ())
    assert recorded.attributes["error.type"] == str(status)
    assert recorded.attributes["gemledger.attempts"] == attempts
    assert recorded.span.status.description == word
    assert recorded.span.events == ()


def test_a_request_that_nobody_answered_may_have_been_billed(
    simulator: SimulatorProcess, recorded: Recorded
) -> None:
    """One that never reached anybody was not."""
    with impatient(simulator.url) as client, pytest.raises(compat_errors.APIConnectionError):
        ask(client, wishes={"fault": "disconnect"})
    assert cost(recorded) == (None, "unpriced", ("no_response", "no_usage"))
    recorded.exporter.clear()
    with (
        impatient(f"http://127.0.0.1:{unused_port()}") as client,
        pytest.raises(compat_errors.APIConnectionError),
    ):
        ask(client)
    assert cost(recorded) == (0, "exact", ())
