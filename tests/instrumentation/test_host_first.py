"""The host application comes first: it cannot tell whether we are there."""

import logging
from collections.abc import Callable
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from google import genai
from google.genai import types
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, attach, detach, set_value
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Decision, Sampler, SamplingResult

import gemledger
from gemledger import guard
from gemledger.instrumentor import GeminiInstrumentor

from .conftest import Recorded, asked, noon_clock

FAULTS = (
    None,
    "400",
    "401",
    "403",
    "404",
    "429",
    "500",
    "503",
    "disconnect",
    "midstream",
    "midstream-disconnect",
    "safety",
    "block",
    "no-usage",
    "malformed",
)
USAGE = {"promptTokenCount": 1_000, "candidatesTokenCount": 44}
MODEL = "gemini-2.5-flash"


WHAT_WAS_BILLED = (
    "gemledger.exchange.Exchange.observe",
    "gemledger.exchange.read_usage",
    "gemledger.exchange.price_exchange",
    "gemledger.tally.Tally.write",
)


async def unary(client: genai.Client, config: Any) -> list[Any]:
    """A sync call."""
    return [client.models.generate_content(model=MODEL, contents="Hello", config=config)]


async def streamed(client: genai.Client, config: Any) -> list[Any]:
    """A sync stream."""
    return list(client.models.generate_content_stream(model=MODEL, contents="Hello", config=config))


async def unary_async(client: genai.Client, config: Any) -> list[Any]:
    """An async call."""
    return [await client.aio.models.generate_content(model=MODEL, contents="Hello", config=config)]


async def streamed_async(client: genai.Client, config: Any) -> list[Any]:
    """An async stream."""
    stream = await client.aio.models.generate_content_stream(
        model=MODEL, contents="Hello", config=config
    )
    return [chunk async for chunk in stream]


async def outcome(simulator: Any, surface: Callable[..., Any], config: Any) -> tuple[object, ...]:
    """Everything an app can see of a call: texts, or the exception with its words, code and chain."""
    client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=simulator.url))
    try:
        responses = await surface(client, config)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must be the same with and without us
        chain = (type(error.__cause__), type(error.__context__), error.__suppress_context__)
        return type(error), str(error), getattr(error, "code", None), chain
    finally:
        await client.aio.aclose()
        client.close()
    return (
        "answered",
        *(
            response.model_dump(exclude={"response_id", "sdk_http_response"})
            for response in responses
        ),
    )


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("surface", [unary, streamed, unary_async, streamed_async])
async def test_an_app_sees_the_same_with_and_without_us(
    simulator: Any, asking: Any, surface: Callable[..., Any], fault: str | None
) -> None:
    """Answers, chunks and exceptions are equal for every way a call can go."""
    config = asking(usage=USAGE, fault=fault)
    bare = await outcome(simulator, surface, config)
    gemledger.instrument(tracer_provider=TracerProvider(shutdown_on_exit=False))
    try:
        ours = await outcome(simulator, surface, config)
    finally:
        gemledger.uninstrument()

    assert ours == bare


@pytest.mark.parametrize(
    ("fault", "error_type", "cost"),
    [
        ("400", "400", ("exact", 0)),
        ("403", "403", ("exact", 0)),
        ("429", "429", ("exact", 0)),
        ("500", "500", ("exact", 0)),
        ("disconnect", "RemoteProtocolError", ("unpriced", None)),
    ],
)
def test_what_google_refused_is_free_and_what_it_never_answered_is_unknown(
    client: genai.Client,
    recorded: Any,
    asking: Any,
    fault: str,
    error_type: str,
    cost: tuple[str, int | None],
) -> None:
    """4xx and 5xx are not charged; a broken connection may be."""
    with pytest.raises(Exception):  # noqa: B017, PT011 - which one is the SDK's business
        client.models.generate_content(model=MODEL, contents="Hello", config=asking(fault=fault))

    attributes = recorded.attributes
    assert recorded.span.status.status_code.name == "ERROR"
    assert attributes["error.type"] == error_type
    assert (attributes["gemledger.cost.status"], attributes.get("gemledger.cost.pico_usd")) == cost


def test_a_call_that_never_left_the_process_is_free(client: genai.Client, recorded: Any) -> None:
    """A wrong argument raises before any request: the span says so, and costs nothing."""
    wrong: Any = {"stowaway": 1}
    with pytest.raises(ValueError, match="stowaway"):
        client.models.generate_content(model=MODEL, contents="Hello", config=wrong)

    assert recorded.attributes["gemledger.attempts"] == 0
    assert recorded.attributes["gemledger.cost.pico_usd"] == 0


