"""Prompts and answers: nowhere unless asked for; then redacted, and in the standard shape."""

import gc
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from opentelemetry.sdk.trace import ReadableSpan

from gemledger.content import (
    Answer,
    input_messages,
    system_instructions,
    tool_definitions,
)
from gemledger.redaction import Redactor
from gemledger_simulator.faults import Fault

SECRET = "tulip-7741"


def everything_exported(spans: list[ReadableSpan]) -> str:
    """All that leaves the process, as an exporter writes it: names, attributes, events, links, status, resource."""
    return "".join(span.to_json() for span in spans)


def test_content_is_off_and_nothing_of_it_leaks(client: genai.Client, recorded: Any) -> None:
    """Prompt, instruction, tools, tool arguments and results, media, answers, errors with the prompt in their text."""

    def get_weather(city: str) -> str:
        """The weather, says tulip-7741."""
        return SECRET

    def fails(city: str) -> str:
        """Always fails."""
        raise ValueError(SECRET)

    image = types.Part.from_bytes(data=SECRET.encode(), mime_type="image/png")
    config = types.GenerateContentConfig(system_instruction=SECRET, tools=[get_weather, fails])
    ask, stream = client.models.generate_content, client.models.generate_content_stream
    model = "gemini-2.5-flash"
    ask(model=model, contents=f"Weather in {SECRET}?", config=config)
    mixed: Any = [SECRET, image, {"text": SECRET}]
    ask(model=model, contents=mixed)
    list(stream(model=model, contents=SECRET, config=config))
    next(stream(model=model, contents=SECRET))
    chat = client.chats.create(model=model, config=config)
    chat.send_message(SECRET)
    list(chat.send_message_stream(SECRET))
    wrong: Any = [{"parts": [{"tex": SECRET}]}]
    with pytest.raises(ValueError, match=SECRET):
        ask(model=model, contents=wrong)

    gc.collect()
    assert len(recorded.spans) >= 7
    assert SECRET not in everything_exported(recorded.spans)


class Quoting(BaseHTTPRequestHandler):
    """A service that refuses every request and quotes it in its error, as validation does."""

    def do_POST(self) -> None:
        """Refuse."""
        asked = self.rfile.read(int(self.headers["content-length"])).decode()
        error = {"code": 400, "status": "INVALID_ARGUMENT", "message": f"cannot parse: {asked}"}
        body = json.dumps({"error": {**error, "details": [{"reason": asked}]}}).encode()
        self.send_response(400)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("streamed", [False, True])
def test_an_error_that_quotes_the_prompt_is_recorded_without_it(
    recorded: Any, streamed: bool
) -> None:
    """The status keeps Google's word for the error, and nothing of its message."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Quoting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=address))
        call = client.models.generate_content_stream if streamed else client.models.generate_content
        with pytest.raises(errors.ClientError, match=SECRET):
            list(call(model="gemini-2.5-flash", contents=SECRET))
        client.close()
        server.shutdown()

    assert recorded.span.status.description == "INVALID_ARGUMENT"
    assert SECRET not in everything_exported(recorded.spans)


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("streamed", [False, True])
def test_no_fault_brings_content_onto_a_span(
    client: genai.Client, recorded: Any, asking: Any, fault: Fault, streamed: bool
) -> None:
    """Whatever the service does, an error may quote the prompt; with content off no word of it leaves."""
    config = asking(fault=fault, system_instruction=SECRET)
    config.http_options.timeout = 2_000
    call = client.models.generate_content_stream if streamed else client.models.generate_content
    try:
        answer = call(model="gemini-2.5-flash", contents=f"Repeat: {SECRET}", config=config)
        if streamed:
            list(answer)
    except Exception as error:  # noqa: BLE001 - which one is the business of other tests
        del error

    assert recorded.spans
    assert SECRET not in everything_exported(recorded.spans)


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


def test_content_is_redacted_before_it_leaves(client: genai.Client, recorded_content: Any) -> None:
    """Personal data in the prompt is not on the span."""
    client.models.generate_content(
        model="gemini-2.5-flash", contents="I am ann.smith@example.com, 4111 1111 1111 1111"
    )

    (message,) = json.loads(recorded_content.attributes["gen_ai.input.messages"])
    assert message["parts"][0]["content"] == "I am [email], [card]"


def test_no_corner_of_the_content_is_left_unredacted() -> None:
    """Texts, instructions, arguments and their keys, numbers, results, code, addresses, names, descriptions."""
    mail, card = "ann.smith@example.com", 4111111111111111
    text = types.Part(text=mail)
    parts = [
        text,
        types.Part(function_call=types.FunctionCall(name=mail, id=mail, args={mail: [mail, card]})),
        types.Part(function_response=types.FunctionResponse(name="f", response={"to": mail})),
        types.Part(executable_code=types.ExecutableCode(code=mail)),
        types.Part(code_execution_result=types.CodeExecutionResult(output=mail)),
        types.Part(file_data=types.FileData(file_uri=f"gs://b/{mail}", mime_type="text/plain")),
    ]
    tool = types.Tool(function_declarations=[types.FunctionDeclaration(name="f", description=mail)])
    redactor = Redactor(b"k" * 16)
    answer = Answer(1_000, redactor)
    answer.add(0, types.Candidate(content=types.Content(parts=[text, *parts])))
    written = (
        input_messages([types.Content(parts=parts)], 1_000, redactor),
        system_instructions(mail, 1_000, redactor),
        tool_definitions([tool], 1_000, redactor),
        answer.messages({}),
    )
    for attribute in written:
        assert mail not in attribute
        assert str(card) not in attribute
        assert redactor(mail) in attribute
