"""Rate limits as an app meets them: what a 429 said, and how much is left."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from google import genai
from google.genai import errors, types
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from support.sampled import MINUTE, NOON, Sampled, answer, asked

from gemledger.headroom import Limit, Limits, next_day, parsed
from gemledger.instrumentor import GeminiInstrumentor
from gemledger.quotas import Refusal, reason_of, refusal_of
from gemledger.settings import Settings
from gemledger_simulator.process import SimulatorProcess
from gemledger_simulator.settings import Settings as SimulatorSettings

MODEL = "gemini-2.5-flash"
PER_DAY = "GenerateRequestsPerDayPerProjectPerModel-FreeTier"
PER_MINUTE = "GenerateRequestsPerMinutePerProjectPerModel"


def refused(*violations: Any, **detail: Any) -> errors.ClientError:
    """A 429 as the SDK raises it."""
    failure = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": violations}
    details = [failure | {"violations": list(violations)}, detail]
    return errors.ClientError(429, {"error": {"code": 429, "details": details}})


def violation(quota_id: str, value: str, **more: Any) -> dict[str, Any]:
    """One limit in a QuotaFailure."""
    return {"quotaId": quota_id, "quotaValue": value} | more


@pytest.mark.parametrize(
    ("fault", "quota", "delay"),
    [
        ("429", (PER_MINUTE, 1_000, "requests", "minute"), 7.0),
        ("429-day", (PER_DAY, 250, "requests", "day"), 41.0),
        (
            "429-tokens",
            (
                "GenerateContentPaidTierInputTokensPerModelPerMinute",
                250_000,
                "input_tokens",
                "minute",
            ),
            34.074824224,
        ),
    ],
)
def test_a_429_tells_its_limit_on_the_span(
    client: genai.Client,
    recorded: Any,
    asking: Any,
    fault: str,
    quota: tuple[Any, ...],
    delay: float,
) -> None:
    """Which limit, how much it allows, of what in which time, whose model, and when to come back."""
    with pytest.raises(errors.ClientError):
        client.models.generate_content(model=MODEL, contents="Hi", config=asking(fault=fault))
    found = recorded.attributes
    names = ("id", "limit", "unit", "window")
    assert tuple(found[f"gemledger.quota.{name}"] for name in names) == quota
    assert found["gemledger.quota.metric"].startswith("generativelanguage.googleapis.com/generate_")
    assert found["gemledger.quota.model"] == MODEL
    assert found["gemledger.retry_delay_seconds"] == delay
    assert found["gemledger.quota.headroom"] == 0.0


def test_of_several_limits_the_one_that_lasts_longest_is_told() -> None:
    """Coming back in a minute does not help whoever has used up the day."""
    told = refusal_of(refused(violation(PER_MINUTE, "10"), violation(PER_DAY, "250")))
    assert [(quota.id, quota.limit, quota.window) for quota in told.quotas] == [
        (PER_DAY, 250, "day"),
        (PER_MINUTE, 10, "minute"),
    ]


def test_an_older_services_error_info_names_the_limit_too() -> None:
    """Without a QuotaFailure the metadata of ErrorInfo has it."""
    metadata = {
        "quota_limit": "GenerateContentRequestsPerMinutePerProjectPerRegion",
        "quota_limit_value": "60",
    }
    (quota,) = refusal_of(refused(metadata=metadata, reason="RATE_LIMIT_EXCEEDED")).quotas
    assert (quota.limit, quota.unit, quota.window) == (60, "requests", "minute")


def test_a_body_of_the_interactions_own_errors_is_read_alike() -> None:
    """They have ``body`` where others have ``details``."""
    error = Exception()
    error.body = {"error": {"details": [{"retryDelay": "3.5s"}, {"reason": "X"}]}}  # type: ignore[attr-defined]
    assert refusal_of(error) == Refusal((), 3.5)
    assert reason_of(error) == "X"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "error",
                    "details",
                    "violations",
                    "quotaId",
                    "quotaMetric",
                    "quotaValue",
                    "quotaDimensions",
                    "retryDelay",
                    "reason",
                    "metadata",
                    "quota_limit",
                    "quota_limit_value",
                    "model",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@given(ANYTHING)
def test_a_body_of_any_shape_harms_nobody(body: Any) -> None:
    """What comes from outside may be anything: it is read or it is not there."""
    error = Exception()
    error.details = body  # type: ignore[attr-defined]
    told = refusal_of(error)
    assert all(quota.limit is None or quota.limit >= 0 for quota in told.quotas)
    assert told.retry_delay_seconds is None or told.retry_delay_seconds >= 0
    written: dict[str, Any] = {}
    told.write(written)
    assert all(isinstance(value, str | int | float) for value in written.values())


@pytest.fixture
def instrumented(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """The SDK instrumented with this GEMLEDGER_RATE_LIMITS, at noon for ever; gives what exports the spans."""
    instrumentor = GeminiInstrumentor()

    def start(limits: str) -> InMemorySpanExporter:
        monkeypatch.setenv("GEMLEDGER_RATE_LIMITS", limits)
        exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        instrumentor.instrument(tracer_provider=provider, clock=lambda: NOON)
        return exporter

    yield start
    instrumentor.uninstrument()


def test_what_is_left_of_a_configured_limit_goes_down_with_every_call(
    client: genai.Client, instrumented: Any, asking: Any
) -> None:
    """Four requests a minute and 10,000 tokens: the tighter of the two counts, and other models have none."""
    exporter = instrumented(f"{MODEL}:rpm=4,tpm=10000")
    for tokens in (1_000, 6_000, 100):
        usage = {"promptTokenCount": tokens, "candidatesTokenCount": 1}
        client.models.generate_content(model=MODEL, contents="Hi", config=asking(usage=usage))
    client.models.generate_content(model="gemini-2.5-pro", contents="Hi")
    found = [
        span.attributes.get("gemledger.quota.headroom") for span in exporter.get_finished_spans()
    ]
    assert found == pytest.approx([0.75, 0.3, 0.25, None])


def test_a_limit_is_learned_by_running_into_it(recorded: Any) -> None:
    """A simulated Gemini that keeps two requests a minute: the third is refused, and then nothing is left."""
    with SimulatorProcess(SimulatorSettings(requests_per_day=2)) as simulator:
        options = types.HttpOptions(base_url=simulator.url)
        with genai.Client(api_key="mine", http_options=options) as client:
            for _ in range(2):
                client.models.generate_content(model=MODEL, contents="Hi")
            with pytest.raises(errors.ClientError):
                client.models.generate_content(model=MODEL, contents="Hi")
        with genai.Client(api_key="another", http_options=options) as client:
            client.models.generate_content(model=MODEL, contents="Hi")
    told = [
        (
            span.attributes.get("gemledger.error.kind"),
            span.attributes.get("gemledger.quota.limit"),
            span.attributes.get("gemledger.quota.headroom"),
        )
        for span in recorded.spans
    ]
    assert told == [
        (None, None, None),
        (None, None, None),
        ("rate_limited_per_day", 2, 0.0),
        (None, None, None),
    ]


def test_a_learned_limit_begins_anew_with_the_next_minute() -> None:
    """Nothing is left until then; afterwards each call takes its share."""
    limits, request = Limits(), asked()
    refusal = refusal_of(refused(violation(PER_MINUTE, "10")))
    assert limits.note(request, NOON, (1, 0), None) is None
    assert limits.note(request, NOON + 1, (0, 0), refusal) == 0.0
    assert limits.note(request, NOON + 2, (1, 0), None) == 0.0
    assert limits.note(request, NOON + MINUTE, (1, 0), None) == 0.9
    assert limits.note(request, NOON + MINUTE, (3, 0), None) == pytest.approx(0.6)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_fork_while_another_thread_counts_harms_nobody() -> None:
    """A child process gets a lock of its own: the thread that held its parent's is not there."""
    limits = Limits([Limit(MODEL, "requests", "minute", 100)])
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with limits._lock:
            held.set()
            over.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(20)
    child = os.fork()
    if child == 0:
        signal.alarm(10)  # ends a child that waits for ever
        os._exit(0 if limits.note(asked(), NOON, (1, 0), None) == 0.99 else 1)
    over.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0