def test_function_calling_keeps_what_was_billed_before_a_later_request_fails(
    client: genai.Client, recorded: Any
) -> None:
    """The second request is refused: the first was billed, and its cost stays."""
    headers = client._api_client._http_options.headers
    assert headers is not None

    def get_weather(city: str) -> str:
        """The weather in a city."""
        headers["x-simulator-fault"] = "429"
        return "sunny"

    with pytest.raises(genai.errors.ClientError):
        client.models.generate_content(
            model=MODEL,
            contents="What is the weather in Paris?",
            config=types.GenerateContentConfig(tools=[get_weather]),
        )

    assert recorded.attributes["error.type"] == "429"
    assert recorded.attributes["gemledger.exchanges"] == 1
    assert recorded.attributes["gemledger.attempts"] == 2
    assert recorded.attributes["gemledger.cost.status"] == "exact"
    assert recorded.attributes["gemledger.cost.pico_usd"] > 0


@pytest.mark.parametrize(
    "where",
    [
        *WHAT_WAS_BILLED,
        "gemledger.opening.is_suppressed",
        "gemledger.attributes.constant",
        "gemledger.payer.current_attributes",
        "gemledger.current.inside",
        "gemledger.recorded_call.set_attributes",
        "gemledger.recorded_call.sessions_of",
        "gemledger.receipts.file",
    ],
)
def test_our_own_failure_is_one_warning_and_no_exception(
    client: genai.Client,
    recorded: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    where: str,
) -> None:
    """Wherever we are broken, every call of the app succeeds, and the log is not flooded."""

    def broken(*_: object) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(guard, "_warned", False)
    monkeypatch.setattr(where, broken)
    with caplog.at_level(logging.WARNING, "gemledger"):
        for _ in range(3):
            assert client.models.generate_content(model=MODEL, contents="Hello").text
        assert list(client.models.generate_content_stream(model=MODEL, contents="Hello"))

    (record,) = caplog.records
    assert record.message.endswith("; the call itself is unharmed")
    found = {span.attributes.get("gemledger.cost.pico_usd") for span in recorded.spans}
    assert 0 not in found
    if where in WHAT_WAS_BILLED:  # we failed to read it: unknown, never a zero
        assert found == {None}


