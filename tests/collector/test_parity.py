"""App and collector price the same call apart, and come to the same picodollar."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

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


def lost_then_refused(recorded: Call) -> None:
    """A try that nobody answered, then 429: the first may have been billed all the same."""
    exchange = recorded.open_exchange()
    recorded.attempt()
    recorded.attempt_failed(ConnectionError("reset"))
    recorded.attempt()
    error = Exception("quota")
    error.code = 429  # type: ignore[attr-defined]  # as the SDK's APIError has it
    recorded.attempt_failed(error)
    recorded.close_exchange(exchange, error)
    recorded.fail(error)


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


def searched(recorded: Call) -> None:
    """Google Search, which is billed by the query, and whose context is not billed."""
    found = answer(
        "gemini-3.8-flash",
        prompt_token_count=151,
        tool_use_prompt_token_count=18_329,
        candidates_token_count=1_089,
        total_token_count=19_569,
    )
    found.candidates[0].grounding_metadata = types.GroundingMetadata(  # type: ignore[index]  # there is one
        web_search_queries=["a", "b", "a", ""],
        grounding_chunks=[types.GroundingChunk(web=types.GroundingChunkWeb(uri="https://a"))],
    )
    recorded.exchange(found)


def searched_then_answered(recorded: Call) -> None:
    """Two billed requests, the first of them with a search."""
    searched(recorded)
    recorded.exchange(answer(prompt_token_count=10, candidates_token_count=5, total_token_count=15))


def looked_at_a_map(recorded: Call) -> None:
    """Maps: by the query on 3.x, whose number the response does not show."""
    found = answer(
        "gemini-3.8-flash", prompt_token_count=10, candidates_token_count=5, total_token_count=15
    )
    found.candidates[0].grounding_metadata = types.GroundingMetadata(  # type: ignore[index]  # there is one
        grounding_chunks=[types.GroundingChunk(maps=types.GroundingChunkMaps(uri="https://a"))]
    )
    recorded.exchange(found)


def drew(recorded: Call) -> None:
    """An image model, its answer told apart by modality."""
    recorded.exchange(
        answer(
            "gemini-3.1-flash-image",
            prompt_token_count=50,
            candidates_token_count=1_140,
            total_token_count=1_190,
            candidates_tokens_details=[
                types.ModalityTokenCount(modality=types.MediaModality.IMAGE, token_count=1_120),
                types.ModalityTokenCount(modality=types.MediaModality.TEXT, token_count=20),
            ],
        )
    )


def drew_without_details(recorded: Call) -> None:
    """An image model, and nobody says what of its answer is the picture."""
    recorded.exchange(
        answer("gemini-3.1-flash-image", candidates_token_count=1_140, total_token_count=1_140)
    )


def argon(recorded: Call) -> None:
    """A model whose price changes in December."""
    recorded.exchange(
        answer(
            "gemini-4-argon", prompt_token_count=10, candidates_token_count=5, total_token_count=15
        )
    )


def argon_twice(recorded: Call) -> None:
    """Two hops near a change of price."""
    argon(recorded)
    argon(recorded)


class Told(NamedTuple):
    """A story, the tools and tier it was asked with, and when."""

    story: Story
    config: dict[str, Any] | None = None
    at: int = NOON


SEARCH: dict[str, Any] = {"tools": [{"google_search": {}}]}
SEARCH_AND_PAGES: dict[str, Any] = {"tools": [{"google_search": {}}, {"url_context": {}}]}
NOVEMBER_30_EVENING = 1_796_083_200 * SECOND - 3 * 3600 * SECOND

STORIES = (
    Told(two_hops),
    Told(two_hops, {"service_tier": "flex"}),
    Told(cached_and_thoughtful),
    Told(cached_and_thoughtful, {"tools": [{"url_context": {}}]}),
    Told(cached_and_thoughtful, SEARCH),
    Told(cached_and_thoughtful, SEARCH_AND_PAGES),
    Told(api_error),
    Told(own_error),
    Told(lost),
    Told(lost_then_refused),
    Told(lost_after_the_first_hop),
    Told(lost_after_two_hops),
    Told(without_usage),
    Told(one_hop_unknown),
    Told(cached_above_prompt),
    Told(searched, SEARCH),
    Told(searched, SEARCH_AND_PAGES),
    Told(searched, {"tools": [{"enterprise_web_search": {}}]}),
    Told(searched, {**SEARCH, "service_tier": "priority"}),
    Told(searched_then_answered, SEARCH),
    Told(searched_then_answered, SEARCH_AND_PAGES),
    Told(looked_at_a_map, {"tools": [{"google_maps": {}}]}),
    Told(drew),
    Told(drew_without_details),
    Told(argon, at=NOVEMBER_30_EVENING),
    Told(argon_twice, {"service_tier": "flex"}, NOVEMBER_30_EVENING),
)


def span_of(told: Told, endpoint: Endpoint) -> bytes:
    """What the app sends of a call."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    clock = SimpleNamespace(now=told.at)

    def tick() -> int:
        clock.now += SECOND
        return int(clock.now)

    recorder = CallRecorder(provider.get_tracer(semconv.SCOPE_NAME), Settings(), clock=tick)
    recorded = recorder.start(
        Request("generate_content", "gemini-2.5-flash", "hello", told.config, False, endpoint)
    )
    told.story(recorded)
    recorded.end()
    return encode_spans(exporter.get_finished_spans()).SerializeToString()


@pytest.mark.parametrize("endpoint", [GEMINI, VERTEX], ids=["gemini", "vertex"])
@pytest.mark.parametrize("told", STORIES, ids=lambda told: told.story.__name__)
def test_app_and_collector_agree_on_every_kind_of_call(told: Told, endpoint: Endpoint) -> None:
    """Same total, lines, status, reasons, rows and upper end, whatever happened to the call."""
    sent = decode([span_of(told, endpoint)]).batch
    theirs = sent.spans.to_pylist()[0]
    spans = Chain(load_book()).run(sent).spans
    row = spans.to_pylist()[0]
    assert disagreements(spans) == {}
    for name in (
        "cost_status",
        "cost_reasons",
        "cost_pico_usd",
        "cost_upper_pico_usd",
        "price_row",
    ):
        assert row[name] == theirs[f"app_{name}"], name
    for line in semconv.COST_LINES:
        assert (row[f"{line}_pico_usd"] or 0) == (theirs[f"app_{line}_pico_usd"] or 0), line
    assert (row["price_book"], row["app_cost_reasons"]) == (theirs["app_price_book"], None)
