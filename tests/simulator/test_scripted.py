"""Answers word for word: whatever Gemini may say on the wire, a test can have it said."""

import json
from typing import Any
from uuid import uuid4

import httpx
import httpx2
import pytest
from google import genai
from google.genai import errors, types

from gemledger_simulator.process import SimulatorProcess
from gemledger_simulator.scripted import ScriptError, Step

FLASH = "gemini-2.5-flash"


def _config(script: object, **fields: Any) -> types.GenerateContentConfig:
    headers = {"x-simulator-script": json.dumps(script), "x-simulator-script-id": uuid4().hex}
    return types.GenerateContentConfig(http_options=types.HttpOptions(headers=headers), **fields)


def _said(text: str, **fields: Any) -> dict[str, Any]:
    candidate = {"content": {"parts": [{"text": text}], "role": "model"}, **fields}
    return {"candidates": [candidate]}


def test_a_response_is_given_word_for_word_with_its_ids_added(client: genai.Client) -> None:
    """Counts that contradict themselves included; a reroute is as any other answer has it."""
    usage = {"promptTokenCount": 1, "totalTokenCount": 99, "trafficType": "ON_DEMAND"}
    config = _config({"response": _said("Yes.") | {"usageMetadata": usage}})
    response = client.models.generate_content(
        model="gemini-3.5-flash", contents="hi", config=config
    )

    assert response.text == "Yes."
    assert response.model_version == "gemini-3.6-flash"
    assert response.response_id
    assert response.usage_metadata
    assert response.usage_metadata.prompt_token_count == 1
    assert response.usage_metadata.candidates_token_count is None
    assert response.usage_metadata.total_token_count == 99


def test_ids_given_are_kept_and_null_leaves_them_out(client: genai.Client) -> None:
    """For responses that lack what they should have."""
    step = {"response": _said("Yes.") | {"modelVersion": None, "responseId": "r-1"}}
    response = client.models.generate_content(model=FLASH, contents="hi", config=_config(step))

    assert (response.model_version, response.response_id) == (None, "r-1")


@pytest.mark.parametrize(
    ("headers", "seen"),
    [({}, "priority"), ({"x-gemini-service-tier": "standard"}, "standard")],
    ids=["as asked", "downgraded"],
)
def test_the_tier_header_is_the_tier_asked_for_unless_the_script_says_otherwise(
    client: genai.Client, headers: dict[str, str], seen: str
) -> None:
    """Priority may be served, and billed, as standard."""
    config = _config({"response": _said("a"), "headers": headers}, service_tier="priority")
    response = client.models.generate_content(model=FLASH, contents="hi", config=config)

    assert response.sdk_http_response
    assert (response.sdk_http_response.headers or {})["x-gemini-service-tier"] == seen


def test_a_header_can_be_missing(client: genai.Client) -> None:
    """Null takes it away."""
    step = {"response": _said("a"), "headers": {"x-gemini-service-tier": None}}
    response = client.models.generate_content(model=FLASH, contents="hi", config=_config(step))

    assert response.sdk_http_response
    assert "x-gemini-service-tier" not in (response.sdk_http_response.headers or {})


def test_a_list_is_performed_one_request_at_a_time(client: genai.Client) -> None:
    """The SDK's own retries walk through it, and afterwards one can see what was asked."""
    steps = [{"status": 503}, {"status": 429, "headers": {"retry-after": "1"}}, {"response": {}}]
    config = _config([*steps[:2], {"response": _said("At last.")}])
    assert config.http_options
    config.http_options.retry_options = types.HttpRetryOptions(
        attempts=3, initial_delay=0.01, max_delay=0.01, jitter=0.0
    )
    response = client.models.generate_content(model=FLASH, contents="hi", config=config)

    assert response.text == "At last."
    script_id = (config.http_options.headers or {})["x-simulator-script-id"]
    base_url = client._api_client._http_options.base_url
    asked = httpx.get(f"{base_url}/simulator/scripts/{script_id}").json()["requests"]
    assert [request["path"] for request in asked] == [f"/v1/models/{FLASH}:generateContent"] * 3
    assert asked[0]["body"]["contents"][0]["parts"] == [{"text": "hi"}]
    assert asked[0]["headers"]["x-goog-api-key"] == "any"


