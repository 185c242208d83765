"""Objects that nobody expects: they are named or left out, never raise, and stay as they are."""

import copy
import datetime as dt
import decimal
import json
from typing import Any

import pytest
from google.genai import types
from hypothesis import given
from hypothesis import strategies as st
from support.content import messages_of

from gemledger.attributes import Endpoint, Request
from gemledger.content import (
    Answer,
    input_messages,
    request_attributes,
)

SECRET = "tulip-7741"


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
