"""An interaction whose answer comes in pieces: the last usage is the bill, and who leaves early owes at least that."""

import asyncio
import gc
from typing import Any

import pytest
from google import genai
from google.genai._gaos.lib import compat_errors
from support.interactions import FLASH, ask, counted, impatient, wishing

from gemledger_simulator.process import SimulatorProcess

from .conftest import Recorded

READ, SAID = 750_000, 3_750_000
USAGE = counted(1_000, 100, thought=50)
BILL = 1_000 * READ + 150 * SAID


def told(recorded: Recorded, *names: str) -> tuple[Any, ...]:
    """Attributes of the only span, by what follows ``gemledger.``."""
    return tuple(recorded.attributes.get(f"gemledger.{name}") for name in names)


def test_the_last_usage_of_a_stream_is_its_bill(client: genai.Client, recorded: Recorded) -> None:
    """Every piece restates the usage so far; none is added to another."""
    events = list(ask(client, USAGE, stream=True))
    restated = [event for event in events if getattr(event, "metadata", None) is not None]
    assert len(restated) > 1
    assert told(recorded, "cost.pico_usd", "cost.status") == (BILL, "exact")
    assert told(recorded, "stream.state", "stream.chunks") == ("complete", len(events))
    assert recorded.attributes["gen_ai.request.stream"] is True


@pytest.mark.parametrize("how", ["close", "with", "drop"])
def test_who_leaves_early_owes_at_least_what_was_said(
    client: genai.Client, recorded: Recorded, how: str
) -> None:
    """The prompt, the thoughts, and some of the answer; whichever way the stream is left."""
    stream = ask(client, USAGE, stream=True)
    if how == "with":
        with stream:
            _three_of(stream)
    else:
        _three_of(stream)
    if how == "close":
        stream.close()
    del stream
    gc.collect()
    pico_usd, status, reasons = told(recorded, "cost.pico_usd", "cost.status", "cost.reasons")
    assert 1_000 * READ + 50 * SAID <= pico_usd < BILL
    assert (status, reasons) == ("lower_bound", ("partial_usage",))
    assert told(recorded, "stream.state") == ("abandoned",)
    assert "error.type" not in recorded.attributes


def _three_of(stream: Any) -> None:
    for _ in range(3):
        next(stream)


def test_who_stops_after_the_end_has_left_nothing_open(
    client: genai.Client, recorded: Recorded
) -> None:
    """The completing event is the whole bill, also for somebody who never asks for another."""
    with ask(client, USAGE, stream=True) as stream:
        for event in stream:
            if event.event_type == "interaction.completed":
                break
    assert told(recorded, "cost.pico_usd", "cost.status") == (BILL, "exact")


def test_a_stream_nobody_reads_is_no_free_one(client: genai.Client, recorded: Recorded) -> None:
    """It was asked for, and nobody knows what of it was billed."""
    ask(client, USAGE, stream=True).close()
    assert told(recorded, "cost.status") == ("unpriced",)


def test_the_background_goes_on_when_its_stream_is_left(
    client: genai.Client, recorded: Recorded
) -> None:
    """Then somebody else finds it over; until then it costs nothing."""
    with ask(client, USAGE, stream=True, background=True) as stream:
        _three_of(stream)
    assert told(recorded, "cost.pico_usd", "cost.reasons") == (0, ("settled_later",))
    assert told(recorded, "settlement.id") == (None,)


def test_the_background_watched_to_its_end_is_billed_at_once(
    client: genai.Client, recorded: Recorded
) -> None:
    """Under the id by which everybody else would settle it."""
    events = list(ask(client, USAGE, stream=True, background=True))
    assert told(recorded, "cost.pico_usd", "cost.status") == (BILL, "exact")
    assert told(recorded, "settlement.id") == (f"interaction:{events[0].interaction.id}",)


def test_an_error_in_the_stream_is_told_and_what_came_before_is_owed(
    client: genai.Client, recorded: Recorded
) -> None:
    """The SDK hands it over as an event."""
    events = list(ask(client, USAGE, stream=True, wishes={"fault": "midstream"}))
    assert events[-1].event_type == "error"
    assert recorded.attributes["error.type"] == "unavailable"
    assert told(recorded, "cost.status", "cost.reasons") == ("lower_bound", ("partial_usage",))


