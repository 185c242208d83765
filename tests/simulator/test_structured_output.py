"""Answers that fit a schema, and function calling, through the real SDK."""

import enum
import json
from datetime import datetime
from typing import Literal

import pytest
from google import genai
from google.genai import types
from pydantic import BaseModel, Field

MODEL = "gemini-2.5-flash"


class Part(BaseModel):
    """A part of a station."""

    name: str
    weight_grams: int = Field(ge=10, le=500)
    colour: Literal["white", "grey"]


class Station(BaseModel):
    """A nested thing with every simple type."""

    title: str
    in_stock: bool
    price: float = Field(ge=1, le=9)
    parts: list[Part] = Field(min_length=2, max_length=4)
    since: datetime
    note: str | None = None


class Kind(enum.StrEnum):
    """Kinds of ticket."""

    BILLING = "billing"
    DELIVERY = "delivery"


def test_a_pydantic_schema_is_filled_with_valid_values(client: genai.Client) -> None:
    """The SDK parses the answer into the model, limits and enumerations kept."""
    response = client.models.generate_content(
        model=MODEL,
        contents="Describe a station.",
        config={"response_mime_type": "application/json", "response_schema": Station},
    )
    assert isinstance(response.parsed, Station)
    assert 2 <= len(response.parsed.parts) <= 4


def test_a_json_schema_with_references_is_filled_too(client: genai.Client) -> None:
    """response_json_schema goes over the wire as pydantic writes it, $defs and all."""
    response = client.models.generate_content(
        model=MODEL,
        contents="Describe another station.",
        config={
            "response_mime_type": "application/json",
            "response_json_schema": Station.model_json_schema(),
        },
    )
    assert len(Station.model_validate_json(response.text or "").parts) >= 2


def test_an_enum_is_answered_by_one_of_its_words(client: genai.Client) -> None:
    """text/x.enum gives the bare word."""
    response = client.models.generate_content(
        model=MODEL,
        contents="Classify: the parcel is late",
        config={"response_mime_type": "text/x.enum", "response_schema": Kind},
    )
    assert response.text in list(Kind)


def test_a_schema_that_contains_itself_comes_to_an_end(client: genai.Client) -> None:
    """Required recursion is cut at a depth, optional recursion earlier."""
    tree = {
        "$defs": {
            "node": {
                "type": "object",
                "properties": {"children": {"items": {"$ref": "#/$defs/node"}}},
            }
        },
        "$ref": "#/$defs/node",
    }
    response = client.models.generate_content(
        model=MODEL,
        contents="A tree, please",
        config={"response_mime_type": "application/json", "response_json_schema": tree},
    )
    assert "children" in json.loads(response.text or "")


def get_weather(city: str) -> dict[str, str]:
    """The weather in a city."""
    return {"city": city, "sky": "clear"}


def get_tide(harbour: str, hours: int) -> str:
    """The tide at a harbour."""
    return f"low tide at {harbour} in {hours} h"


def test_a_declared_function_is_called_when_the_prompt_asks_for_it(client: genai.Client) -> None:
    """Without automatic calling the function call comes back, with arguments of the declared types."""
    response = client.models.generate_content(
        model=MODEL,
        contents="What is the weather in Bergen?",
        config=types.GenerateContentConfig(
            tools=[get_weather],
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        ),
    )
    assert response.function_calls
    [call] = response.function_calls
    assert (call.name, call.args) == ("get_weather", {"city": "Bergen"})


def test_a_chat_calls_functions_one_after_another_and_then_answers(client: genai.Client) -> None:
    """Two functions named make three exchanges; the text reports what both returned."""
    chat = client.chats.create(
        model=MODEL, config=types.GenerateContentConfig(tools=[get_weather, get_tide])
    )
    response = chat.send_message("Tell me the weather in Bergen, and then the tide there")
    assert response.text
    assert "clear" in response.text
    assert "low tide" in response.text
    history = [part for content in chat.get_history() for part in content.parts or []]
    assert [part.function_call.name for part in history if part.function_call] == [
        "get_weather",
        "get_tide",
    ]


async def test_functions_are_called_asynchronously_too(
    async_client: genai.client.AsyncClient,
) -> None:
    """The same loop on the asynchronous side."""
    chat = async_client.chats.create(
        model=MODEL, config=types.GenerateContentConfig(tools=[get_weather])
    )
    response = await chat.send_message("What is the weather in Bergen?")
    assert response.text
    assert "clear" in response.text


def test_functions_nobody_asks_for_are_left_alone(client: genai.Client) -> None:
    """A prompt about something else is answered in words."""
    chat = client.chats.create(model=MODEL, config=types.GenerateContentConfig(tools=[get_weather]))
    assert chat.send_message("How heavy is the base station?").text
    assert len(chat.get_history()) == 2


@pytest.mark.parametrize(("mode", "called"), [("ANY", True), ("NONE", False)])
def test_the_calling_mode_decides(client: genai.Client, mode: str, called: bool) -> None:
    """ANY calls even unasked, NONE not even when asked."""
    config = types.GenerateContentConfig(
        tools=[get_weather],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        tool_config=types.ToolConfig(
            function_calling_config=types.FunctionCallingConfig(
                mode=types.FunctionCallingConfigMode(mode)
            )
        ),
    )
    asked = "How heavy is it?" if called else "What is the weather in Bergen?"
    response = client.models.generate_content(model=MODEL, contents=asked, config=config)
    assert bool(response.function_calls) is called
