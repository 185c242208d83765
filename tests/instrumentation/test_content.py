"""Prompts and answers: nowhere unless asked for; then redacted, capped, and without media."""

import copy
import datetime as dt
import decimal
import gc
import hashlib
import json
import threading
import weakref
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import ReadableSpan

from gemledger.attributes import Endpoint, Request
from gemledger.content import (
    Answer,
    input_messages,
    request_attributes,
    system_instructions,
    tool_definitions,
)
from gemledger.redaction import Redactor
from gemledger_simulator.faults import Fault

SECRET = "tulip-7741"


def everything_exported(spans: list[ReadableSpan]) -> str:
    """All that leaves the process, as an exporter writes it: names, attributes, events, links, status, resource."""
    return "".join(span.to_json() for span in spans)


def messages_of(contents: Any, max_characters: int = 1_000) -> Any:
    """The messages that are written for a request's contents."""
    return json.loads(input_messages(contents, max_characters))


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


def test_a_secret_half_read_beyond_the_cap_is_not_shown_when_redaction_makes_room() -> None:
    """What is read last may be the half of something; it stays out even where there would be space."""
    addresses = "somebody.with.a.long.name@mail.example.com " * 40
    written = system_instructions(addresses + "ann.smith@example.com", len(addresses) - 500)

    assert "ann" not in written


def test_the_newest_message_has_the_first_claim_on_the_cap() -> None:
    """A long history is cut at its beginning: what was asked last is what a judge needs."""
    history = [
        {"role": role, "parts": [{"text": f"{turn} " + "x" * 50}]}
        for turn in range(40)
        for role in ("user", "model")
    ]
    messages = messages_of([*history, "Now what?"], 200)

    assert messages[-1] == {"role": "user", "parts": [{"type": "text", "content": "Now what?"}]}
    assert messages[-2]["parts"][0]["content"] == "39 " + "x" * 50
    assert messages[-9]["parts"][0]["content"] == "[… 53 more characters]"
    (first,) = messages[0]["parts"]
    assert first == {"type": "omitted", "messages": len(history) + 2 - len(messages)}


@pytest.mark.parametrize(
    "contents",
    [
        ["\x00" * 50_000],
        ['"' * 50_000],
        [""] * 50_000,
        [{"role": "user", "parts": [{"text": "x"}]}] * 20_000,
        [types.Part(inline_data=types.Blob(mime_type="m" * 10_000, data=b"1"))] * 5_000,
        [types.Part(function_call=types.FunctionCall(name="n" * 9_000, args={"k" * 9_000: "v"}))]
        * 500,
        [
            types.Part(
                function_call=types.FunctionCall(name="f", args={"a": [["x" * 99] * 99] * 99})
            )
        ],
        [types.Part(file_data=types.FileData(file_uri="u" * 99_000, mime_type="text/plain"))] * 99,
    ],
    ids=["escapes", "quotes", "parts", "messages", "media", "names", "arguments", "addresses"],
)
def test_no_attribute_outgrows_its_cap(contents: Any) -> None:
    """Text up to the cap, and as much again around it: an exporter's batch must stay sendable."""
    written = input_messages(contents, 4_000)

    assert len(written) <= 2 * 4_000 + 8_192
    assert json.loads(written)


def test_an_answer_keeps_neither_the_response_nor_more_text_than_it_writes() -> None:
    """A stream of a million characters is not held in memory, nor are its chunks."""
    answer = Answer(1_000)
    blob = types.Part(inline_data=types.Blob(mime_type="image/png", data=b"x"))
    seen = []
    for _ in range(1_000):
        part = types.Part(text="x" * 1_000)
        candidate = types.Candidate(content=types.Content(parts=[part, blob.model_copy()]))
        answer.add(0, candidate)
        seen.append(weakref.ref(candidate))
    del candidate, part
    gc.collect()

    assert not any(each() for each in seen)
    kept = gc.get_referents(*gc.get_referents(answer._parts[0]))
    assert sum(len(each) for each in kept if isinstance(each, str)) < 50_000
    assert len(answer.messages({0: "stop"})) < 12_000


