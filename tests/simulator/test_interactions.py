"""Interactions as the real SDK sees them: whole, streamed, behind the scenes, refused; billed once."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from google import genai
from google.genai import types
from google.genai._gaos.lib import compat_errors
from support.day import Clock, SimulatorInThread
from support.interactions import FLASH, RESEARCHER, ask, impatient

from gemledger_simulator.process import SimulatorProcess

EXACT: dict[str, Any] = {
    "total_input_tokens": 1_000,
    "total_output_tokens": 40,
    "total_thought_tokens": 10,
    "grounding_tool_count": [{"type": "google_search", "count": 3}],
}


def billed(simulator: SimulatorProcess, interaction_id: str) -> list[dict[str, Any]]:
    """What is on the invoice under this id."""
    entries = httpx.get(f"{simulator.url}/simulator/record", trust_env=False).json()["entries"]
    return [entry for entry in entries if entry.get("id") == interaction_id]


def test_an_interaction_answers_in_words_and_counts_by_modality(client: genai.Client) -> None:
    """The SDK finds text, steps, usage that adds up, tier, model and an id."""
    answer = ask(client, input="How far does the station reach?")
    assert answer.output_text
    assert answer.status == "completed"
    assert (answer.model, answer.service_tier) == (FLASH, "standard")
    usage = answer.usage
    assert usage is not None
    assert usage.total_tokens == sum(
        count or 0
        for count in (
            usage.total_input_tokens,
            usage.total_output_tokens,
            usage.total_thought_tokens,
            usage.total_tool_use_tokens,
        )
    )
    again = ask(client, input="How far does the station reach?")
    assert answer.id != again.id


def test_what_went_before_is_read_again(client: genai.Client) -> None:
    """The second turn's input holds the first turn and its answer."""
    first = ask(client, input="Name a wind.")
    second = ask(client, input="Another.", previous_interaction_id=first.id)
    assert second.previous_interaction_id == first.id
    assert first.usage
    assert second.usage
    assert first.usage.total_input_tokens
    assert first.usage.total_output_tokens
    assert (second.usage.total_input_tokens or 0) >= (
        first.usage.total_input_tokens + first.usage.total_output_tokens
    )


def test_usage_in_a_header_is_answered_word_for_word_and_billed_once(
    client: genai.Client, simulator: SimulatorProcess
) -> None:
    """However often somebody looks at it."""
    answer = ask(client, EXACT)
    assert answer.id
    assert answer.usage
    assert answer.usage.total_tokens == 1_050
    assert answer.usage.grounding_tool_count
    assert answer.usage.grounding_tool_count[0].count == 3
    seen = client.interactions.get(answer.id).usage
    assert seen
    assert seen.total_tokens == 1_050
    (entry,) = billed(simulator, answer.id)
    assert entry["kind"] == "interaction"
    assert entry["usage"] == EXACT | {"total_tokens": 1_050}


def test_a_stream_brings_usage_with_its_end(client: genai.Client) -> None:
    """Events of every kind that the SDK knows, and the text in pieces."""
    with ask(client, EXACT, stream=True) as stream:
        events = list(stream)
    kinds = [event.event_type for event in events]
    assert kinds[0] == "interaction.created"
    assert kinds[-1] == "interaction.completed"
    assert {"step.start", "step.delta", "step.stop"} < set(kinds)
    assert events[-1].interaction.usage.total_tokens == 1_050


def test_the_background_takes_its_time(client: genai.Client, simulator: SimulatorProcess) -> None:
    """Two looks find it running, the third finds it completed, and only then is it billed."""
    job = ask(client, EXACT, background=True, wishes={"looks": 2})
    assert (job.status, job.usage) == ("in_progress", None)
    assert job.id
    states = [client.interactions.get(job.id).status for _ in range(2)]
    assert states == ["in_progress", "in_progress"]
    assert billed(simulator, job.id) == []
    assert client.interactions.get(job.id).status == "completed"
    assert client.interactions.get(job.id).status == "completed"
    assert len(billed(simulator, job.id)) == 1


