"""Rate limits: what was used of them, what is known of them, and what is left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from support.collector import RunningCollector, config_for
from support.day import Clock, SimulatorInThread
from support.otlp import SECOND, Value, call, call_attributes, payload

from gemledger import semconv
from gemledger.instrumentor import GeminiInstrumentor
from gemledger_collector.config import Config
from gemledger_collector.storage.rate_limits import pacific_day
from gemledger_simulator.settings import Settings

FLASH = "gemini-2.5-flash"
HOUR = 3600 * SECOND


def at(moment: str) -> int:
    """Unix nanoseconds of a moment in UTC."""
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()) * SECOND


NOON = at("2026-11-20T12:00:30")
"""04:00:30 in California."""

Start = Callable[..., RunningCollector]


@pytest.fixture
def at_noon(tmp_path: Path) -> Iterator[Start]:
    """Start a collector whose clock stands still, at noon unless told otherwise, with these ``rate_limits``."""
    running: list[RunningCollector] = []

    def start(*limits: dict[str, Any], now: int = NOON) -> RunningCollector:
        extensions = {"rate_limits": list(limits)}
        config = config_for(tmp_path / "ledger.duckdb", extensions=extensions)
        running.append(RunningCollector(config, lambda: now).__enter__())
        return running[-1]

    yield start
    for collector in running:
        collector.__exit__(None, None, None)


def refusal(quota_id: str, limit: int, **more: Value) -> dict[str, Value]:
    """Attributes of a call that ran into a limit."""
    told: dict[str, Value] = {
        "error_type": "429",
        "quota_id": quota_id,
        "quota_limit": limit,
        "quota_unit": "requests",
        "quota_window": "minute",
        "response_model": None,
        "input_tokens": None,
        "output_tokens": None,
        "cache_read_input_tokens": None,
        "attempts": 1,
        "exchanges": 0,
    }
    return call_attributes(**told | more)


def named(changes: dict[str, Value]) -> dict[str, Value]:
    """Attributes by their names on the wire."""
    return {getattr(semconv, name.upper()): value for name, value in changes.items()}


def only(collector: RunningCollector) -> dict[str, Any]:
    """The only row."""
    (row,) = collector.get("/api/v1/rate-limits")["rows"]
    found: dict[str, Any] = row
    return found


def measured(row: dict[str, Any]) -> dict[str, int]:
    """What was used, by window."""
    return {window["name"]: window["measured"] for window in row["windows"]}


def window(row: dict[str, Any], name: str) -> dict[str, Any]:
    """One window of a row."""
    return next(window for window in row["windows"] if window["name"] == name)


@contextmanager
def app(collector: RunningCollector, clock: Clock) -> Iterator[None]:
    """An instrumented app that sends each span to this collector."""
    provider = TracerProvider(shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"{collector.url}/v1/traces")
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = GeminiInstrumentor()
    instrumentor.instrument(tracer_provider=provider, clock=clock)
    try:
        yield
    finally:
        instrumentor.uninstrument()
        provider.shutdown()


def test_an_app_that_runs_into_a_limit_teaches_the_collector(tmp_path: Path) -> None:
    """Three requests a minute: the fourth is refused. Nothing is left, and a minute later all of it."""
    clock = Clock(NOON)
    settings = Settings(requests_per_minute=3)
    config = config_for(tmp_path / "ledger.duckdb")
    with (
        SimulatorInThread(clock, settings) as simulator,
        RunningCollector(config, clock) as collector,
        app(collector, clock),
        genai.Client(
            api_key="mine", http_options=types.HttpOptions(base_url=simulator.url)
        ) as client,
    ):
        for _ in range(3):
            client.models.generate_content(model=FLASH, contents="Hi")
        with pytest.raises(errors.ClientError):
            client.models.generate_content(model=FLASH, contents="Hi")
        full = only(collector)
        scraped = collector.http.get("/metrics").text
        clock.go_on(61)
        rested = only(collector)

    minute = window(full, "requests_per_minute")
    assert (minute["measured"], minute["limit"], minute["headroom_ratio"]) == (3, 3, 0.0)
    assert minute["resets_in_seconds"] == 30
    (limit,) = minute["limits"]
    assert (limit["source"], limit["quota_id"]) == (
        "learned",
        "GenerateRequestsPerMinutePerProjectPerModel",
    )
    assert full["refused_calls"] == {"minute": 1, "day": 1}
    assert full["retry_delay_seconds"] == 30.0
    assert full["last_refused_at"].startswith("2026-11-20T12:00:30")
    digest = full["key_digest"]
    labels = f'model="{FLASH}",project="",key="{digest}",window="requests_per_minute"'
    assert f"gemledger_rate_limit_headroom_ratio{{{labels}}} 0\n" in scraped
    assert f"gemledger_rate_limit_used{{{labels}}} 3\n" in scraped

    minute = window(rested, "requests_per_minute")
    assert (minute["measured"], minute["peak"], minute["headroom_ratio"]) == (0, 3, 1.0)
    assert window(rested, "requests_per_day")["measured"] == 3


@pytest.mark.parametrize(
    ("now", "midnight", "next_midnight", "hours"),
    [
        ("2026-11-01T20:00", "2026-11-01T07:00", "2026-11-02T08:00", 25),  # clocks go back
        ("2027-03-14T20:00", "2027-03-14T08:00", "2027-03-15T07:00", 23),  # and forward
        ("2026-11-20T20:00", "2026-11-20T08:00", "2026-11-21T08:00", 24),
    ],
)
def test_a_day_is_counted_from_midnight_pacific_time(
    at_noon: Start, now: str, midnight: str, next_midnight: str, hours: int
) -> None:
    """The last second before it belongs to yesterday, its first to today, whatever clocks do that day."""
    collector = at_noon(now=at(now))
    first, end = at(midnight), at(next_midnight)
    starts = [first - SECOND, first, first + HOUR, end - SECOND, end]
    spans = [call(number, start=start) for number, start in enumerate(starts)]
    assert collector.send(payload(spans)).status_code == 200
    answer = collector.get("/api/v1/rate-limits")
    assert answer["day"] == now[:10]
    day = window(answer["rows"][0], "requests_per_day")
    assert day["measured"] == 3
    assert day["resets_in_seconds"] == (end - at(now)) // SECOND
    found = pacific_day(at(now))
    assert found.end - found.start == hours * 3600
    assert (found.start % 900, found.end % 900) == (0, 0)


def test_tries_that_google_let_in_are_counted_and_no_others(at_noon: Start) -> None:
    """Retries count, refused tries do not, nor looking after jobs; every call of a sum counts."""
    collector = at_noon()
    attributes = [
        call_attributes(attempts=1, exchanges=1),
        call_attributes(attempts=3, exchanges=1, retry_statuses=["429", "503"]),  # 2
        call_attributes(attempts=3, exchanges=3),  # function calling: 3
        call_attributes(attempts=2, exchanges=0, retry_statuses=["429", "429"], error_type="429"),
        call_attributes(operation_name="batch_get", attempts=1, exchanges=1),
        call_attributes(operation_name="count_tokens", cost_reasons=["free_operation"]),
        call_attributes(),  # of somebody who counts no tries: 1
    ]
    spans = [call(number, start=NOON, attributes=each) for number, each in enumerate(attributes)]
    total = call(
        50,
        start=NOON,
        attributes=call_attributes(
            unsampled_calls=10, attempts=20, exchanges=10, retry_statuses=["429"]
        ),
    )
    total.name = semconv.UNSAMPLED_SPAN
    settled = call(
        60,
        start=NOON,
        attributes=call_attributes(
            operation_name="interaction",
            settlement_id="interaction:i-1",
            job_name="i-1",
            unsampled_calls=0,
            attempts=1,
            exchanges=1,
        ),
    )
    settled.name = semconv.SETTLEMENT_SPAN
    assert collector.send(payload([*spans, total, settled])).status_code == 200
    requests = 1 + 2 + 3 + 0 + 1 + 10
    tokens = 6 * 1_000  # call_attributes: 1,000 each; looking after jobs is not among them
    assert measured(only(collector)) == {
        "requests_per_minute": requests,
        "input_tokens_per_minute": tokens,
        "requests_per_day": requests,
        "input_tokens_per_day": tokens,
    }


def test_a_minute_is_the_last_sixty_seconds_and_its_peak_that_of_the_day(at_noon: Start) -> None:
    """Never kinder than Google's own minute; the busiest minute of the day stands beside it."""
    collector = at_noon()
    ages = [0, 30, 59, 60, 61, 4 * 3600, 4 * 3600, 4 * 3600, 4 * 3600]
    spans = [call(number, start=NOON - age * SECOND) for number, age in enumerate(ages)]
    assert collector.send(payload(spans)).status_code == 200
    minute = window(only(collector), "requests_per_minute")
    assert (minute["measured"], minute["peak"]) == (3, 4)
    assert window(only(collector), "input_tokens_per_minute")["measured"] == 3_000
    assert window(only(collector), "requests_per_day")["measured"] == 9


