"""Automatic function calling: several requests behind one method, each billed, whatever becomes of the later ones."""

import copy
from typing import Any

import pytest
from conformance.bills import MODEL, Bill, cost
from conformance.stage import Log, Recorded, Stage
from conformance.surfaces import CHATS, EVERY, MODELS, QUESTION, Surface
from google import genai
from google.genai import types
from support.gemini import Json, asks_for, said, usage

STEPS: tuple[Json, ...] = (
    {
        "response": said(
            asks_for("get_weather", city="Oslo"), usage=usage(100, 15), response_id="r-1"
        )
    },
    {"response": said(asks_for("get_tide", city="Oslo"), usage=usage(200, 25), response_id="r-2")},
    {"response": said("Sunny, and high.", usage=usage(300, 35), response_id="r-3")},
)
"""Three requests; the SDK's response tells only of the last: 300 and 35 of 600 and 75."""
WHOLE = Bill(input=600, output=75, pico_usd=cost(input=600, output=75))
FIRST = Bill(input=100, output=15, pico_usd=cost(input=100, output=15))


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


def get_tide(city: str) -> str:
    """The tide in a city."""
    return f"high in {city}"


def tools() -> types.GenerateContentConfig:
    """A config with both functions."""
    return types.GenerateContentConfig(tools=[get_weather, get_tide], temperature=0.5)


def assert_every_request_is_counted(recorded: Recorded, bill: Bill, exchanges: int) -> None:
    """Tokens, cost, exchanges and attempts of all spans: in some SDKs a chat makes a public call of each request."""
    assert recorded.bill == bill
    assert recorded.sum("gemledger.exchanges") == exchanges
    assert recorded.sum("gemledger.attempts") == len(recorded.asked)
    assert recorded.sum("gemledger.cost.pico_usd") == recorded.sum(
        "gemledger.cost.input.pico_usd"
    ) + recorded.sum("gemledger.cost.output.pico_usd")


def ids(recorded: Recorded) -> list[Any]:
    """Response ids as told, from the events of a call of several exchanges or from the calls themselves."""
    events = [event.attributes or {} for span in recorded.spans for event in span.events]
    return [told.get("gen_ai.response.id") for told in events or recorded.every]


@pytest.mark.parametrize("surface", EVERY, ids=lambda surface: surface.name)
async def test_every_request_of_a_function_call_is_billed(stage: Stage, surface: Surface) -> None:
    """Three requests are 600 tokens in and 75 out, although the app sees the usage of the last only."""
    recorded = await stage.compare(surface.asking(tools()), *STEPS)

    assert recorded.error is None
    assert len(recorded.asked) == 3
    assert_every_request_is_counted(recorded, WHOLE, 3)
    assert ids(recorded) == ["r-1", "r-2", "r-3"]
    if surface in MODELS:
        assert len(recorded.spans) == 1
    else:
        assert len(recorded.spans) in (1, 3)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("surface", EVERY, ids=lambda surface: surface.name)
async def test_what_was_billed_before_a_later_request_fails_is_kept(
    stage: Stage, surface: Surface, status: int
) -> None:
    """The second request is refused: the first one's 100 and 15 tokens were billed all the same."""
    recorded = await stage.compare(surface.asking(tools()), STEPS[0], {"status": status})

    assert getattr(recorded.error, "code", None) == status
    assert_every_request_is_counted(recorded, FIRST, 1)
    assert recorded.every[-1]["error.type"] == str(status)
    assert recorded.spans[-1].status.status_code.name == "ERROR"


@pytest.mark.parametrize("surface", MODELS, ids=lambda surface: surface.name)
async def test_the_users_config_and_contents_are_not_touched(
    stage: Stage, surface: Surface
) -> None:
    """Used twice, a config gives twice the same calls; no function of it was wrapped."""
    config = tools()
    before = copy.deepcopy(config.model_dump(exclude={"tools"}))

    async def act(client: genai.Client, log: Log) -> None:
        for _ in range(2):
            await surface.ask(client, log, config)
            log.append(list(config.tools or ()) == [get_weather, get_tide])
        log.append(config.model_dump(exclude={"tools"}) == before)

    recorded = await stage.compare(act, *STEPS, *STEPS)

    assert [seen for seen in recorded.log if isinstance(seen, bool)] == [True, True, True]
    assert len(recorded.spans) == 2
    assert recorded.sum("gemledger.exchanges") == 6


@pytest.mark.parametrize("surface", [*MODELS[:1], *CHATS[:1]], ids=lambda surface: surface.name)
async def test_a_function_that_raises_is_told_to_the_model(stage: Stage, surface: Surface) -> None:
    """The SDK's way: the exception becomes the function's answer, and the call goes on."""

    def get_weather(city: str) -> str:
        """The weather in a city."""
        raise KeyError(city)

    config = types.GenerateContentConfig(tools=[get_weather])
    recorded = await stage.compare(surface.asking(config), STEPS[0], STEPS[2])

    assert recorded.error is None
    assert_every_request_is_counted(
        recorded, Bill(input=400, output=50, pico_usd=cost(input=400, output=50)), 2
    )


async def test_a_call_made_inside_a_function_is_a_span_of_its_own(stage: Stage) -> None:
    """Its tokens are its own; the call around it does not count them again."""

    async def act(client: genai.Client, log: Log) -> None:
        def get_weather(city: str) -> str:
            """The weather in a city."""
            inner = client.models.generate_content(model=MODEL, contents=city)
            return str(inner.text)

        config = types.GenerateContentConfig(tools=[get_weather])
        log.append(client.models.generate_content(model=MODEL, contents=QUESTION, config=config))

    inner = {"response": said("sunny", usage=usage(7, 2))}
    recorded = await stage.compare(act, STEPS[0], inner, STEPS[2])

    inside, outside = recorded.spans
    assert [span["gen_ai.usage.input_tokens"] for span in recorded.every] == [7, 400]
    assert [span["gemledger.exchanges"] for span in recorded.every] == [1, 2]
    assert inside.parent is not None
    assert inside.parent.span_id == outside.context.span_id


async def test_calls_stop_at_the_maximum_the_app_set(stage: Stage) -> None:
    """The last request's function call is handed to the app, and counted."""
    config = types.GenerateContentConfig(
        tools=[get_weather],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(maximum_remote_calls=1),
    )
    recorded = await stage.compare(MODELS[0].asking(config), STEPS[0])

    assert recorded.bill == FIRST


async def test_function_calling_switched_off_is_one_request(stage: Stage) -> None:
    """The app runs the function itself."""
    config = types.GenerateContentConfig(
        tools=[get_weather],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    recorded = await stage.compare(MODELS[0].asking(config), STEPS[0])

    assert recorded.bill == FIRST
    assert recorded.log[0].function_calls[0].name == "get_weather"
