"""``gemledger.cost_of(response)``: what a response cost, whether or not we saw the call."""

import gc
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from google import genai
from google.genai import types

import gemledger
from gemledger import receipts
from gemledger.instrumentor import GeminiInstrumentor
from gemledger.pricing import Cost

MODEL = "gemini-2.5-flash"
NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
JANUARY = datetime(2027, 1, 2, tzinfo=UTC)
Asking = Callable[..., Any]

USAGE = {"promptTokenCount": 1000, "candidatesTokenCount": 100, "totalTokenCount": 1100}
PICO = 550_000_000
BODY: dict[str, Any] = {
    "candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}],
    "usageMetadata": USAGE | {"serviceTier": "standard"},
    "modelVersion": MODEL,
    "responseId": "r1",
}


@pytest.fixture
def recorded(recorded: Any) -> Any:
    """The SDK is instrumented, and it is a day in November: prices depend on it."""
    gemledger.uninstrument()
    noon = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()) * 10**9
    GeminiInstrumentor().instrument(tracer_provider=recorded.provider, clock=lambda: noon)
    return recorded


def response(**changes: Any) -> types.GenerateContentResponse:
    """A response of the SDK that no call of this process brought."""
    known: dict[str, Any] = {
        "model_version": MODEL,
        "candidates": [types.Candidate(finish_reason=types.FinishReason.STOP)],
        "usage_metadata": types.GenerateContentResponseUsageMetadata(
            prompt_token_count=1000, candidates_token_count=100, total_token_count=1100
        ),
        "sdk_http_response": types.HttpResponse(headers={"x-gemini-service-tier": "standard"}),
    }
    return types.GenerateContentResponse(**known | changes)


def test_a_recorded_response_costs_what_its_call_did(
    client: genai.Client, recorded: Any, asking: Asking
) -> None:
    """The figure is the span's."""
    answer = client.models.generate_content(model=MODEL, contents="Hi", config=asking(usage=USAGE))
    cost = gemledger.cost_of(answer)
    assert (cost.total_pico_usd, cost.status) == (PICO, "exact")
    assert recorded.attributes["gemledger.cost.pico_usd"] == PICO


def test_function_calling_is_counted_in_whole(
    client: genai.Client, recorded: Any, asking: Asking
) -> None:
    """The response shows the last request's usage alone; its cost is that of all of them."""

    def weather(city: str) -> str:
        """The weather of a city."""
        return f"rain in {city}"

    answer = client.models.generate_content(
        model=MODEL, contents="Weather?", config=types.GenerateContentConfig(tools=[weather])
    )
    cost = gemledger.cost_of(answer)
    assert recorded.attributes["gemledger.exchanges"] > 1
    assert cost.total_pico_usd == recorded.attributes["gemledger.cost.pico_usd"]

    copied = answer.model_copy()
    seen_alone = gemledger.cost_of(copied, platform="gemini_api")
    assert seen_alone.status == "lower_bound"
    assert (seen_alone.total_pico_usd or 0) < (cost.total_pico_usd or 0)


def test_the_last_chunk_of_a_stream_knows_the_cost(
    client: genai.Client, recorded: Any, asking: Asking
) -> None:
    """A consumer who kept the last chunk can ask, sync and exhausted."""
    chunks = list(
        client.models.generate_content_stream(
            model=MODEL, contents="Hi", config=asking(usage=USAGE)
        )
    )
    assert gemledger.cost_of(chunks[-1]).total_pico_usd == PICO


def test_a_receipt_lives_no_longer_than_its_response(
    client: genai.Client, recorded: Any, asking: Asking
) -> None:
    """Remembering a cost keeps no prompt and no answer in memory."""
    answers = [
        client.models.generate_content(model=MODEL, contents="Hi", config=asking(usage=USAGE))
        for _ in range(3)
    ]
    filed = len(receipts._receipts)
    assert filed >= 3
    del answers
    gc.collect()
    assert len(receipts._receipts) <= filed - 3


def test_the_oldest_receipts_go_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """An app that keeps every response does not make us keep as many receipts."""
    monkeypatch.setattr(receipts, "_MAX_RECEIPTS", 3)
    monkeypatch.setattr(receipts, "_receipts", {})
    kept = [response() for _ in range(10)]
    for number, one in enumerate(kept):
        receipts.file(one, Cost({}, number, "exact"))
    assert len(receipts._receipts) == 3
    assert gemledger.cost_of(kept[-1]).total_pico_usd == 9
    assert gemledger.cost_of(kept[0], platform="gemini_api", at=NOVEMBER).total_pico_usd == PICO