def test_the_newest_word_on_a_limit_counts_in_whatever_order_it_comes(at_noon: Start) -> None:
    """A late span of an hour ago takes nothing back; a limit's model may be another than was asked for."""
    collector = at_noon()
    told = {"retry_delay_seconds": 12.5}
    for number, start, limit in ((1, NOON - 60 * SECOND, 10), (2, NOON, 20), (3, NOON - HOUR, 5)):
        spans = [call(number, start=start, attributes=refusal("PerMinute", limit, **told))]
        assert collector.send(payload(spans)).status_code == 200
    alias = refusal("PerDay", 7, quota_window="day", quota_model="gemini-3.8-flash")
    assert collector.send(payload([call(4, start=NOON, attributes=alias)])).status_code == 200
    rows = {row["model"]: row for row in collector.get("/api/v1/rate-limits")["rows"]}
    (limit,) = window(rows[FLASH], "requests_per_minute")["limits"]
    assert (limit["limit"], limit["learned_at"]) == (20, "2026-11-20T12:00:30Z")
    assert rows[FLASH]["retry_delay_seconds"] == 12.5
    assert window(rows["gemini-3.8-flash"], "requests_per_day")["limit"] == 7


def test_a_limit_that_was_reached_last_counts_before_an_older_one(at_noon: Start) -> None:
    """Of a tier the account may have left; that of counting tokens is another one, and none of these."""
    collector = at_noon()
    spans = [
        call(1, start=NOON - HOUR, attributes=refusal("PerMinute-FreeTier", 10)),
        call(2, start=NOON, attributes=refusal("PerMinute", 1_000)),
        call(3, start=NOON, attributes=refusal("Count", 1, operation_name="count_tokens")),
    ]
    assert collector.send(payload(spans)).status_code == 200
    limits = window(only(collector), "requests_per_minute")["limits"]
    assert [limit["limit"] for limit in limits] == [1_000, 10]


