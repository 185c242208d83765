"""Every form of content the SDK takes, as messages: media by type, size and digest, tools by name."""

import hashlib
import json
from typing import Any

import pytest
from google import genai
from google.genai import types
from support.content import messages_of

from gemledger.content import (
    input_messages,
    tool_definitions,
)


def test_media_is_named_by_type_size_and_digest() -> None:
    """A megabyte of image becomes a line."""
    pixels = b"\x89PNG" * 250_000
    image = types.Part(inline_data=types.Blob(mime_type="image/png", data=pixels))
    ((message),) = json.loads(input_messages(["What is this?", image], 1_000))

    assert message["parts"] == [
        {"type": "text", "content": "What is this?"},
        {
            "type": "blob",
            "mime_type": "image/png",
            "modality": "image",
            "size_bytes": 1_000_000,
            "sha256": hashlib.sha256(pixels).hexdigest(),
        },
    ]


@pytest.mark.parametrize(
    "contents",
    [
        "Hello",
        ["Hello"],
        types.Part(text="Hello"),
        types.Content(role="user", parts=[types.Part(text="Hello")]),
        {"role": "user", "parts": [{"text": "Hello"}]},
        [{"text": "Hello"}],
        [types.UserContent(parts=[types.Part(text="Hello")])],
    ],
)
def test_every_form_of_contents_reads_the_same(contents: Any) -> None:
    """The SDK takes texts, parts, contents, dicts and lists of them."""
    assert json.loads(input_messages(contents, 100)) == [
        {"role": "user", "parts": [{"type": "text", "content": "Hello"}]}
    ]


def test_every_other_kind_of_part_is_described() -> None:
    """Function calls and results, files, thoughts, code and what came of it, in OpenTelemetry's words."""
    python = types.Language.PYTHON
    parts = [
        types.Part(function_call=types.FunctionCall(id="c1", name="f", args={"a": 1})),
        types.Part(file_data=types.FileData(file_uri="gs://b/f.pdf", mime_type="application/pdf")),
        types.Part(text="hm", thought=True),
        types.Part(executable_code=types.ExecutableCode(code="print(1)", language=python)),
        types.Part(
            code_execution_result=types.CodeExecutionResult(
                outcome=types.Outcome.OUTCOME_OK, output="1"
            )
        ),
        types.Part(thought_signature=b"abc"),
    ]
    (message,) = messages_of(types.Content(role="model", parts=parts))

    call = {"type": "code_execution", "language": "PYTHON", "code": "print(1)"}
    result = {"type": "code_execution", "outcome": "OUTCOME_OK", "output": "1"}
    pdf = {"mime_type": "application/pdf", "modality": "document", "uri": "gs://b/f.pdf"}
    assert message == {
        "role": "assistant",
        "parts": [
            {"type": "tool_call", "id": "c1", "name": "f", "arguments": {"a": 1}},
            {"type": "uri", **pdf},
            {"type": "reasoning", "content": "hm"},
            {"type": "server_tool_call", "name": "code_execution", "server_tool_call": call},
            {"type": "server_tool_call_response", "server_tool_call_response": result},
            {"type": "part"},
        ],
    }


def test_what_a_function_answered_is_the_tools_message_and_not_the_users() -> None:
    """Gemini sends it in the user's role; whoever looks for the question must not find it there."""
    answer = types.FunctionResponse(name="f", response={"result": "sunny"})
    history = [
        types.UserContent(parts=[types.Part(text="Weather?")]),
        types.UserContent(parts=[types.Part(function_response=answer)]),
    ]
    assert [message["role"] for message in messages_of(history)] == ["user", "tool"]
    assert messages_of(history)[1]["parts"] == [
        {"type": "tool_call_response", "name": "f", "response": {"result": "sunny"}}
    ]


def test_tools_are_defined_by_name_description_and_parameters() -> None:
    """Declared functions, functions of the app, and Google's own tools."""

    def get_time(zone: str) -> str:
        """The time there."""
        return zone

    place = types.Schema(
        type=types.Type.OBJECT, properties={"city": types.Schema(type=types.Type.STRING)}
    )
    tools = [
        types.Tool(
            function_declarations=[
                types.FunctionDeclaration(name="get_weather", description="It.", parameters=place)
            ]
        ),
        {"functionDeclarations": [{"name": "locate"}]},
        types.Tool(google_search=types.GoogleSearch()),
        get_time,
        object(),
    ]
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}}
    assert json.loads(tool_definitions(tools, 1_000)) == [
        {"type": "function", "name": "get_weather", "description": "It.", "parameters": parameters},
        {"type": "function", "name": "locate"},
        {"type": "google_search", "name": "google_search"},
        {"type": "function", "name": "get_time", "description": "The time there."},
        {"type": "tool", "name": "object"},
    ]


def test_the_tools_of_a_call_are_on_its_span(client: genai.Client, recorded_content: Any) -> None:
    """Only where there are any."""
    search = types.GenerateContentConfig(tools=[types.Tool(google_search=types.GoogleSearch())])
    client.models.generate_content(model="gemini-2.5-flash", contents="Hi", config=search)
    client.models.generate_content(model="gemini-2.5-flash", contents="Hi")

    with_tools, without = recorded_content.spans
    assert json.loads(with_tools.attributes["gen_ai.tool.definitions"]) == [
        {"type": "google_search", "name": "google_search"}
    ]
    assert "gen_ai.tool.definitions" not in without.attributes
