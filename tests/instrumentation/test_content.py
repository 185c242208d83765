"""Prompts and answers: nowhere unless asked for; then redacted, capped, and without media."""

import hashlib
import json
from typing import Any

import pytest
from google import genai
from google.genai import types

from gemledger.content import input_messages, system_instructions

SECRET = "tulip-7741"


def everything_exported(recorded: Any) -> str:
    """All that leaves the process: names, attributes, events, status."""
    return "".join(
        f"{span.name} {dict(span.attributes)} {[dict(event.attributes) for event in span.events]}"
        f" {span.status.description}"
        for span in recorded.spans
    )


def test_content_is_off_and_nothing_of_it_leaks(client: genai.Client, recorded: Any) -> None:
    """Prompt, system instruction, tool arguments, errors with the prompt in their text: none is on a span."""

    def get_weather(city: str) -> str:
        """The weather in a city."""
        return SECRET

    config = types.GenerateContentConfig(system_instruction=SECRET, tools=[get_weather])
    client.models.generate_content(
        model="gemini-2.5-flash", contents=f"Weather in {SECRET}?", config=config
    )
    list(client.models.generate_content_stream(model="gemini-2.5-flash", contents=SECRET))
    wrong: Any = [{"parts": [{"tex": SECRET}]}]
    with pytest.raises(ValueError, match=SECRET):
        client.models.generate_content(model="gemini-2.5-flash", contents=wrong)

    assert len(recorded.spans) == 3
    assert SECRET not in everything_exported(recorded)


def test_content_on_gives_messages_in_the_standard_shape(
    client: genai.Client, recorded_content: Any
) -> None:
    """Roles, typed parts, and the reason each answer ended."""
    chat = client.chats.create(
        model="gemini-2.5-flash", config=types.GenerateContentConfig(system_instruction="Be brief.")
    )
    first = chat.send_message("Hello")
    second = chat.send_message("And now?")

    last = recorded_content.spans[-1].attributes
    assert json.loads(last["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "Hello"}]},
        {"role": "assistant", "parts": [{"type": "text", "content": first.text}]},
        {"role": "user", "parts": [{"type": "text", "content": "And now?"}]},
    ]
    assert json.loads(last["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": second.text}],
            "finish_reason": "stop",
        }
    ]
    assert json.loads(last["gen_ai.system_instructions"]) == [
        {"type": "text", "content": "Be brief."}
    ]


def test_the_chunks_of_a_streamed_answer_are_one_text(
    client: genai.Client, recorded_content: Any
) -> None:
    """What the judge reads is what the user read."""
    chunks = list(client.models.generate_content_stream(model="gemini-2.5-flash", contents="Hello"))

    (message,) = json.loads(recorded_content.attributes["gen_ai.output.messages"])
    assert message["parts"] == [
        {"type": "text", "content": "".join(chunk.text or "" for chunk in chunks)}
    ]


def test_function_calling_keeps_the_prompt_as_it_was_sent_first(
    client: genai.Client, recorded_content: Any
) -> None:
    """The SDK appends to the contents while it calls functions; the question stays the question."""

    def get_weather(city: str) -> str:
        """The weather in a city."""
        return "sunny"

    contents = [
        types.Content(role="user", parts=[types.Part(text="What is the weather in Paris?")])
    ]
    client.models.generate_content(
        model="gemini-2.5-flash",
        contents=contents,
        config=types.GenerateContentConfig(tools=[get_weather]),
    )

    messages = json.loads(recorded_content.attributes["gen_ai.input.messages"])
    assert [message["parts"][0]["content"] for message in messages] == [
        "What is the weather in Paris?"
    ]


@pytest.mark.parametrize(
    ("value", "captured"),
    [
        ("SPAN_ONLY", True),
        ("span_and_event", True),
        ("NO_CONTENT", False),
        ("EVENT_ONLY", False),
        ("true", False),
    ],
)
def test_the_standard_variable_turns_content_on(
    client: genai.Client,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    value: str,
    captured: bool,
) -> None:
    """Only its own values do; what is not understood keeps content off."""
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", value)
    recorded = request.getfixturevalue("recorded")
    client.models.generate_content(model="gemini-2.5-flash", contents="Hello")

    assert ("gen_ai.input.messages" in recorded.attributes) is captured


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
    """Function calls and results, files, thoughts; what we do not know is named and not copied."""
    parts = [
        types.Part(function_call=types.FunctionCall(name="f", args={"a": 1})),
        types.Part(function_response=types.FunctionResponse(name="f", response={"b": 2})),
        types.Part(file_data=types.FileData(file_uri="gs://b/f.pdf", mime_type="application/pdf")),
        types.Part(text="hm", thought=True),
        types.Part(
            executable_code=types.ExecutableCode(code=SECRET, language=types.Language.PYTHON)
        ),
    ]
    (message,) = json.loads(input_messages(types.Content(role="model", parts=parts), 1_000))

    assert message == {
        "role": "assistant",
        "parts": [
            {"type": "tool_call", "name": "f", "arguments": '{"a": 1}'},
            {"type": "tool_call_response", "name": "f", "response": '{"b": 2}'},
            {"type": "uri", "mime_type": "application/pdf", "uri": "gs://b/f.pdf"},
            {"type": "reasoning", "content": "hm"},
            {"type": "part"},
        ],
    }


def test_an_attribute_has_a_cap_and_says_what_is_missing() -> None:
    """The cap holds for the whole attribute, not for each text."""
    (message,) = json.loads(input_messages(["a" * 60, "b" * 60, "c" * 60], 100))

    assert [part["content"] for part in message["parts"]] == [
        "a" * 60,
        "b" * 40 + "[… 20 more characters]",
        "[… 60 more characters]",
    ]


def test_a_secret_across_the_cap_is_redacted_whole() -> None:
    """Redaction comes before the cut: no half of an address is left."""
    (part,) = json.loads(system_instructions("x" * 90 + " ann.smith@example.com", 96))

    assert part["content"].startswith("x" * 90 + " [emai")
    assert "ann" not in part["content"]


def test_content_is_redacted_before_it_leaves(client: genai.Client, recorded_content: Any) -> None:
    """Personal data in the prompt is not on the span."""
    client.models.generate_content(
        model="gemini-2.5-flash", contents="I am ann.smith@example.com, 4111 1111 1111 1111"
    )

    (message,) = json.loads(recorded_content.attributes["gen_ai.input.messages"])
    assert message["parts"][0]["content"] == "I am [email], [card]"