def test_the_background_ends_by_the_clock() -> None:
    """Ten minutes are over when the clock says so."""
    clock = Clock(1_795_000_000 * 10**9)
    with SimulatorInThread(clock) as simulator:
        options = types.HttpOptions(base_url=simulator.url)
        with genai.Client(api_key="any", http_options=options) as client:
            job = ask(client, background=True, wishes={"seconds": 600})
            assert job.id
            assert client.interactions.get(job.id).status == "in_progress"
            clock.go_on(601)
            assert client.interactions.get(job.id).status == "completed"


def test_an_agent_uses_tools_and_can_be_cancelled(client: genai.Client) -> None:
    """Searches are counted; a cancelled one has no usage, a completed one cannot be cancelled."""
    done = ask(client, agent=RESEARCHER)
    assert done.steps
    assert done.usage
    assert done.id
    assert (done.agent, done.model) == (RESEARCHER, None)
    assert {"google_search_call", "url_context_call"} <= {step.type for step in done.steps}
    assert done.usage.grounding_tool_count
    with pytest.raises(compat_errors.BadRequestError):
        client.interactions.cancel(done.id)
    job = ask(client, agent=RESEARCHER, background=True, wishes={"looks": 9})
    assert job.id
    cancelled = client.interactions.cancel(job.id)
    assert (cancelled.status, cancelled.usage) == ("cancelled", None)
    client.interactions.delete(job.id)
    with pytest.raises(compat_errors.NotFoundError):
        client.interactions.get(job.id)


def test_a_function_is_asked_for_and_its_answer_read(client: genai.Client) -> None:
    """The interaction waits for the result, which the next one brings."""
    tool = {"type": "function", "name": "get_weather", "parameters": {"type": "object"}}
    asked = ask(client, input="What is the weather?", tools=[tool])
    assert asked.status == "requires_action"
    assert asked.steps
    call = asked.steps[-1]
    assert call.type == "function_call"
    result = {"type": "function_result", "call_id": call.id, "name": call.name, "result": "rain"}
    told = ask(
        client,
        input=[result],
        previous_interaction_id=asked.id,
        tools=[tool],
    )
    assert told.status == "completed"


def test_a_long_answer_takes_several_requests(client: genai.Client) -> None:
    """The SDK continues by itself, and sums the usage up."""
    hops = [{"total_input_tokens": 10, "total_output_tokens": n} for n in (5, 6, 7)]
    answer = ask(client, wishes={"hops": hops})
    assert answer.usage
    assert (answer.usage.total_input_tokens, answer.usage.total_output_tokens) == (30, 18)
    assert len(answer.continuation_ids or ()) == 3


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, compat_errors.BadRequestError),
        (401, compat_errors.AuthenticationError),
        (403, compat_errors.PermissionDeniedError),
        (404, compat_errors.NotFoundError),
        (429, compat_errors.RateLimitError),
        (500, compat_errors.InternalServerError),
    ],
)
def test_errors_are_of_the_tree_of_their_own(
    simulator: SimulatorProcess, status: int, error: type[compat_errors.APIStatusError]
) -> None:
    """With a status code and Google's details."""
    with impatient(simulator.url) as client, pytest.raises(error) as caught:
        ask(client, wishes={"fault": str(status)})
    assert caught.value.status_code == status
    if status == 429:
        body: Any = caught.value.body
        assert body["error"]["details"][-1]["retryDelay"] == "7s"


def test_an_overloaded_model_answers_in_the_end(simulator: SimulatorProcess) -> None:
    """The SDK tries again by itself."""
    wishes = {"failures": [503, 503], "id": uuid4().hex}
    with impatient(simulator.url) as client:
        assert ask(client, wishes=wishes).output_text


def test_a_header_that_cannot_be_read_is_refused_by_name(client: genai.Client) -> None:
    """It names the field, and what there is."""
    with pytest.raises(compat_errors.BadRequestError, match="no field tokens"):
        ask(client, {"tokens": 1})