def test_a_configured_limit_stays_as_it_is() -> None:
    """Whoever wrote it down knows better than one answer."""
    limits = Limits([Limit(MODEL, "requests", "minute", 100)])
    refusal = refusal_of(refused(violation(PER_MINUTE, "10")))
    assert limits.note(asked(), NOON, (1, 0), refusal) == 0.99


@pytest.mark.parametrize(
    ("moment", "midnight", "hours"),
    [
        ("2026-11-20T12:00", "2026-11-21", 12),
        ("2026-11-01T00:00", "2026-11-02", 25),  # clocks go back: 25 hours
        ("2027-03-14T00:00", "2027-03-15", 23),  # clocks go forward
    ],
)
def test_a_day_begins_at_midnight_pacific_time(moment: str, midnight: str, hours: int) -> None:
    """Whatever clocks do that day."""
    pacific = ZoneInfo("America/Los_Angeles")
    start = datetime.fromisoformat(moment).replace(tzinfo=pacific)
    found = next_day(int(start.timestamp()) * 10**9)
    ends = datetime.fromtimestamp(found // 10**9, UTC).astimezone(pacific)
    assert ends.isoformat()[:16] == f"{midnight}T00:00"
    assert found // 10**9 - int(start.timestamp()) == hours * 3600


def test_limits_are_read_and_a_typo_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """The good ones hold; a bad one is a warning that names it and the remedy."""
    with caplog.at_level(logging.WARNING, "gemledger"):
        found = parsed("models/gemini-3.8-flash:rpm=2000,tpm=4000000; gemini-x:rpm=many;b:rpd=5")
    assert found == (
        Limit("gemini-3.8-flash", "requests", "minute", 2_000),
        Limit("gemini-3.8-flash", "input_tokens", "minute", 4_000_000),
        Limit("b", "requests", "day", 5),
    )
    assert "gemini-x:rpm=many" in caplog.text
    assert "write MODEL:rpm=N" in caplog.text
    assert Settings.from_environ({}).rate_limits == ()


def test_sums_of_unsampled_calls_tell_the_limit_too() -> None:
    """Sampling leaves out traces, not facts: the refused calls' sum names it, and good calls are no part of it."""
    sampled = Sampled()
    for _ in range(3):
        sampled.call(error=refused(violation(PER_DAY, "250"), retryDelay="9s"))
    sampled.call(answer())
    told = [
        (
            sums["gemledger.unsampled.calls"],
            sums.get("gemledger.quota.id"),
            sums.get("gemledger.quota.limit"),
            sums.get("gemledger.retry_delay_seconds"),
        )
        for sums in sampled.summed
    ]
    assert told == [(3, PER_DAY, 250, 9.0), (1, None, None, None)]