def test_the_objects_of_the_app_are_not_changed(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """A config used again is the config it was; so are the contents."""

    def get_weather(city: str) -> str:
        """The weather in a city."""
        return "sunny"

    config = types.GenerateContentConfig(tools=[get_weather], labels={"a": "b"}, temperature=0.1)
    before, tools = config.model_copy(deep=True), list(config.tools or ())
    contents = [
        types.Content(role="user", parts=[types.Part(text="What is the weather in Paris?")])
    ]
    client.models.generate_content(model=MODEL, contents=list(contents), config=config)
    client.models.generate_content(model=MODEL, contents=list(contents), config=config)

    assert config == before
    assert config.tools == tools
    assert config.tools[0] is get_weather
    assert len(contents) == 1


def test_an_exception_is_the_very_object_and_its_traceback_the_sdks_own(
    client: genai.Client, recorded: Any, asking: Any
) -> None:
    """Nothing is wrapped, chained or re-raised anew: the deepest frame is where the SDK raised."""
    with pytest.raises(genai.errors.ClientError) as caught:
        client.models.generate_content(model=MODEL, contents="Hello", config=asking(fault="400"))

    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert str(caught.traceback[-1].path).endswith("errors.py")


@pytest.mark.parametrize(
    "key",
    ["suppress_instrumentation", _SUPPRESS_INSTRUMENTATION_KEY],
    ids=["public key", "key of the API"],
)
def test_suppressed_instrumentation_records_nothing(
    client: genai.Client, recorded: Any, key: str
) -> None:
    """Both ways in which OpenTelemetry asks for silence are honoured."""
    token = attach(set_value(key, True))
    client.models.generate_content(model=MODEL, contents="Hello")
    list(client.models.generate_content_stream(model=MODEL, contents="Hello"))
    detach(token)

    assert recorded.spans == []


def test_a_suppressed_call_inside_a_tool_function_is_not_added_to_the_outer_one(
    client: genai.Client, recorded: Any
) -> None:
    """Whoever silenced it wanted it nowhere."""

    def get_weather(city: str) -> str:
        """The weather in a city."""
        with suppress_instrumentation():
            client.models.generate_content(model=MODEL, contents=city)
        return "sunny"

    client.models.generate_content(
        model=MODEL,
        contents="What is the weather in Paris?",
        config=types.GenerateContentConfig(tools=[get_weather]),
    )

    assert recorded.attributes["gemledger.exchanges"] == 2


def test_a_cost_that_we_failed_to_work_out_is_no_zero_to_whoever_sums_up(
    client: genai.Client, recorded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session says that a call is missing from its sum."""
    monkeypatch.setattr(guard, "_warned", True)
    monkeypatch.setattr("gemledger.tally.Tally.total_cost", lambda _: 1 // 0)
    with gemledger.session() as spent:
        client.models.generate_content(model=MODEL, contents="Hello")

    assert (spent.calls, spent.unpriced_calls, spent.status) == (1, 1, "unpriced")
    assert len(recorded.spans) == 1


@pytest.mark.parametrize("broken", [None, "gone", 0])
def test_what_the_sdk_hands_us_may_be_anything(
    client: genai.Client, recorded: Any, monkeypatch: pytest.MonkeyPatch, broken: Any
) -> None:
    """An app's tests put objects of their own in the place of answers: they get them back, and we keep quiet."""
    gemledger.uninstrument()
    mine = SimpleNamespace(candidates=[], usage_metadata=broken)
    monkeypatch.setattr("google.genai.models.Models._generate_content", lambda *_, **__: mine)
    monkeypatch.setattr(guard, "_warned", True)
    GeminiInstrumentor().instrument(tracer_provider=recorded.provider)
    answered: object = client.models.generate_content(model=MODEL, contents="Hello")
    gemledger.uninstrument()

    assert answered is mine
    assert recorded.attributes["gemledger.cost.status"] == "unpriced"


def test_an_odd_config_is_recorded_as_far_as_it_can_be_read(recorder: Any, recorded: Any) -> None:
    """The SDK will refuse it in its own words; the call is a span all the same."""
    call = recorder(count(1)).start(asked(config={"temperature": "hot", "labels": ["a"]}))
    call.fail(ValueError("no temperature"))
    call.end()

    assert recorded.attributes["error.type"] == "ValueError"
    assert recorded.attributes["gemledger.cost.pico_usd"] == 0


def test_an_unsampled_call_is_read_and_priced_for_the_sums(client: genai.Client) -> None:
    """Sampling does not shrink the bill: the receipt is there, and so is the sum."""
    recorded = Recorded(ALWAYS_OFF)
    GeminiInstrumentor().instrument(tracer_provider=recorded.provider, clock=noon_clock())
    with gemledger.session() as spent:
        answered = client.models.generate_content(model=MODEL, contents="Hello")
        chunks = list(client.models.generate_content_stream(model=MODEL, contents="Hello"))
    gemledger.uninstrument()

    costs = [gemledger.cost_of(response).total_pico_usd or 0 for response in (answered, chunks[-1])]
    sums: list[dict[str, Any]] = [dict(span.attributes or {}) for span in recorded.spans]
    assert [span.name for span in recorded.spans] == ["gemledger.unsampled"] * len(sums)
    assert spent.cost_pico_usd == sum(costs) > 0
    assert sum(found["gemledger.cost.pico_usd"] for found in sums) == sum(costs)


def test_a_call_that_is_recorded_but_not_sampled_is_summed_up_too(client: genai.Client) -> None:
    """No exporter takes such a span: without the sum its cost would be lost."""
    recorded = Recorded(_RecordOnly())
    GeminiInstrumentor().instrument(tracer_provider=recorded.provider, clock=noon_clock())
    client.models.generate_content(model=MODEL, contents="Hello")
    gemledger.uninstrument()

    assert [span.name for span in recorded.spans] == ["gemledger.unsampled"]


class _RecordOnly(Sampler):
    """For local eyes only."""

    def should_sample(self, *_: Any, **__: Any) -> SamplingResult:
        """Record, and export nothing."""
        return SamplingResult(Decision.RECORD_ONLY)

    def get_description(self) -> str:
        """Its name."""
        return "record only"


def test_without_any_provider_calls_work_and_nothing_is_recorded(client: genai.Client) -> None:
    """OpenTelemetry's no-op provider is the default of every process."""
    gemledger.instrument()
    try:
        assert client.models.generate_content(model=MODEL, contents="Hello").text
    finally:
        gemledger.uninstrument()