@pytest.mark.parametrize(
    "told",
    [
        {"quota_limit": -5, "retry_delay_seconds": float("nan")},
        {"quota_limit": "many", "retry_delay_seconds": float("inf")},
        {"quota_limit": 2**63 - 1, "quota_window": "fortnight", "retry_delay_seconds": -1.0},
        {"quota_limit": None, "quota_id": "x" * 100_000, "retry_delay_seconds": "soon"},
        {"quota_limit": [1, 2], "quota_id": "", "quota_model": "", "retry_delay_seconds": True},
    ],
)
def test_a_limit_that_cannot_be_is_none(at_noon: Start, told: dict[str, Value]) -> None:
    """Whatever a sender says, everybody else is answered."""
    collector = at_noon()
    spans = [
        call(1, start=NOON, attributes=refusal("PerMinute", 1) | named(told)),
        call(2, start=NOON),
    ]
    assert collector.send(payload(spans)).status_code == 200
    rows = {row["model"]: row for row in collector.get("/api/v1/rate-limits")["rows"]}
    assert window(rows[FLASH], "requests_per_minute")["measured"] == 1
    assert rows[FLASH]["headroom_ratio"] is None
    assert rows[FLASH]["retry_delay_seconds"] is None
    assert collector.http.get("/metrics").status_code == 200


