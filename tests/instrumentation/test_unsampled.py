"""Sampling does not shrink the bill: what no span tells of arrives as sums."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from opentelemetry import trace
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    Decision,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from support.sampled import GEMINI, MINUTE, MODEL, NOON, PICO, VERTEX, Sampled, answer, asked, bill

import gemledger
from gemledger import semconv
from gemledger.call import CallRecorder
from gemledger.instrumentor import GeminiInstrumentor
from gemledger.pricing import load_book
from gemledger.settings import Settings
from gemledger.unsampled import UnsampledSums

USAGE = {"promptTokenCount": 1000, "candidatesTokenCount": 100, "totalTokenCount": 1100}
Asking = Callable[..., Any]


@pytest.fixture
def off() -> Iterator[Sampled]:
    """Nothing is sampled."""
    sampled = Sampled()
    yield sampled
    sampled.sums.close()


# What a sum is


def test_calls_without_a_span_arrive_as_one_sum(off: Sampled) -> None:
    """Figures are sums, times those of the first call and the flush; everything else is as on a call's span."""
    with gemledger.attribution(team="growth", conversation_id="c1", tenant="acme"):
        off.call(answer(1000, 100, thoughts_token_count=50))
        off.now += MINUTE
        off.call(answer(3000, 10, cached_content_token_count=500))
    off.now += MINUTE
    off.sums.flush()

    (span,) = off.spans
    assert (span.start_time, span.end_time) == (NOON, NOON + 2 * MINUTE)
    assert (span.parent, span.status.is_unset) == (None, True)
    assert span.resource.attributes["service.name"] == "shop"
    assert span.instrumentation_scope is not None
    assert span.instrumentation_scope.schema_url == semconv.SCHEMA_URL
    assert span.context is not None
    assert span.context.trace_flags.sampled
    assert dict(span.attributes or {}) == {
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": MODEL,
        "gen_ai.response.model": MODEL,
        "server.address": "generativelanguage.googleapis.com",
        "server.port": 443,
        "gemledger.platform": "gemini_api",
        "gemledger.account.key_digest": "0a1b2c3d",
        "gemledger.service_tier": "standard",
        "gemledger.attribution.team": "growth",
        "gemledger.label.tenant": "acme",
        "gemledger.unsampled.calls": 2,
        "gemledger.unsampled.errors": 0,
        "gemledger.unsampled.long_context": False,
        "gemledger.exchanges": 2,
        "gemledger.attempts": 2,
        "gen_ai.usage.input_tokens": 4000,
        "gen_ai.usage.output_tokens": 160,
        "gen_ai.usage.cache_read.input_tokens": 500,
        "gen_ai.usage.reasoning.output_tokens": 50,
        "gemledger.usage.total_tokens": 4160,
        "gemledger.cost.status": "exact",
        "gemledger.cost.pico_usd": 3500 * 300_000 + 500 * 30_000 + 160 * 2_500_000,
        "gemledger.cost.amount": pytest.approx(0.001465),
        "gemledger.cost.currency": "USD",
        "gemledger.cost.input.pico_usd": 3500 * 300_000,
        "gemledger.cost.cache_read.pico_usd": 500 * 30_000,
        "gemledger.cost.output.pico_usd": 110 * 2_500_000,
        "gemledger.cost.thoughts.pico_usd": 50 * 2_500_000,
        "gemledger.price.book": load_book().version,
        "gemledger.price.row": ("gemini_api/gemini-2.5-flash/standard/base/2025-06-17",),
    }


def test_whatever_the_price_or_the_payer_depends_on_has_a_sum_of_its_own(off: Sampled) -> None:
    """Model, tier, endpoint, account, payer, label, cache, purpose, reservation, error and quarter of an hour."""
    other_account = GEMINI._replace(key_digest="ffffffff")
    differing: list[Callable[[], None]] = [
        lambda: off.call(answer()),
        lambda: off.call(answer(model="gemini-2.5-pro")),
        lambda: off.call(answer(), request=asked("gemini-2.5-pro")),
        lambda: off.call(answer(tier="flex")),
        lambda: off.call(answer(), request=asked(endpoint=VERTEX)),
        lambda: off.call(answer(), request=asked(endpoint=other_account)),
        lambda: off.call(answer(), request=asked(labels={"tenant": "acme"})),
        lambda: off.call(answer(), request=asked(labels={"tenant": "umbrella"})),
        lambda: off.call(answer(), request=asked(cached_content="cachedContents/1")),
        lambda: off.call(answer(), error=ValueError()),
        lambda: off.call(error=errors.ClientError(429, {})),
        lambda: off.call(answer(total_token_count=None)),
    ]
    for call in differing * 2:
        call()
    for payer in (gemledger.attribution(team="a"), gemledger.attribution(team="b")):
        with payer:
            off.call(answer())
    with gemledger.purpose("judge"):
        off.call(answer())
    with gemledger.reservation("rsv_1"):
        off.call(answer())
    off.now += 15 * MINUTE
    off.call(answer())

    summed = off.summed
    assert [one["gemledger.unsampled.calls"] for one in summed] == [2] * len(differing) + [1] * 5
    failed = [one for one in summed if one["gemledger.unsampled.errors"]]
    assert [one["error.type"] for one in failed] == ["ValueError", "429"]
    assert [one["gemledger.exchanges"] for one in failed] == [2, 0]