def test_a_request_too_many_is_an_error(client: genai.Client) -> None:
    """A test that asks more often than it expected should notice."""
    config = _config([{"response": _said("Once.")}])
    client.models.generate_content(model=FLASH, contents="hi", config=config)
    with pytest.raises(errors.ClientError, match="request 2 of 1 steps"):
        client.models.generate_content(model=FLASH, contents="hi", config=config)


def test_chunks_are_the_events_of_a_stream(client: genai.Client) -> None:
    """Here usage stands in the first and nowhere else."""
    first = _said("One ") | {"usageMetadata": {"promptTokenCount": 5, "totalTokenCount": 5}}
    stream = client.models.generate_content_stream(
        model=FLASH, contents="hi", config=_config({"chunks": [first, _said("two.")]})
    )
    chunks = list(stream)

    assert [chunk.text for chunk in chunks] == ["One ", "two."]
    assert chunks[0].usage_metadata
    assert chunks[1].usage_metadata is None
    assert chunks[0].response_id == chunks[1].response_id


def test_an_error_can_come_in_mid_stream(client: genai.Client) -> None:
    """After a chunk, in Google's words."""
    stream = client.models.generate_content_stream(
        model=FLASH, contents="hi", config=_config({"chunks": [_said("One "), {"error": 429}]})
    )
    assert next(stream).text == "One "
    with pytest.raises(errors.ClientError) as raised:
        next(stream)
    assert raised.value.code == 429


def test_an_answer_can_break_off(client: genai.Client) -> None:
    """Before it, in the middle of it, and after the events of a stream."""
    steps: list[Any] = [{"end": "disconnect"}, {"response": _said("a"), "end": "disconnect"}]
    for step in steps:
        with pytest.raises(httpx2.RemoteProtocolError):
            client.models.generate_content(model=FLASH, contents="hi", config=_config(step))
    stream = client.models.generate_content_stream(
        model=FLASH, contents="hi", config=_config({"chunks": [_said("One ")], "end": "disconnect"})
    )
    assert next(stream).text == "One "
    with pytest.raises(httpx2.RemoteProtocolError):
        next(stream)


def test_an_answer_can_stall(client: genai.Client) -> None:
    """The client's own patience ends it, before the first byte or between two events."""
    config = _config({"end": "stall"})
    assert config.http_options
    config.http_options.timeout = 50
    with pytest.raises(httpx2.TimeoutException):
        client.models.generate_content(model=FLASH, contents="hi", config=config)
    config = _config({"chunks": [_said("One ")], "end": "stall"})
    assert config.http_options
    config.http_options.timeout = 50
    stream = client.models.generate_content_stream(model=FLASH, contents="hi", config=config)
    assert next(stream).text == "One "
    with pytest.raises(httpx2.TimeoutException):
        next(stream)


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("{", "is not JSON"),
        ("[{}]", "name its performance in x-simulator-script-id"),
        ('{"reply": 1}', "a step is an object of response, chunks"),
        ('{"end": "bang"}', "end is 'bang'"),
        ('{"status": 418}', "no usual body"),
        ('{"chunks": [1]}', "a chunk is an object"),
    ],
)
def test_a_script_that_cannot_be_played_says_why(
    simulator: SimulatorProcess, script: str, complaint: str
) -> None:
    """An error 400 that names what to send."""
    answer = httpx.post(
        f"{simulator.url}/v1/models/{FLASH}:generateContent",
        headers={"x-goog-api-key": "k", "x-simulator-script": script},
        json={},
    )
    assert answer.status_code == 400
    assert complaint in answer.json()["error"]["message"]


def test_a_step_is_read_strictly() -> None:
    """A typing error in a script is an error of the script."""
    with pytest.raises(ScriptError, match="status 'twice'"):
        Step.from_json({"status": "twice"})


def test_usage_asked_for_may_hold_every_field_of_the_wire(client: genai.Client) -> None:
    """A total of one's own, traffic types, and what the SDK drops."""
    usage = {"promptTokenCount": 5, "totalTokenCount": 7, "serviceTier": "flex"}
    headers = {"x-simulator-usage": json.dumps(usage | {"trafficType": "ON_DEMAND_FLEX"})}
    response = client.models.generate_content(
        model=FLASH,
        contents="hi",
        config={"http_options": {"headers": headers}, "should_return_http_response": True},
    )

    assert response.sdk_http_response
    said = json.loads(response.sdk_http_response.body or "")["usageMetadata"]
    assert said["totalTokenCount"] == 7
    assert said["trafficType"] == "ON_DEMAND_FLEX"
    assert said["serviceTier"] == "flex"
