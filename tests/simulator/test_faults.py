"""What can go wrong, as the real SDK sees it."""

import json
from collections.abc import Iterator

import httpx2
import pytest
from google import genai
from google.genai import errors, types

from gemledger_simulator.engine import Engine
from gemledger_simulator.faults import Fault
from gemledger_simulator.process import SimulatorProcess
from gemledger_simulator.settings import Settings, fault_rates

MODEL = "gemini-2.5-flash-lite"


def _failing(fault: str) -> types.GenerateContentConfig:
    return types.GenerateContentConfig(
        http_options=types.HttpOptions(headers={"x-simulator-fault": fault})
    )


@pytest.mark.parametrize(
    ("fault", "kind", "status"),
    [
        ("400", errors.ClientError, "INVALID_ARGUMENT"),
        ("401", errors.ClientError, "UNAUTHENTICATED"),
        ("403", errors.ClientError, "PERMISSION_DENIED"),
        ("404", errors.ClientError, "NOT_FOUND"),
        ("429", errors.ClientError, "RESOURCE_EXHAUSTED"),
        ("500", errors.ServerError, "INTERNAL"),
        ("503", errors.ServerError, "UNAVAILABLE"),
        ("504", errors.ServerError, "DEADLINE_EXCEEDED"),
    ],
)
def test_an_error_has_its_code_and_its_name(
    client: genai.Client, fault: str, kind: type[errors.APIError], status: str
) -> None:
    """The SDK makes its own exceptions of them, unary and streamed alike."""
    with pytest.raises(kind) as raised:
        client.models.generate_content(model=MODEL, contents="hi", config=_failing(fault))
    assert (raised.value.code, raised.value.status) == (int(fault), status)
    with pytest.raises(kind) as raised:
        list(
            client.models.generate_content_stream(
                model=MODEL, contents="hi", config=_failing(fault)
            )
        )
    assert (raised.value.code, raised.value.status) == (int(fault), status)


def test_an_exhausted_quota_says_when_to_come_back(client: genai.Client) -> None:
    """RetryInfo and QuotaFailure are among the details."""
    with pytest.raises(errors.ClientError) as raised:
        client.models.generate_content(model=MODEL, contents="hi", config=_failing("429"))
    details = {
        detail["@type"].rpartition(".")[2]: detail
        for detail in raised.value.details["error"]["details"]
    }
    assert details["RetryInfo"]["retryDelay"] == "7s"
    assert details["QuotaFailure"]["violations"][0]["quotaId"]


@pytest.mark.parametrize("fault", ["disconnect", "midstream-disconnect"])
def test_a_dropped_connection_is_a_network_error(client: genai.Client, fault: str) -> None:
    """Before the answer or within it: the SDK passes the transport's exception on."""
    with pytest.raises(httpx2.RemoteProtocolError):
        client.models.generate_content(model=MODEL, contents="hi", config=_failing(fault))
    with pytest.raises(httpx2.RemoteProtocolError):
        list(
            client.models.generate_content_stream(
                model=MODEL, contents="hi", config=_failing(fault)
            )
        )


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("midstream", errors.ServerError), ("midstream-disconnect", httpx2.RemoteProtocolError)],
)
def test_a_stream_that_breaks_gives_what_came_before(
    client: genai.Client, fault: str, kind: type[Exception]
) -> None:
    """Some chunks with their usage, then the error."""
    chunks: list[types.GenerateContentResponse] = []

    def read(stream: Iterator[types.GenerateContentResponse]) -> None:
        for chunk in stream:
            chunks.append(chunk)  # noqa: PERF402 - the chunks before the error are what we are after

    with pytest.raises(kind):
        read(
            client.models.generate_content_stream(
                model=MODEL, contents="Summarize it", config=_failing(fault)
            )
        )
    assert chunks
    assert chunks[-1].usage_metadata
    assert chunks[-1].candidates
    assert chunks[-1].candidates[0].finish_reason is None