def test_a_configured_limit_wins_and_both_are_shown(at_noon: Start) -> None:
    """The most specific of several; what was learned stands beside it with its source."""
    collector = at_noon(
        {"model": FLASH, "requests_per_minute": 100, "input_tokens_per_minute": 4_000},
        {"model": FLASH, "project": "shop", "requests_per_minute": 8},
    )
    account: dict[str, Value] = {"account_project": "shop"}
    spans = [
        call(1, start=NOON, attributes=call_attributes(**account)),
        call(2, start=NOON, attributes=refusal("PerMinute", 50, **account)),
        call(3, start=NOON, attributes=call_attributes(account_project="other")),
    ]
    assert collector.send(payload(spans)).status_code == 200
    other, shop = collector.get("/api/v1/rate-limits")["rows"]
    minute = window(shop, "requests_per_minute")
    assert [(limit["source"], limit["limit"]) for limit in minute["limits"]] == [
        ("configured", 8),
        ("configured", 100),
        ("learned", 50),
    ]
    assert (minute["headroom_ratio"], shop["headroom_ratio"]) == (0.875, 0.75)
    assert window(shop, "input_tokens_per_minute")["headroom_ratio"] == 0.75
    assert (other["project"], window(other, "requests_per_minute")["limit"]) == ("other", 100)


def test_a_project_with_a_limit_is_shown_before_its_first_call(at_noon: Start) -> None:
    """All of it is left."""
    collector = at_noon({"model": FLASH, "project": "shop", "requests_per_day": 8})
    assert only(collector)["headroom_ratio"] == 1.0


def test_metrics_stay_few_however_many_models_there_are(at_noon: Start) -> None:
    """Sixty of them by name, the rest together."""
    collector = at_noon()
    spans = [
        call(n, start=NOON, attributes=call_attributes(response_model=f"gemini-{n:03}"))
        for n in range(130)
    ]
    assert collector.send(payload(spans)).status_code == 200
    lines = collector.http.get("/metrics").text.splitlines()
    used = [line for line in lines if line.startswith("gemledger_rate_limit_used{")]
    assert len(used) == 61 * 4
    labels = 'model="other",project="other",key="other",window="requests_per_day"'
    assert f"gemledger_rate_limit_used{{{labels}}} 70" in used


@pytest.mark.parametrize(
    ("limit", "complaint"),
    [
        ({"model": FLASH}, "are missing; give requests_per_minute"),
        ({"model": FLASH, "requests_per_minute": 0}, "greater than or equal to 1"),
        ({"model": FLASH, "requests_per_day": 1.5}, "valid integer"),
        ({"model": FLASH, "rpm": 1}, "not permitted"),
        ({"model": FLASH, "key_digest": "AIza…", "requests_per_day": 1}, "no digest of a key"),
        ({"model": FLASH, "key_digest": 12345678, "requests_per_day": 1}, "hex digits in quotes"),
    ],
)
def test_a_wrong_limit_is_refused(limit: dict[str, Any], complaint: str) -> None:
    """Before anything is served."""
    with pytest.raises(ValueError, match=complaint):
        Config.model_validate({"extensions": {"rate_limits": [limit]}})


def test_a_limit_given_twice_is_refused() -> None:
    """Which of them should count?"""
    limit = {"model": FLASH, "requests_per_day": 1}
    with pytest.raises(ValueError, match="limited twice"):
        Config.model_validate({"extensions": {"rate_limits": [limit, limit]}})
