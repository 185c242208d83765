"""Who is whose child, who asked for silence, and what leaves the process."""

import asyncio
from typing import Any

import pytest
from conformance.bills import MODEL, PLAIN, PLAIN_BILL, PLAIN_PICO
from conformance.stage import Log, Recorded, Stage
from conformance.surfaces import EVERY, MODELS, QUESTION, Surface
from google import genai
from opentelemetry import baggage, trace
from opentelemetry.context import attach, detach, get_current
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, Sampler
from support.gemini import said

ANSWER = {"response": said("Forty-two.", usage=PLAIN)}


async def test_five_calls_at_once_are_five_spans_under_one_parent(stage: Stage) -> None:
    """`gather` mixes nothing up: each span has its own tokens, all have the app's parent."""
    parents: list[trace.SpanContext] = []

    async def act(client: genai.Client, log: Log) -> None:
        with Recorded().provider.get_tracer("app").start_as_current_span("request") as request:
            parents.append(request.get_span_context())
            calls = [
                client.aio.models.generate_content(model=MODEL, contents=QUESTION) for _ in range(5)
            ]
            log.extend(await asyncio.gather(*calls))

    recorded = await stage.compare(act, *[ANSWER] * 5)

    assert [span["gen_ai.usage.input_tokens"] for span in recorded.every] == [1_000] * 5
    assert recorded.bill.pico_usd == 5 * PLAIN_PICO
    assert {span.parent and span.parent.span_id for span in recorded.spans} == {parents[-1].span_id}


@pytest.mark.parametrize("surface", EVERY, ids=lambda surface: surface.name)
async def test_a_call_is_the_child_of_the_apps_span(stage: Stage, surface: Surface) -> None:
    """In the same trace; and afterwards the app's span is current again."""
    parents: list[trace.SpanContext] = []

    async def act(client: genai.Client, log: Log) -> None:
        with Recorded().provider.get_tracer("app").start_as_current_span("request") as request:
            parents.append(request.get_span_context())
            await surface.ask(client, log, None)
            log.append(trace.get_current_span() is request)

    ours = await stage.compare(act, ANSWER)

    assert ours.log[-1] is True
    assert ours.span.parent is not None
    assert ours.span.parent.span_id == parents[-1].span_id
    assert ours.span.context.trace_id == parents[-1].trace_id


@pytest.mark.parametrize("surface", MODELS, ids=lambda surface: surface.name)
@pytest.mark.parametrize("step", [ANSWER, {"status": 429}], ids=["answered", "refused"])
async def test_the_context_is_as_it_was(stage: Stage, surface: Surface, step: Any) -> None:
    """After a call, well or ill, the current context is the very same object."""

    async def act(client: genai.Client, log: Log) -> None:
        token = attach(baggage.set_baggage("tenant", "skerry"))
        before = get_current()
        try:
            await surface.ask(client, log, None)
        finally:
            log.append(get_current() is before)
            detach(token)

    recorded = await stage.compare(act, step)

    assert recorded.log[-1] is True


@pytest.mark.parametrize("surface", MODELS, ids=lambda surface: surface.name)
async def test_no_trace_header_is_sent_to_google(stage: Stage, surface: Surface) -> None:
    """What the server sees is the same without us; in particular no traceparent and no baggage."""

    async def act(client: genai.Client, log: Log) -> None:
        token = attach(baggage.set_baggage("tenant", "skerry"))
        with trace.get_tracer("app").start_as_current_span("request"):
            await surface.ask(client, log, None)
        detach(token)

    recorded = await stage.compare(act, ANSWER)

    (asked,) = recorded.asked
    assert not {"traceparent", "tracestate", "baggage"} & set(asked["headers"])
    assert recorded.bill == PLAIN_BILL


@pytest.mark.parametrize("surface", MODELS, ids=lambda surface: surface.name)
async def test_suppressed_instrumentation_is_silent(stage: Stage, surface: Surface) -> None:
    """Whoever asks OpenTelemetry for silence gets it."""

    async def act(client: genai.Client, log: Log) -> None:
        with suppress_instrumentation():
            await surface.ask(client, log, None)

    recorded = await stage.compare(act, ANSWER)

    assert recorded.spans == []


@pytest.mark.parametrize("surface", MODELS, ids=lambda surface: surface.name)
@pytest.mark.parametrize(
    "sampler", [ALWAYS_OFF, ParentBased(ALWAYS_OFF)], ids=["always off", "parent based"]
)
async def test_an_unsampled_call_works_and_is_no_span_of_a_call(
    stage: Stage, surface: Surface, sampler: Sampler
) -> None:
    """What it cost is summed elsewhere; no span of a call leaves."""
    recorded = await stage.compare(surface.asking(), ANSWER, sampler=sampler)

    assert [s.name for s in recorded.spans if s.name != "gemledger.unsampled"] == []


async def test_an_unsampled_parent_is_honoured(stage: Stage) -> None:
    """The app's sampler said no to the trace: the call in it is no span either."""
    parent = trace.NonRecordingSpan(
        trace.SpanContext(trace_id=1, span_id=1, is_remote=True, trace_flags=trace.TraceFlags(0))
    )

    async def act(client: genai.Client, log: Log) -> None:
        with trace.use_span(parent):
            await MODELS[0].ask(client, log, None)
            log.append(trace.get_current_span() is parent)

    recorded = await stage.compare(act, ANSWER)

    assert recorded.log[-1] is True
    assert [s.name for s in recorded.spans if s.name != "gemledger.unsampled"] == []
