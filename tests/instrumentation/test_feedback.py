"""What people say of an answer leaves the app as a span of its own, whenever, wherever and however it is said."""

import asyncio
import logging
import subprocess
import sys
from typing import Any

import pytest
from google import genai
from instrumentation.conftest import MODEL, NOON, Asking, Recorded, noon_clock
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

import gemledger
from gemledger import given_feedback
from gemledger.instrumentor import GeminiInstrumentor


def said(recorded: Recorded) -> list[dict[str, Any]]:
    """The feedback among the spans, by the short names of its attributes."""
    return [
        {
            key.removeprefix("gemledger.feedback."): value
            for key, value in (span.attributes or {}).items()
        }
        for span in recorded.spans
        if span.name == "gemledger.feedback"
    ]


def test_thumbs_about_a_response_name_its_id_and_no_call(
    recorded: Recorded, client: genai.Client
) -> None:
    """After its call has ended; the span says nothing that calls say, and no time passes in it."""
    response = client.models.generate_content(model=MODEL, contents="When?")
    gemledger.feedback(response, thumbs="down", comment="wrong year", user_id="anna")
    assert said(recorded) == [
        {
            "thumbs": "down",
            "name": "user_feedback",
            "response_id": response.response_id,
            "user_id": "anna",
            "comment": "wrong year",
        }
    ]
    call, feedback = recorded.spans
    assert call.attributes is not None
    assert call.attributes["gen_ai.response.id"] == response.response_id
    assert feedback.instrumentation_scope is not None
    assert feedback.instrumentation_scope.name == "gemledger"
    assert feedback.start_time == feedback.end_time
    assert feedback.start_time is not None
    assert feedback.start_time >= NOON


def test_it_leaves_where_the_sampler_drops_everything(client: genai.Client) -> None:
    """As sums of unsampled calls do."""
    recorded = Recorded(ALWAYS_OFF)
    GeminiInstrumentor().instrument(tracer_provider=recorded.provider, clock=noon_clock())
    try:
        response = client.models.generate_content(model=MODEL, contents="When?")
        gemledger.feedback(response, score=0.25)
    finally:
        gemledger.uninstrument()
    assert [each["score"] for each in said(recorded)] == [0.25]


def test_streams_and_async_calls_are_liked_by_any_of_their_chunks(
    recorded: Recorded, client: genai.Client
) -> None:
    """While the stream runs, after it, and from a coroutine."""

    async def ask() -> Any:
        response = await client.aio.models.generate_content(model=MODEL, contents="When?")
        gemledger.feedback(response, thumbs="up")
        await client.aio.aclose()
        return response

    chunks = []
    for chunk in client.models.generate_content_stream(model=MODEL, contents="When?"):
        chunks.append(chunk)
        if len(chunks) == 1:
            gemledger.feedback(chunk, thumbs="down")
    gemledger.feedback(chunks[-1], thumbs="up")
    response = asyncio.run(ask())
    assert [each["response_id"] for each in said(recorded)] == [
        chunks[0].response_id,
        chunks[0].response_id,
        response.response_id,
    ]
    assert len({span.context.trace_id for span in recorded.spans if span.context}) == 5


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ("abc123", {"response_id": "abc123"}),
        ({"responseId": "abc123", "candidates": []}, {"response_id": "abc123"}),
        (
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            {"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"},
        ),
    ],
)
def test_a_later_request_knows_an_id_only(
    recorded: Recorded, about: object, expected: dict[str, str]
) -> None:
    """A response's, a body's, or a traceparent: text that a web page can carry."""
    gemledger.feedback(about, thumbs="up", name="helpful?".rstrip("?"))
    assert said(recorded) == [{"thumbs": "up", "name": "helpful", **expected}]


def test_without_a_response_the_current_span_is_meant(recorded: Recorded) -> None:
    """Or the span that is given, or one whose server gave no id; outside of any, a warning says that it is lost."""
    with recorded.provider.get_tracer("app").start_as_current_span("request") as span:
        gemledger.feedback(thumbs="up")
        gemledger.feedback({"responseId": ""}, thumbs="up")
    gemledger.feedback(span, thumbs="down")
    gemledger.feedback(span.get_span_context(), thumbs="down")
    gemledger.feedback(thumbs="down")
    context = span.get_span_context()
    meant = {
        "trace_id": trace.format_trace_id(context.trace_id),
        "span_id": trace.format_span_id(context.span_id),
    }
    assert [{key: each[key] for key in ("trace_id", "span_id")} for each in said(recorded)] == 4 * [
        meant
    ]