def test_a_response_of_an_unseen_call_is_priced_from_itself() -> None:
    """With the platform named, everything that matters is known."""
    cost = gemledger.cost_of(response(), platform="gemini_api", at=NOVEMBER)
    assert (cost.total_pico_usd, cost.status, cost.reasons) == (PICO, "exact", ())


def test_what_an_unseen_call_leaves_open_is_said() -> None:
    """Nobody knows which endpoint answered, at which tier, and what earlier function calls cost."""
    unknown_endpoint = gemledger.cost_of(response(), at=NOVEMBER)
    assert unknown_endpoint.total_pico_usd == PICO
    assert (unknown_endpoint.status, unknown_endpoint.reasons) == (
        "estimated",
        ("unknown_endpoint",),
    )

    without_headers = response(sdk_http_response=None)
    untold_tier = gemledger.cost_of(without_headers, platform="gemini_api", at=NOVEMBER)
    assert (untold_tier.status, untold_tier.reasons) == ("estimated", ("tier_assumed",))

    history = [types.Content(role="user", parts=[types.Part(text="Hi")])]
    last_of_several = response(automatic_function_calling_history=history)
    lower = gemledger.cost_of(last_of_several, platform="gemini_api", at=NOVEMBER)
    assert (lower.total_pico_usd, lower.status) == (PICO, "lower_bound")
    assert lower.reasons == ("unpriced_exchange",)
    assert lower.upper_pico_usd is None


def test_a_response_without_usage_has_no_price() -> None:
    """Unpriced, not free."""
    cost = gemledger.cost_of(response(usage_metadata=None), platform="gemini_api", at=NOVEMBER)
    assert (cost.total_pico_usd, cost.status) == (None, "unpriced")


@pytest.mark.parametrize(
    "body",
    [
        BODY,
        json.dumps(BODY),
        json.dumps(BODY).encode(),
        response().model_dump(),
        response().model_dump(mode="json", by_alias=True, exclude_none=True),
    ],
    ids=["wire dict", "wire text", "wire bytes", "model_dump", "model_dump json"],
)
def test_a_json_body_is_priced_like_the_response_it_is(body: Any) -> None:
    """As it came over the wire, or as the SDK dumps it."""
    cost = gemledger.cost_of(body, platform="gemini_api", at=NOVEMBER)
    assert (cost.total_pico_usd, cost.status, cost.reasons) == (PICO, "exact", ())


def test_the_date_decides_the_price() -> None:
    """A price steps up on 2027-01-01; ``at`` stands in for the response's own time, which wins over now."""
    argon = response(model_version="gemini-4-argon", create_time=NOVEMBER)
    early = gemledger.cost_of(argon, platform="vertex_ai").total_pico_usd
    late = gemledger.cost_of(argon, platform="vertex_ai", at=JANUARY).total_pico_usd
    assert early is not None
    assert late is not None
    assert early != late


def test_traffic_type_tells_vertex_from_the_gemini_api() -> None:
    """Only Vertex AI reports one, and with it the tier."""
    usage = types.GenerateContentResponseUsageMetadata(
        prompt_token_count=1000,
        candidates_token_count=100,
        total_token_count=1100,
        traffic_type=types.TrafficType.ON_DEMAND,
    )
    cost = gemledger.cost_of(response(usage_metadata=usage, sdk_http_response=None), at=NOVEMBER)
    assert cost.rows[0].startswith("vertex_ai/")
    assert cost.reasons == ("unknown_endpoint",)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (object(), "builtins.object"),
        (None, "NoneType"),
        (iter([]), "list_iterator"),
        ("not json", "not JSON"),
        (b"\xff", "not JSON"),
        ("[1]", "JSON of a list"),
        ({"error": {"code": 429}}, "no usage and no candidates"),
    ],
)
def test_what_is_no_response_is_refused_by_name(given: Any, named: str) -> None:
    """The error says what was given, and what can be."""
    with pytest.raises(TypeError, match=named):
        gemledger.cost_of(given)


def test_a_platform_or_time_that_would_give_another_price_is_refused() -> None:
    """A misspelt platform and a time without a zone are errors, not guesses."""
    with pytest.raises(ValueError, match="gemini_api, vertex_ai"):
        gemledger.cost_of(response(), platform="vertex")
    with pytest.raises(ValueError, match="no time zone"):
        gemledger.cost_of(response(), at=datetime(2026, 11, 1))  # noqa: DTZ001 - the mistake under test
    with pytest.raises(TypeError, match="at is a int"):
        gemledger.cost_of(response(), at=1_793_534_400)  # type: ignore[arg-type]  # the mistake under test


def test_objects_without_weak_references_are_left_out() -> None:
    """Nothing raises where a receipt cannot be filed."""
    receipts.file((), Cost({}, 1, "exact"))