def test_a_blocked_prompt_has_a_reason_and_no_answer(client: genai.Client) -> None:
    """The prompt is billed, nothing else."""
    response = client.models.generate_content(
        model=MODEL, contents="hi there", config=_failing("block")
    )
    assert response.prompt_feedback
    assert response.prompt_feedback.block_reason is types.BlockedReason.PROHIBITED_CONTENT
    assert response.candidates is None
    assert response.usage_metadata
    assert (
        response.usage_metadata.prompt_token_count,
        response.usage_metadata.total_token_count,
    ) == (2, 2)
    [chunk] = client.models.generate_content_stream(
        model=MODEL, contents="hi there", config=_failing("block")
    )
    assert chunk.prompt_feedback == response.prompt_feedback


def test_a_withheld_answer_finishes_for_safety(client: genai.Client) -> None:
    """There is a candidate without content."""
    response = client.models.generate_content(model=MODEL, contents="hi", config=_failing("safety"))
    assert response.candidates
    assert response.candidates[0].finish_reason is types.FinishReason.SAFETY
    assert response.text is None


def test_an_answer_can_lack_its_usage_or_be_no_json(client: genai.Client) -> None:
    """Both have been seen in the wild."""
    assert (
        client.models.generate_content(
            model=MODEL, contents="hi", config=_failing("no-usage")
        ).usage_metadata
        is None
    )
    with pytest.raises(json.JSONDecodeError):
        client.models.generate_content(model=MODEL, contents="hi", config=_failing("malformed"))


def test_a_fault_nobody_knows_is_refused(client: genai.Client) -> None:
    """The answer lists those there are."""
    with pytest.raises(errors.ClientError, match="midstream"):
        client.models.generate_content(model=MODEL, contents="hi", config=_failing("earthquake"))


def test_a_request_without_contents_is_invalid(simulator: SimulatorProcess) -> None:
    """The text is Google's own."""
    with httpx2.Client(base_url=simulator.url, headers={"x-goog-api-key": "any"}) as http:
        path = f"/v1/models/{MODEL}:generateContent"
        empty = http.post(path, json={})
        garbled = http.post(path, content=b"{")
        unknown = http.post(f"/v1/models/{MODEL}:sing", json={})
    assert (empty.status_code, garbled.status_code, unknown.status_code) == (400, 400, 404)
    assert "contents is not specified" in empty.json()["error"]["message"]


def test_who_brings_no_key_or_a_wrong_one_is_turned_away() -> None:
    """With a key set, no other is accepted; without any key nobody ever is."""
    path = f"/v1/models/{MODEL}:generateContent"
    body = {"contents": [{"parts": [{"text": "hi"}]}]}
    with (
        SimulatorProcess(Settings(api_key="the-key")) as simulator,
        httpx2.Client(base_url=simulator.url) as http,
    ):
        assert http.post(path, json=body).status_code == 403
        wrong = http.post(path, json=body, headers={"x-goog-api-key": "another"})
        assert wrong.json()["error"]["details"][0]["reason"] == "API_KEY_INVALID"
        assert (
            http.post(path, json=body, headers={"authorization": "Bearer another"}).status_code
            == 401
        )
        assert http.post(path, json=body, headers={"x-goog-api-key": "the-key"}).status_code == 200


def test_faults_come_at_their_rates_and_at_the_same_requests_for_the_same_seed() -> None:
    """Two engines of one seed fail alike; another seed fails elsewhere."""
    settings = Settings(seed=1, fault_rates=fault_rates({"429": 0.1, "safety": 0.05}))

    def faults_of(engine: Engine) -> list[Fault | None]:
        requests = ({"contents": [{"parts": [{"text": f"question {n}"}]}]} for n in range(2000))
        return [engine.respond(MODEL, request, 0).fault for request in requests]

    first, again = faults_of(Engine(settings)), faults_of(Engine(settings))
    assert first == again
    assert 0.08 < first.count(Fault.QUOTA) / len(first) < 0.12
    assert 0.03 < first.count(Fault.SAFETY) / len(first) < 0.07
    assert first != faults_of(Engine(Settings(seed=2, fault_rates=settings.fault_rates)))


def test_a_request_sent_again_need_not_fail_again() -> None:
    """Each attempt draws anew, as a retry deserves."""
    engine = Engine(Settings(fault_rates=fault_rates({"503": 0.5})))
    request = {"contents": [{"parts": [{"text": "hi"}]}]}
    statuses = {engine.respond(MODEL, request, 0).status for _ in range(20)}
    assert statuses == {200, 503}