def test_a_stream_that_breaks_off_raises_as_ever(
    simulator: SimulatorProcess, recorded: Recorded
) -> None:
    """And at least what it had said is owed."""
    with impatient(simulator.url) as client:
        stream = ask(client, USAGE, stream=True, wishes={"fault": "midstream-disconnect"})
        with pytest.raises(compat_errors.APIConnectionError):
            list(stream)
    assert recorded.attributes["error.type"] == "APIConnectionError"
    assert told(recorded, "stream.state", "cost.status") == ("error", "lower_bound")


def test_a_refused_stream_costs_nothing(simulator: SimulatorProcess, recorded: Recorded) -> None:
    """The error comes from ``create`` itself."""
    with impatient(simulator.url) as client, pytest.raises(compat_errors.RateLimitError):
        ask(client, stream=True, wishes={"fault": "429"})
    assert recorded.attributes["error.type"] == "429"
    assert told(recorded, "cost.pico_usd", "attempts") == (0, 5)


@pytest.mark.parametrize("left", [False, True])
async def test_the_async_client_streams_alike(
    client: genai.Client, recorded: Recorded, left: bool
) -> None:
    """To the end, or not."""
    stream: Any = await client.aio.interactions.create(
        model=FLASH, input="Hi", stream=True, extra_headers=wishing(USAGE)
    )
    async with stream:
        for _ in range(3):
            await anext(stream)
        if not left:
            async for _ in stream:
                pass
    pico_usd, status, state = told(recorded, "cost.pico_usd", "cost.status", "stream.state")
    if left:
        assert 1_000 * READ + 50 * SAID <= pico_usd < BILL
        assert (status, state) == ("lower_bound", "abandoned")
    else:
        assert (pico_usd, status, state) == (BILL, "exact", "complete")
    await client.aio.aclose()


async def test_a_cancelled_task_leaves_its_stream(client: genai.Client, recorded: Recorded) -> None:
    """What was said until then is owed."""
    stream: Any = await client.aio.interactions.create(
        model=FLASH, input="Hi", stream=True, extra_headers=wishing(USAGE)
    )
    reading = asyncio.Event()

    async def read_on() -> None:
        async with stream:
            for _ in range(3):
                await anext(stream)
            reading.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(read_on())
    await reading.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told(recorded, "cost.status", "stream.state") == ("lower_bound", "abandoned")
    await client.aio.aclose()


@pytest.mark.parametrize("mode", ["raw", "streaming"])
@pytest.mark.parametrize("stream", [False, True])
def test_raw_responses_are_billed_when_they_are_read(
    client: genai.Client, recorded: Recorded, mode: str, stream: bool
) -> None:
    """Parsed, as an interaction or as events; the bill is the same."""
    asked: dict[str, Any] = {
        "model": FLASH,
        "input": "Hi",
        "stream": stream,
        "extra_headers": wishing(USAGE),
    }
    if mode == "raw":
        raw: Any = client.interactions.with_raw_response.create(**asked)
        parsed = raw.parse()
    else:
        with client.interactions.with_streaming_response.create(**asked) as response:
            read: Any = response
            parsed = read.parse()
            if stream:
                assert len(list(parsed)) > 2
    if stream and mode == "raw":
        assert len(list(parsed)) > 2
    assert told(recorded, "cost.pico_usd", "cost.status") == (BILL, "exact")


@pytest.mark.parametrize("how", ["json", "iter_lines", "nothing"])
def test_a_raw_response_is_read_in_any_way(
    client: genai.Client, recorded: Recorded, how: str
) -> None:
    """Its bill is known if its body was read whole; else it is seen that it is not."""
    with client.interactions.with_streaming_response.create(
        model=FLASH, input="Hi", extra_headers=wishing(USAGE)
    ) as response:
        read: Any = response
        if how == "json":
            assert read.json()["status"] == "completed"
        elif how == "iter_lines":
            assert list(read.iter_lines())
    status = "exact" if how == "json" else "unpriced"
    assert told(recorded, "cost.status") == (status,)


@pytest.mark.parametrize("mode", ["with_raw_response", "with_streaming_response"])
async def test_async_raw_responses_are_billed_too(
    client: genai.Client, recorded: Recorded, mode: str
) -> None:
    """Awaited and parsed."""
    asked: dict[str, Any] = {"model": FLASH, "input": "Hi", "extra_headers": wishing(USAGE)}
    if mode == "with_raw_response":
        raw: Any = await client.aio.interactions.with_raw_response.create(**asked)
        assert (await raw.parse()).status == "completed"
    else:
        async with client.aio.interactions.with_streaming_response.create(**asked) as response:
            assert (await response.parse()).status == "completed"
    assert told(recorded, "cost.pico_usd", "cost.status") == (BILL, "exact")
    await client.aio.aclose()
