"""Calls that fail, on every surface: the user's exception is the SDK's own, and the span says what was billed."""

import random
from typing import Any

import pytest
from conformance.bills import NOTHING, PLAIN, PLAIN_BILL, PLAIN_PICO, Bill, cost
from conformance.sdk import AIOHTTP, NO_READ_TIMEOUT_WITH_AIOHTTP
from conformance.stage import Recorded, Stage
from conformance.surfaces import EVERY, MODELS, Surface
from google.genai import types
from support.gemini import said, usage

every_surface = pytest.mark.parametrize("surface", EVERY, ids=lambda surface: surface.name)
every_model_surface = pytest.mark.parametrize("surface", MODELS, ids=lambda surface: surface.name)
every_stream = pytest.mark.parametrize(
    "surface", [s for s in EVERY if s.stream], ids=lambda surface: surface.name
)

AT_ONCE = {
    "retry_options": types.HttpRetryOptions(
        attempts=3, initial_delay=0.001, max_delay=0.001, exp_base=1.0, jitter=0.0
    )
}
UNKNOWN = Bill(pico_usd=None, status="unpriced", reasons=("no_response", "no_usage"))


def failed_as(recorded: Recorded) -> str:
    """The ``error.type`` that the exception the app caught calls for: its status code, else its class."""
    assert recorded.error is not None
    code = getattr(recorded.error, "code", None)
    return str(code) if isinstance(code, int) else type(recorded.error).__qualname__


def assert_failed(recorded: Recorded, bill: Bill) -> None:
    """One span, in error, with the right type and bill, an attempt for each request that arrived, and no text."""
    attributes = recorded.attributes
    assert recorded.bill == bill
    assert attributes["error.type"] == failed_as(recorded)
    assert recorded.span.status.status_code.name == "ERROR"
    assert not any(event.name == "exception" for event in recorded.span.events)
    assert attributes["gemledger.attempts"] == len(recorded.asked)


def skip_if_swallowed(recorded: Recorded) -> None:
    """Skip what this SDK cannot express: the oldest give an error event to the app as an empty chunk."""
    if recorded.error is None:
        assert recorded.bill.status in ("lower_bound", "unpriced")
        pytest.skip("this google-genai gives an error event as an empty chunk")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 503, 504])
@every_surface
async def test_a_refused_request_is_free(stage: Stage, surface: Surface, status: int) -> None:
    """4xx and 5xx are not charged; the span has the code, and the user the exception."""
    recorded = await stage.compare(surface.asking(), {"status": status})

    assert failed_as(recorded) == str(status)
    assert_failed(recorded, NOTHING)


