"""No attribute outgrows its cap, and nothing of an answer is held that will not be written."""

import gc
import json
import weakref
from typing import Any

import pytest
from google.genai import types
from support.content import messages_of

from gemledger.content import (
    Answer,
    input_messages,
    system_instructions,
)


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
