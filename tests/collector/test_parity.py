"""App and collector price the same call apart, and come to the same picodollar."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from google.genai import types
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from support.otlp import NOON, SECOND

from gemledger import semconv
from gemledger.call import Call, CallRecorder, Endpoint, Request
from gemledger.pricing import load_book
from gemledger.settings import Settings
from gemledger_collector.processors.chain import Chain
from gemledger_collector.processors.decode import decode
from gemledger_collector.processors.disagreement import disagreements

GEMINI = Endpoint("gcp.gemini", "gemini_api", "generativelanguage.googleapis.com", 443)
VERTEX = Endpoint(
    "gcp.vertex_ai", "vertex_ai", "aiplatform.googleapis.com", 443, "p", "europe-west1"
)


def answer(model: str = "gemini-2.5-flash", **usage: Any) -> types.GenerateContentResponse:
    """A response as the SDK hands it over."""
    return types.GenerateContentResponse(
        candidates=[types.Candidate(finish_reason=types.FinishReason.STOP)],
        model_version=model,
        response_id=f"id-{model}-{sum(v for v in usage.values() if isinstance(v, int))}",
        usage_metadata=types.GenerateContentResponseUsageMetadata(**usage) if usage else None,
    )


Story = Callable[[Call], None]


def two_hops(recorded: Call) -> None:
    """Function calling: two billed requests, one of them beyond the price step."""
    recorded.exchange(
        answer(
            "gemini-2.5-pro",
            prompt_token_count=150_000,
            candidates_token_count=10,
            total_token_count=150_010,
        )
    )
    recorded.exchange(
        answer(
            "gemini-2.5-pro",
            prompt_token_count=250_000,
            candidates_token_count=10,
            total_token_count=250_010,
        )
    )


def cached_and_thoughtful(recorded: Call) -> None:
    """Every class of token, and audio."""
    recorded.exchange(
        answer(
            prompt_token_count=5000,
            cached_content_token_count=2048,
            candidates_token_count=100,
            thoughts_token_count=300,
            tool_use_prompt_token_count=70,
            total_token_count=5470,
            prompt_tokens_details=[
                types.ModalityTokenCount(modality=types.MediaModality.AUDIO, token_count=1000),
                types.ModalityTokenCount(modality=types.MediaModality.TEXT, token_count=4000),
            ],
            cache_tokens_details=[
                types.ModalityTokenCount(modality=types.MediaModality.TEXT, token_count=2048)
            ],
        )
    )


def api_error(recorded: Call) -> None:
    """429 from the API."""
    error = Exception("quota")
    error.code = 429  # type: ignore[attr-defined]  # as the SDK's APIError has it
    recorded.fail(error)


def own_error(recorded: Call) -> None:
    """The user's own mistake: nothing was sent."""
    recorded.fail(ValueError("no contents"))


def lost_after_the_first_hop(recorded: Call) -> None:
    """The second request was sent and never answered."""
    recorded.exchange(answer(prompt_token_count=10, candidates_token_count=5, total_token_count=15))
    lost(recorded)


def lost(recorded: Call) -> None:
    """A request was sent and the connection broke."""
    exchange = recorded.open_exchange()
    recorded.attempt()
    recorded.close_exchange(exchange, ConnectionError("reset"))
    recorded.fail(ConnectionError("reset"))


def lost_after_two_hops(recorded: Call) -> None:
    """Two answered, the third not."""
    two_hops(recorded)
    lost(recorded)


def without_usage(recorded: Call) -> None:
    """An answer without usage."""
    recorded.exchange(answer())


def one_hop_unknown(recorded: Call) -> None:
    """The second hop is answered by a model that is not in the book."""
    recorded.exchange(answer(prompt_token_count=10, candidates_token_count=5, total_token_count=15))
    recorded.exchange(
        answer(
            "gemini-nobody-knows",
            prompt_token_count=10,
            candidates_token_count=5,
            total_token_count=15,
        )
    )


def cached_above_prompt(recorded: Call) -> None:
    """Contradictory usage."""
    recorded.exchange(
        answer(
            prompt_token_count=10,
            cached_content_token_count=50,
            candidates_token_count=5,
            total_token_count=15,
        )
    )


STORIES = (
    two_hops,
    cached_and_thoughtful,
    api_error,
    own_error,
    lost,
    lost_after_the_first_hop,
    lost_after_two_hops,
    without_usage,
    one_hop_unknown,
    cached_above_prompt,
)


@pytest.mark.parametrize("endpoint", [GEMINI, VERTEX], ids=["gemini", "vertex"])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_app_and_collector_agree_on_every_kind_of_call(story: Story, endpoint: Endpoint) -> None:
    """Same total, lines, status, reasons and rows, whatever happened to the call."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    clock = SimpleNamespace(now=NOON)

    def tick() -> int:
        clock.now += SECOND
        return int(clock.now)

    recorder = CallRecorder(provider.get_tracer(semconv.SCOPE_NAME), Settings(), clock=tick)
    recorded = recorder.start(
        Request("generate_content", "gemini-2.5-flash", "hello", None, False, endpoint)
    )
    story(recorded)
    recorded.end()
    encoded = encode_spans(exporter.get_finished_spans()).SerializeToString()
    spans = Chain(load_book()).run(decode([encoded]).batch).spans
    row = spans.to_pylist()[0]
    assert row["cost_pico_usd"] == row["app_cost_pico_usd"]
    assert row["cost_status"] == row["app_cost_status"]
    assert disagreements(spans) == {}
    kept_where_different = (
        "app_cost_reasons",
        "app_price_row",
        "app_price_book",
        "app_input_pico_usd",
    )
    assert {name: row[name] for name in kept_where_different} == dict.fromkeys(kept_where_different)