def test_a_temperature_or_a_conversation_is_no_reason_for_another_sum(off: Sampled) -> None:
    """What neither the price nor the payer depends on is left to sampled spans."""
    for number in range(10):
        with gemledger.attribution(conversation_id=f"c{number}"):
            off.call(answer(), request=asked(temperature=number / 10))
    (one,) = off.summed
    assert one["gemledger.unsampled.calls"] == 10
    assert not {"gen_ai.conversation.id", "gen_ai.request.temperature"} & set(one)


def test_exchanges_above_the_price_step_are_summed_apart(off: Sampled) -> None:
    """The sum of short prompts is longer than the step, and still costs what short prompts do."""
    for prompt in (150_000, 150_000, 250_000):
        off.call(answer(prompt, model="gemini-2.5-pro"))
    short, long = off.summed
    assert (short["gen_ai.usage.input_tokens"], long["gen_ai.usage.input_tokens"]) == (
        300_000,
        250_000,
    )
    assert (
        short["gemledger.unsampled.long_context"],
        long["gemledger.unsampled.long_context"],
    ) == (
        False,
        True,
    )
    assert short["gemledger.cost.input.pico_usd"] == 300_000 * 1_250_000
    assert long["gemledger.cost.input.pico_usd"] == 250_000 * 2_500_000


def test_what_cannot_be_summed_is_a_sum_of_one_and_tells_everything(off: Sampled) -> None:
    """Contradictory usage is re-priced from the counts of its own call; so is a call of unlike exchanges."""
    for _ in range(2):
        off.call(answer(total_token_count=7))
    off.call(answer(150_000, model="gemini-2.5-pro"), answer(250_000, model="gemini-2.5-pro"))

    summed = off.summed
    assert [one["gemledger.unsampled.calls"] for one in summed] == [1, 1, 1]
    assert summed[0]["gemledger.cost.reasons"] == ("total_mismatch",)
    assert summed[0]["gen_ai.response.id"] == "r1"
    unlike = off.spans[2]
    assert [event.name for event in unlike.events] == ["gemledger.exchange"] * 2
    costs = [(event.attributes or {})["gemledger.cost.input.pico_usd"] for event in unlike.events]
    assert costs == [150_000 * 1_250_000, 250_000 * 2_500_000]


def test_counts_that_are_clamped_to_one_another_are_not_summed(off: Sampled) -> None:
    """More cached tokens than text, of no stated modality: it makes no difference to today's price of this model."""
    image = types.ModalityTokenCount(modality=types.MediaModality.IMAGE, token_count=900)
    for _ in range(2):
        off.call(
            answer(
                model="gemini-2.5-pro",
                cached_content_token_count=800,
                prompt_tokens_details=[image],
            )
        )
    summed = off.summed
    assert [one["gemledger.unsampled.calls"] for one in summed] == [1, 1]
    assert {one["gemledger.cost.status"] for one in summed} == {"exact"}


def test_calls_of_several_exchanges_that_are_alike_are_summed(off: Sampled) -> None:
    """Function calling is one call of several exchanges; no event is needed to price them."""
    for _ in range(2):
        off.call(answer(), answer(), answer())
    (one,) = off.summed
    assert (one["gemledger.unsampled.calls"], one["gemledger.exchanges"]) == (2, 6)
    assert one["gemledger.cost.pico_usd"] == 6 * PICO
    assert not off.spans[0].events


def test_an_unknown_model_is_summed_only_where_no_price_step_can_be(off: Sampled) -> None:
    """The collector may know the model, and its step: then it needs the prompt's own length."""
    for prompt in (1000, 2000, 300_000, 400_000):
        off.call(answer(prompt, model="gemini-9-oxygen"))
    summed = off.summed
    assert [one["gen_ai.usage.input_tokens"] for one in summed] == [3000, 300_000, 400_000]
    assert [one.get("gemledger.unsampled.long_context") for one in summed] == [False, None, None]
    assert {one["gemledger.cost.status"] for one in summed} == {"unpriced"}
    assert not any("gemledger.cost.pico_usd" in one for one in summed)


