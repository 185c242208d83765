"""What went wrong, in one vocabulary: said by the app, from whatever the SDK raises or answers."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from support.sampled import Sampled, answer

from gemledger import error_kinds
from gemledger.outcome import Failure
from gemledger_simulator.process import SimulatorProcess
from gemledger_simulator.settings import Settings

MODEL = "gemini-2.5-flash"
EMBEDDING = "gemini-embedding-001"
PROMPT = {"promptTokenCount": 1_000, "totalTokenCount": 1_000}


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("400", "bad_request"),
        ("401", "unauthenticated"),
        ("403", "permission_denied"),
        ("404", "not_found"),
        ("429", "rate_limited_per_minute"),
        ("429-tokens", "rate_limited_per_minute"),
        ("429-day", "rate_limited_per_day"),
        ("429-bare", "rate_limited"),
        ("500", "server_error"),
        ("503", "unavailable"),
        ("504", "timeout"),
        ("disconnect", "network"),
        ("malformed", "other"),
    ],
)
def test_an_error_has_its_kind(
    client: genai.Client, recorded: Any, asking: Any, fault: str, kind: str
) -> None:
    """Unary and streamed alike; nothing that was refused costs anything."""
    with pytest.raises(Exception):  # noqa: B017, PT011 - which one is the SDK's business
        client.models.generate_content(model=MODEL, contents="Hi", config=asking(fault=fault))
    with suppress(Exception):
        list(
            client.models.generate_content_stream(
                model=MODEL, contents="Hi", config=asking(fault=fault)
            )
        )
    found = [span.attributes["gemledger.error.kind"] for span in recorded.spans]
    assert found == [kind, "other" if fault == "malformed" else kind]
    if fault[0] in "45":
        assert recorded.spans[0].attributes["gemledger.cost.pico_usd"] == 0


Ask = Callable[[genai.Client], object]


@pytest.mark.parametrize(
    ("ask", "limited"),
    [
        (lambda client: client.models.embed_content(model=EMBEDDING, contents="Hi"), True),
        (lambda client: client.models.count_tokens(model=MODEL, contents="Hi"), False),
        (lambda client: client.caches.create(model=MODEL, config={"contents": "Hi"}), False),
        (lambda client: client.interactions.create(model=MODEL, input="Hi"), True),
    ],
    ids=["embeddings", "count_tokens", "cache_create", "interaction"],
)
def test_every_surface_tells_what_a_429_said(
    simulator: SimulatorProcess, recorded: Any, ask: Ask, *, limited: bool
) -> None:
    """Interactions raise errors of their own. Headroom is that of what counts against a model's limits."""
    once = types.HttpRetryOptions(attempts=1)  # interactions would try five times
    headers = {"x-simulator-fault": "429"}
    options = types.HttpOptions(base_url=simulator.url, headers=headers, retry_options=once)
    with (
        genai.Client(api_key="k", http_options=options) as client,
        pytest.raises(Exception),  # noqa: B017, PT011 - which one is the SDK's business
    ):
        ask(client)
    assert recorded.attributes["gemledger.error.kind"] == "rate_limited_per_minute"
    assert recorded.attributes["gemledger.quota.limit"] == 1_000
    assert recorded.attributes["gemledger.retry_delay_seconds"] == 7.0
    assert ("gemledger.quota.headroom" in recorded.attributes) is limited


def test_a_wrong_key_is_a_matter_of_authentication(recorded: Any) -> None:
    """The Gemini API answers 400 where others answer 401."""
    with SimulatorProcess(Settings(api_key="the-key")) as simulator:
        options = types.HttpOptions(base_url=simulator.url)
        with (
            genai.Client(api_key="wrong", http_options=options) as client,
            pytest.raises(errors.ClientError),
        ):
            client.models.generate_content(model=MODEL, contents="Hi")
    assert recorded.attributes["error.type"] == "400"
    assert recorded.attributes["gemledger.error.kind"] == "unauthenticated"