def test_texts_that_follow_each_other_are_one_and_say_what_is_missing() -> None:
    """Thoughts and answer stay apart; the reason it ended is in OpenTelemetry's words."""
    answer = Answer(20)
    for text, thought in (("Let me ", True), ("think.", True), ("It is ", None), ("9" * 90, None)):
        part = types.Part(text=text, thought=thought)
        answer.add(0, types.Candidate(content=types.Content(parts=[part])))
    (message,) = json.loads(answer.messages({0: "max_tokens"}))

    assert message == {
        "role": "assistant",
        "parts": [
            {"type": "reasoning", "content": "Let me think."},
            {"type": "text", "content": "It is 9[… 89 more characters]"},
        ],
        "finish_reason": "length",
    }


class Hostile:
    """An object that raises whatever is done to it."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(SECRET)

    def __repr__(self) -> str:
        raise RuntimeError(SECRET)


class Words(str):
    """A str that lies about itself."""

    __slots__ = ()

    def __str__(self) -> str:
        return SECRET

    def __getitem__(self, key: Any) -> str:
        raise RuntimeError(SECRET)


ODD_VALUES = [
    Hostile(),
    object(),
    Words("hello"),
    float("nan"),
    10**5_000,
    {1, 2},
    b"bytes",
    dt.date(2026, 11, 21),
    decimal.Decimal("1.5"),
    {Hostile(): 1},
    lambda: None,
    ...,
    "\ud800",
    [[[[[[[[[[[[[[[1]]]]]]]]]]]]]]],
    types.Part(),
    types.Content(),
    types.Image(image_bytes=b"x", mime_type="image/png"),
    types.Image(gcs_uri="gs://b/x.png"),
    types.File(uri="https://example.org/f", mime_type="image/png"),
    {"parts": None},
    {"parts": {"text": "one"}},
    {"role": 7, "parts": ["a"]},
    {"function_call": 5},
    {"inline_data": {"data": 5}},
    None,
]


@pytest.mark.parametrize("number", range(len(ODD_VALUES)))
def test_no_object_of_the_users_makes_us_raise(number: int) -> None:
    """As content, as part, as argument, as instruction, as tool: what cannot be read is named, the rest is there."""
    value = ODD_VALUES[number]
    call = types.FunctionCall.model_construct(name="f", args={"odd": value, "even": 2})
    parts = ["before", value, types.Part.model_construct(function_call=call), "after"]
    request = Request(
        operation="generate_content",
        model="gemini-2.5-flash",
        contents=[{"role": "user", "parts": parts}, value],
        config={"system_instruction": value, "tools": [value]},
        stream=False,
        endpoint=Endpoint("gcp.gemini", "gemini_api", None, None),
    )
    found = request_attributes(request, 1_000)
    for text in found.values():
        assert SECRET not in text
        text.encode()
        json.loads(text, parse_constant=pytest.fail)

    (first, *_) = json.loads(found["gen_ai.input.messages"])
    assert first["parts"][0] == {"type": "text", "content": "before"}
    assert first["parts"][-1] == {"type": "text", "content": "after"}
    answer = Answer(100)
    content = types.Content.model_construct(parts=["before", value])
    answer.add(0, types.Candidate.model_construct(content=content))
    assert json.loads(answer.messages({}))[0]["parts"][0]["content"].startswith("before")


def test_a_picture_of_pils_is_described_without_being_read() -> None:
    """The SDK takes them; asking for its text or its bytes would make PIL read the file."""
    touched = []

    class Picture:
        format = "PNG"
        size = (640, 480)

        @property
        def text(self) -> str:
            touched.append("text")
            return ""

        def tobytes(self) -> bytes:
            touched.append("tobytes")
            return b""

    Picture.__module__ = "PIL.PngImagePlugin"
    (message,) = messages_of(["What is this?", Picture()])

    assert message["parts"][1] == {
        "type": "blob",
        "mime_type": "image/png",
        "modality": "image",
        "width": 640,
        "height": 480,
    }
    assert touched == []


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)


@given(JSON_VALUES, JSON_VALUES)
def test_whatever_is_asked_is_written_as_json_and_left_unchanged(args: Any, contents: Any) -> None:
    """The user's objects are read, never written to."""
    before = copy.deepcopy((args, contents))
    part = {"function_call": {"name": "f", "args": {"value": args}}}
    for asked in (contents, [part, contents], {"role": "user", "parts": [part]}):
        json.loads(input_messages(asked, 500))

    assert repr((args, contents)) == repr(before)


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