def test_who_says_so_is_by_default_whom_the_attribution_names(recorded: Recorded) -> None:
    """An explicit user wins."""
    with gemledger.attribution(user_id="anna"):
        gemledger.feedback("r1", thumbs="up")
        gemledger.feedback("r1", thumbs="up", user_id="bert")
    assert [each["user_id"] for each in said(recorded)] == ["anna", "bert"]


def test_a_comment_leaves_redacted_and_no_longer_than_allowed(recorded: Recorded) -> None:
    """It was given on purpose, so it leaves whether content is captured or not; a secret across the cut does not."""
    gemledger.feedback("r1", comment="write to anna@example.com")
    room = given_feedback.COMMENT_CHARACTERS
    gemledger.feedback(
        "r1", comment="x " * ((room - 10) // 2) + "mail anna@example.com or call " * 99
    )
    short, long = (each["comment"] for each in said(recorded))
    assert short == "write to [email]"
    assert room - 300 < len(long) <= room
    assert "anna" not in long


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "says nothing"),
        ({"comment": ""}, "says nothing"),
        ({"thumbs": "sideways"}, "'up' or 'down'"),
        ({"score": 1.01}, "from 0, worst, to 1"),
        ({"score": float("nan")}, "from 0, worst, to 1"),
        ({"thumbs": "up", "name": ""}, "up to 64"),
        ({"response": "", "thumbs": "up"}, "no id of a response"),
        ({"response": "x" * 300, "thumbs": "up"}, "no id of a response"),
    ],
)
def test_what_makes_no_sense_is_a_value_error_at_once(
    recorded: Recorded, arguments: dict[str, Any], message: str
) -> None:
    """Nothing is told then."""
    with pytest.raises(ValueError, match=message):
        gemledger.feedback(**arguments)
    assert recorded.spans == []


@pytest.mark.parametrize(
    "arguments",
    [{"score": "5"}, {"score": True}, {"comment": b"x"}, {"response": 17, "thumbs": "up"}],
)
def test_another_type_is_a_type_error(recorded: Recorded, arguments: dict[str, Any]) -> None:
    """A response, a score and a comment are what they are."""
    with pytest.raises(TypeError):
        gemledger.feedback(**arguments)


def test_a_broken_telemetry_is_never_the_app_s_problem(recorded: Recorded) -> None:
    """Even where a processor of the app raises."""

    class Broken(SpanProcessor):
        def on_end(self, span: ReadableSpan) -> None:
            raise RuntimeError("no")

    recorded.provider.add_span_processor(Broken())
    gemledger.feedback("r1", thumbs="up")


def test_nobody_to_tell_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """An app that has neither init() nor OpenTelemetry hears it in its log."""
    with caplog.at_level(logging.WARNING, "gemledger"):
        gemledger.feedback("r1", thumbs="up")
    assert "told to nobody" in caplog.text


ELSEWHERE = """
import gemledger
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, ConsoleSpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

provider = TracerProvider(sampler=ALWAYS_OFF)
provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
trace.set_tracer_provider(provider)
gemledger.feedback("r1", thumbs="up")
import sys
assert "google.genai" not in sys.modules
"""


def test_a_process_that_makes_no_calls_tells_it_by_its_own_opentelemetry() -> None:
    """The one behind a button: neither instrumented, nor google-genai imported."""
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert '"gemledger.feedback.response_id": "r1"' in done.stdout


def test_the_cost_of_a_call_is_what_it_was(
    recorded: Recorded, client: genai.Client, asking: Asking
) -> None:
    """Feedback costs nothing, neither in a session nor on a receipt."""
    with gemledger.session() as session:
        response = client.models.generate_content(model=MODEL, contents="hi", config=asking())
        before = session.cost_pico_usd, gemledger.cost_of(response)
        gemledger.feedback(response, thumbs="up")
    assert (session.calls, session.cost_pico_usd) == (1, before[0])
    assert gemledger.cost_of(response) == before[1]