@pytest.mark.parametrize("fault", ["safety", "block"])
def test_a_withheld_answer_is_safety_and_costs_its_prompt(
    client: genai.Client, recorded: Any, asking: Any, fault: str
) -> None:
    """Status 200 and no error: 1,000 tokens in at 300,000 picoUSD each are billed."""
    config = asking(fault=fault, usage=PROMPT)
    client.models.generate_content(model=MODEL, contents="Hi", config=config)
    assert recorded.attributes["gemledger.error.kind"] == "safety"
    assert "error.type" not in recorded.attributes
    assert recorded.attributes["gemledger.cost.pico_usd"] == 300_000_000


def test_an_answered_call_has_no_kind(client: genai.Client, recorded: Any) -> None:
    """Nothing went wrong, so nothing is said."""
    client.models.generate_content(model=MODEL, contents="Hi")
    assert "gemledger.error.kind" not in recorded.attributes


async def test_a_cancelled_call_is_cancelled(recorded: Any) -> None:
    """By asyncio, while the answer is awaited."""
    with SimulatorProcess(Settings(latency_scale=50)) as simulator:
        options = types.HttpOptions(base_url=simulator.url)
        client = genai.Client(api_key="k", http_options=options)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(
                client.aio.models.generate_content(model=MODEL, contents="Hi"), timeout=0.3
            )
        await client.aio.aclose()
        client.close()
    assert recorded.attributes["gemledger.error.kind"] == "cancelled"


def test_one_good_candidate_is_an_answer() -> None:
    """Of several candidates all must be withheld; an empty list of reasons says nothing."""
    assert error_kinds.is_withheld(["safety", "spii"], None)
    assert not error_kinds.is_withheld(["safety", "stop"], None)
    assert not error_kinds.is_withheld([], None)
    assert error_kinds.is_withheld(["stop"], "prohibited_content")


@pytest.mark.parametrize(
    ("error_type", "kind"),
    [
        ("400", "bad_request"),
        ("413", "bad_request"),
        ("502", "unavailable"),
        ("599", "server_error"),
        ("600", "other"),
        ("1011", "server_error"),
        ("httpx.ReadTimeout", "timeout"),
        ("DEADLINE_EXCEEDED", "timeout"),
        ("google.api_core.exceptions.ResourceExhausted", "rate_limited"),
        ("aiohttp.client_exceptions.ServerDisconnectedError", "network"),
        ("CancelledError", "cancelled"),
        ("KeyError", "other"),
        ("", "other"),
        ("٤٢٩", "other"),
        ("9" * 5_000, "other"),
    ],
)
def test_a_senders_error_type_is_enough_to_tell(error_type: str, kind: str) -> None:
    """Statuses, names of exceptions with and without their module, Google's canonical codes."""
    assert error_kinds.kind_of_type(error_type) == kind
    assert kind in error_kinds.ERROR_KINDS


def test_a_class_of_its_own_is_known_by_what_it_derives_from() -> None:
    """An HTTP client's subclass of a timeout is one."""

    class SlowError(TimeoutError):
        """Of somebody's own."""

    assert Failure.of(SlowError()).kind == "timeout"


def test_sums_are_kept_apart_by_kind() -> None:
    """Withheld answers and good ones are no sum; each sum says what went wrong with all of its calls."""
    sampled = Sampled()
    withheld = answer()
    assert withheld.candidates
    withheld.candidates[0].finish_reason = types.FinishReason.SAFETY
    for response in (answer(), withheld, withheld):
        sampled.call(response)
    sampled.call(error=errors.ServerError(503, {"error": {"code": 503}}))
    found = {
        sums.get("gemledger.error.kind"): (
            sums["gemledger.unsampled.calls"],
            sums["gemledger.unsampled.errors"],
            sums["gemledger.cost.pico_usd"],
        )
        for sums in sampled.summed
    }
    assert found == {
        None: (1, 0, 550_000_000),
        "safety": (2, 0, 1_100_000_000),
        "unavailable": (1, 1, 0),
    }