# Through the SDK


@pytest.fixture
def instrumented() -> Iterator[Callable[[Sampler], Sampled]]:
    """Instrument the SDK for a provider with the given sampler."""

    def made(sampler: Sampler) -> Sampled:
        sampled = Sampled(sampler)
        GeminiInstrumentor().instrument(tracer_provider=sampled.provider, clock=lambda: sampled.now)
        return sampled

    yield made
    gemledger.uninstrument()


def ask(client: genai.Client, asking: Asking, **usage: Any) -> Any:
    """One call of the SDK."""
    config = asking(usage=USAGE | usage)
    return client.models.generate_content(model=MODEL, contents="Hello", config=config)


def test_a_tenth_sampled_is_the_whole_bill(
    client: genai.Client, instrumented: Any, asking: Asking
) -> None:
    """A hundred calls under a ratio sampler: some spans, the rest in sums, every pico."""
    sampled = instrumented(TraceIdRatioBased(0.1))
    with gemledger.session() as session:
        for number in range(100):
            ask(client, asking, promptTokenCount=number, totalTokenCount=number + 100)
        for _ in client.models.generate_content_stream(
            model=MODEL, contents="Hi", config=asking(usage=USAGE)
        ):
            pass
    assert sampled.provider.force_flush()
    assert bill(sampled) == (101, session.cost_pico_usd)
    assert len(sampled.spans) < 60


def test_unsampled_parents_hide_no_call(
    client: genai.Client, instrumented: Any, asking: Asking
) -> None:
    """Parent-based sampling, and a caller who did not sample: the sum bypasses both, and is in no trace of theirs."""
    sampled = instrumented(ParentBased(ALWAYS_ON))
    remote = trace.SpanContext(1, 2, is_remote=True, trace_flags=trace.TraceFlags(0))
    with trace.use_span(trace.NonRecordingSpan(remote)):
        ask(client, asking)
    sampled.provider.shutdown()
    assert bill(sampled) == (1, PICO)
    (span,) = sampled.spans
    assert span.context is not None
    assert (span.parent, span.context.trace_id != 1) == (None, True)


class RecordOnly(Sampler):
    """Spans are recorded for processors in the app, and exported by none."""

    def should_sample(self, *arguments: Any, **named: Any) -> SamplingResult:
        """As a tail-sampling processor's head has it."""
        return SamplingResult(Decision.RECORD_ONLY)

    def get_description(self) -> str:
        """What it is."""
        return "RecordOnly"


def test_spans_that_are_recorded_but_exported_by_nobody_are_summed(
    client: genai.Client, instrumented: Any, asking: Asking
) -> None:
    """Only the sampled flag says that an exporter will take a span."""
    sampled = instrumented(RecordOnly())
    ask(client, asking)
    sampled.provider.force_flush()
    assert bill(sampled) == (1, PICO)


def test_uninstrumenting_sends_what_is_held_and_leaves_the_provider_as_it_was(
    client: genai.Client, instrumented: Any, asking: Asking
) -> None:
    """No sum is lost, no processor of ours stays behind; a stream that ends later still counts."""
    sampled = instrumented(ALWAYS_OFF)
    before = sampled.provider._active_span_processor._span_processors
    stream = client.models.generate_content_stream(
        model=MODEL, contents="Hi", config=asking(usage=USAGE)
    )
    ask(client, asking)
    assert sampled.provider._active_span_processor._span_processors != before
    gemledger.uninstrument()
    assert bill(sampled) == (1, PICO)
    assert sampled.provider._active_span_processor._span_processors == before
    list(stream)
    assert bill(sampled) == (2, 2 * PICO)


def test_a_provider_that_comes_late_gets_the_sums(
    client: genai.Client, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``instrument()`` before the app has set its global provider; until then there is nothing to send to."""
    from opentelemetry.trace import ProxyTracer  # noqa: PLC0415 - what the API hands out meanwhile

    sampled = Sampled()
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", None)
    tracer = trace.ProxyTracer("gemledger")
    assert isinstance(tracer, ProxyTracer)
    sums = UnsampledSums(tracer, "1", interval_seconds=3600)
    recorder = CallRecorder(tracer, Settings(), clock=lambda: NOON, unsampled=sums)
    recorder.start(asked()).end()
    assert not sums._sums
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", sampled.provider)
    call = recorder.start(asked())
    call.exchange(answer())
    call.end()
    sums.close()
    assert bill(sampled) == (1, PICO)