@every_surface
async def test_a_request_without_an_answer_is_of_unknown_cost(
    stage: Stage, surface: Surface, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection broke before the first byte: nobody can know whether it was billed."""
    monkeypatch.setattr(
        random, "randint", lambda *_: 0
    )  # the SDK waits 1 to 10 s before it resends by aiohttp
    # aiohttp's transport in the SDK sends such a request once more by itself, inside one attempt.
    steps = [{"end": "disconnect"}] * (2 if AIOHTTP and "async" in surface.name else 1)
    recorded = await stage.compare(surface.asking(), *steps)

    assert_failed(recorded, UNKNOWN)


@pytest.mark.parametrize("surface", [s for s in EVERY if not s.stream], ids=lambda s: s.name)
async def test_an_answer_cut_off_within_its_body_is_of_unknown_cost(
    stage: Stage, surface: Surface
) -> None:
    """Part of a JSON body arrived, without its usage."""
    steps = [{"response": said("Forty-two.", usage=PLAIN), "end": "disconnect"}]
    recorded = await stage.compare(surface.asking(), *steps)

    assert_failed(recorded, UNKNOWN)


@every_surface
async def test_a_timeout_is_of_unknown_cost(stage: Stage, surface: Surface) -> None:
    """The request was sent; the app stopped waiting."""
    if NO_READ_TIMEOUT_WITH_AIOHTTP and "async" in surface.name:
        pytest.skip("this SDK gives aiohttp a timeout for connecting only")
    steps = [{"end": "stall"}] * (2 if AIOHTTP and "async" in surface.name else 1)
    recorded = await stage.compare(surface.asking(), *steps, http_options={"timeout": 150})

    assert_failed(recorded, UNKNOWN)


@every_surface
async def test_retries_are_attempts_of_one_call_and_billed_once(
    stage: Stage, surface: Surface
) -> None:
    """503, 429, then an answer: one span, three attempts, and the statuses of those that failed."""
    steps = ({"status": 503}, {"status": 429}, {"response": said("Forty-two.", usage=PLAIN)})
    recorded = await stage.compare(surface.asking(), *steps, http_options=AT_ONCE)

    assert recorded.error is None
    assert recorded.bill == PLAIN_BILL
    assert recorded.attributes["gemledger.attempts"] == len(recorded.asked) == 3
    assert recorded.attributes["gemledger.retry_statuses"] == ("503", "429")
    assert "error.type" not in recorded.attributes


@every_model_surface
async def test_retries_that_run_out_are_an_error_and_free(stage: Stage, surface: Surface) -> None:
    """All three attempts were refused."""
    steps = ({"status": 503}, {"status": 503}, {"status": 429})
    recorded = await stage.compare(surface.asking(), *steps, http_options=AT_ONCE)

    assert_failed(recorded, NOTHING)
    assert recorded.attributes["gemledger.retry_statuses"] == ("503", "503", "429")


PARTIAL = Bill(
    input=1_000,
    output=3,
    pico_usd=cost(input=1_000, output=3),
    status="lower_bound",
    reasons=("partial_usage",),
)
BEGUN = said("Forty-", finish=None, usage=usage(1_000, 3))


@pytest.mark.parametrize("status", [429, 503])
@every_stream
async def test_an_error_in_mid_stream_keeps_what_was_billed_until_then(
    stage: Stage, surface: Surface, status: int
) -> None:
    """The app has its chunks and then the exception; the span the last usage, as a lower bound."""
    recorded = await stage.compare(surface.asking(), {"chunks": [BEGUN, {"error": status}]})

    skip_if_swallowed(recorded)
    assert len(recorded.log) == 1
    assert_failed(recorded, PARTIAL)
    assert recorded.attributes["gemledger.stream.state"] == "error"


@every_stream
async def test_a_stream_that_is_dropped_keeps_what_was_billed_until_then(
    stage: Stage, surface: Surface
) -> None:
    """Whether this SDK raises or just ends the stream: the bill so far is a lower bound."""
    recorded = await stage.compare(surface.asking(), {"chunks": [BEGUN], "end": "disconnect"})

    assert recorded.bill == PARTIAL
    raised = recorded.error is not None
    assert recorded.attributes["gemledger.stream.state"] == ("error" if raised else "complete")


@every_stream
async def test_a_stream_that_stalls_keeps_what_was_billed_until_then(
    stage: Stage, surface: Surface
) -> None:
    """The app stopped waiting for the next chunk."""
    if NO_READ_TIMEOUT_WITH_AIOHTTP and "async" in surface.name:
        pytest.skip("this SDK gives aiohttp a timeout for connecting only")
    recorded = await stage.compare(
        surface.asking(), {"chunks": [BEGUN], "end": "stall"}, http_options={"timeout": 150}
    )

    assert_failed(recorded, PARTIAL)
    assert recorded.attributes["gemledger.stream.state"] == "error"


@every_model_surface
async def test_wrong_arguments_are_the_users_own_error(stage: Stage, surface: Surface) -> None:
    """Nothing was sent: nothing was billed, and nobody says otherwise."""
    recorded = await stage.compare(surface.asking({"stowaway": 1}))

    assert isinstance(recorded.error, ValueError)
    assert not recorded.asked
    assert [span["gemledger.cost.pico_usd"] for span in recorded.every] in ([], [0])


@every_model_surface
async def test_missing_arguments_are_the_users_own_error(stage: Stage, surface: Surface) -> None:
    """As without us they are told by the SDK's own signature."""

    async def act(client: Any, log: list[Any]) -> None:
        models = client.aio.models if "async" in surface.name else client.models
        method = "generate_content_stream" if surface.stream else "generate_content"
        answer = getattr(models, method)()
        if "async" in surface.name:
            await answer

    recorded = await stage.compare(act)

    assert isinstance(recorded.error, TypeError)
    assert "missing 2 required keyword-only arguments" in str(recorded.error)


@every_stream
async def test_an_error_before_the_first_chunk_of_a_stream_is_free(
    stage: Stage, surface: Surface
) -> None:
    """Status 200 and then an error event: no usage was ever told, and an error is not charged."""
    recorded = await stage.compare(surface.asking(), {"chunks": [{"error": 503}]})

    skip_if_swallowed(recorded)
    assert_failed(recorded, NOTHING)


def test_the_bills_of_this_suite_are_right() -> None:
    """1,000 tokens at $0.30 and 44 at $2.50 a million are $0.00041."""
    assert PLAIN_PICO == 410_000_000
