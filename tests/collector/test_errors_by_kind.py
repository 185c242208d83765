"""What went wrong, by kind, and the money it cost or did not: from the real SDK to the API."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from google import genai
from google.genai import types
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler
from support.collector import RunningCollector, config_for
from support.otlp import NOON, Value, call, call_attributes, payload

import gemledger
from gemledger import semconv
from gemledger.instrumentor import GeminiInstrumentor
from gemledger_collector.storage.errors_by_kind import errors_by_kind
from gemledger_collector.storage.spend import SpendQuestion
from gemledger_collector.storage.store import Store
from gemledger_simulator.process import SimulatorProcess

FLASH = "gemini-2.5-flash"
COUNTS = (
    "input_tokens",
    "cache_read_tokens",
    "tool_use_tokens",
    "output_tokens",
    "thoughts_tokens",
)
MONEY = tuple(f"{line}_pico_usd" for line in semconv.COST_LINES)
DAY = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-02T00:00:00Z"}
PROMPT = json.dumps({"promptTokenCount": 1_000, "totalTokenCount": 1_000})
WHOLE = json.dumps({"promptTokenCount": 1_000, "candidatesTokenCount": 100})


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    """A Gemini that fails as it is told to."""
    with SimulatorProcess() as process:
        yield process


@contextmanager
def app(collector: RunningCollector, sampler: Sampler) -> Iterator[None]:
    """An instrumented app, at noon of the day in question."""
    provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"{collector.url}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    instrumentor = GeminiInstrumentor()
    instrumentor.instrument(tracer_provider=provider, clock=lambda: NOON)
    try:
        yield
    finally:
        instrumentor.uninstrument()
        provider.shutdown()


def ask(simulator: SimulatorProcess, fault: str | None, usage: str = WHOLE) -> None:
    """One call by the real SDK, which retries once; what it raises is part of the story."""
    headers = {"x-simulator-usage": usage} | ({"x-simulator-fault": fault} if fault else {})
    at_once = types.HttpRetryOptions(attempts=2, initial_delay=0.001, max_delay=0.001, jitter=0.0)
    options = types.HttpOptions(base_url=simulator.url, headers=headers, retry_options=at_once)
    with genai.Client(api_key="k", http_options=options) as client, suppress(Exception):
        client.models.generate_content(model=FLASH, contents="Hi")


STORY = (
    (None, 3),
    ("400", 1),
    ("401", 2),
    ("429", 3),
    ("429-day", 1),
    ("429-bare", 1),
    ("500", 1),
    ("503", 2),
    ("504", 1),
    ("safety", 2),
    ("block", 1),
    ("disconnect", 1),
)
"""Faults, and how many calls meet each."""
CALLS = {
    "bad_request": 1,
    "unauthenticated": 2,
    "rate_limited": 1,
    "rate_limited_per_minute": 3,
    "rate_limited_per_day": 1,
    "server_error": 1,
    "unavailable": 2,
    "timeout": 1,
    "network": 1,
    "safety": 3,
}


@pytest.mark.parametrize("sampler", [ALWAYS_ON, ALWAYS_OFF], ids=["traced", "not traced"])
def test_the_kinds_sum_to_the_errors_and_what_was_withheld_costs_its_prompt(
    collector: RunningCollector, simulator: SimulatorProcess, sampler: Sampler
) -> None:
    """Refused calls cost nothing; three blocked ones 1,000 tokens each at 300,000 picoUSD; sampled or not."""
    with app(collector, sampler), gemledger.attribution(feature="chat"):
        for fault, calls in STORY:
            for _ in range(calls):
                ask(simulator, fault, PROMPT if fault in ("safety", "block") else WHOLE)
    answer = collector.get("/api/v1/errors", **DAY, by=["feature", "model"])
    kinds = answer["kinds"]
    assert {kind: one["calls"] for kind, one in kinds.items()} == CALLS
    assert kinds["safety"]["cost_pico_usd"] == str(3 * 300_000_000)
    # One that nobody answered may have been billed: at least nothing.
    assert kinds["network"]["unbounded_calls"] == 1
    assert sum(int(one["cost_pico_usd"]) for one in kinds.values()) == 900_000_000
    totals = answer["totals"]
    assert (totals["calls"], totals["errors"], totals["withheld"]) == (19, 13, 3)
    # Each of 429, 500, 503 and 504 is tried once more; the rest is not.
    assert totals["retries"] == 5 + 1 + 2 + 1
    assert {(row["feature"], row["model"]) for row in answer["rows"]} == {("chat", FLASH)}
    spent = collector.get("/api/v1/spend", **DAY)["totals"]
    assert (spent["calls"], spent["errors"]) == (19, 13)
    # And three good ones: 1,000 tokens at 300,000 and 100 at 2,500,000 each.
    assert spent["cost_pico_usd"] == str(900_000_000 + 3 * 550_000_000)
    for kind, calls in CALLS.items():
        assert collector.metric(f'gemledger_errors_total{{kind="{kind}"}}') == calls


def kinds_of(collector: RunningCollector) -> dict[str, int]:
    """How many calls of each kind."""
    kinds = collector.get("/api/v1/errors", **DAY)["kinds"]
    return {kind: one["calls"] for kind, one in kinds.items()}


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"error_type": "429"}, "rate_limited"),
        ({"error_type": "429", "error_kind": "rate_limited_per_day"}, "rate_limited_per_day"),
        ({"error_type": "google.api_core.exceptions.NotFound"}, "not_found"),
        ({"error_type": "ReadTimeout", "error_kind": "made_up"}, "timeout"),
        ({"error_type": "500", "error_kind": "safety"}, "server_error"),
        ({"error_type": ""}, "other"),
        ({"response_finish_reasons": ["SAFETY"]}, "safety"),
        ({"response_finish_reasons": ["content_filter", "safety"]}, "safety"),
        ({"response_finish_reasons": ["stop", "safety"]}, None),
        ({"prompt_block_reason": "prohibited_content"}, "safety"),
        ({"error_kind": "unavailable"}, None),
        ({"error_kind": "safety"}, "safety"),
    ],
)
def test_the_kind_is_found_where_the_sender_did_not_say_it(
    collector: RunningCollector, said: dict[str, Value], kind: str | None
) -> None:
    """One vocabulary, whoever sends: words from outside never become kinds."""
    attributes = call_attributes(**said)
    assert collector.send(payload([call(1, attributes=attributes)])).status_code == 200
    assert kinds_of(collector) == ({} if kind is None else {kind: 1})
    assert collector.select("select error_kind from calls") == [[kind]]


def test_a_sum_counts_as_many_as_failed(collector: RunningCollector) -> None:
    """Ten calls of which four failed are four errors; of withheld ones all count."""
    failed = call_attributes(error_type="503", unsampled_calls=10, unsampled_errors=4)
    withheld = call_attributes(error_kind="safety", unsampled_calls=10, unsampled_errors=0)
    spans = [call(1, attributes=failed), call(2, attributes=withheld)]
    for span in spans:
        span.name = semconv.UNSAMPLED_SPAN
    assert collector.send(payload(spans)).status_code == 200
    assert kinds_of(collector) == {"unavailable": 4, "safety": 10}
    assert collector.metric('gemledger_errors_total{kind="unavailable"}') == 4


def test_hours_and_teams_are_told_apart(collector: RunningCollector) -> None:
    """By bucket and key, as spend is."""
    hour = 3600 * 10**9
    spans = [
        call(n, start=start, attributes=call_attributes(attribution_team=team, error_type=status))
        for n, (start, team, status) in enumerate(
            [(NOON, "a", "503"), (NOON, "b", "404"), (NOON + hour, "a", "503"), (NOON, "a", None)]
        )
    ]
    assert collector.send(payload(spans)).status_code == 200
    rows = collector.get(
        "/api/v1/errors", **DAY, bucket="hour", by="team", timezone="Europe/Berlin"
    )["rows"]
    assert [(row["bucket_start"], row["team"], row["kind"], row["calls"]) for row in rows] == [
        ("2026-11-01T13:00:00+01:00", "b", "not_found", 1),
        ("2026-11-01T13:00:00+01:00", "a", "unavailable", 1),
        ("2026-11-01T14:00:00+01:00", "a", "unavailable", 1),
    ]


def test_errors_of_before_kinds_were_kept_are_not_lost(store: Store) -> None:
    """What is known of them is told: 429 as rate_limited, the rest as other; their money is with the good calls."""
    names = ("client_errors", "server_errors", *COUNTS, *MONEY, "above_cost_pico_usd")
    zeros = dict.fromkeys([*names, "unbounded_calls"], 0)
    row: dict[str, Any] = zeros | {
        "slot_unix_seconds": NOON // 10**9,
        "cost_status": "exact",
        "calls": 10,
        "errors": 4,
        "rate_limited_errors": 3,
        "cost_pico_usd": 600,
    }
    with store.writing() as transaction:
        transaction.append("ledger", pa.table({name: [value] for name, value in row.items()}))
    with store.reading() as snapshot:
        answer = errors_by_kind(snapshot, SpendQuestion(NOON, NOON + 1))
    assert {kind: one["calls"] for kind, one in answer.kinds.items()} == {
        "rate_limited": 3,
        "other": 1,
    }
    assert (answer.calls, answer.errors, answer.cost["cost_pico_usd"]) == (10, 4, 0)


def test_a_wrong_parameter_is_named(collector: RunningCollector) -> None:
    """400 in the shape of every error."""
    answer = collector.http.get("/api/v1/errors", params=DAY | {"by": "colour"})
    assert answer.status_code == 400
    assert "by.0: " in answer.json()["error"]["message"]


def test_a_kind_is_in_the_views_and_taken_back_with_its_call(tmp_path: Path) -> None:
    """A call that two instrumentations tell of is one error."""
    ours = call(1, trace=7, attributes=call_attributes(response_id="r", error_type="503"))
    theirs = call(2, trace=7, attributes=call_attributes(response_id="r", error_type="503"))
    with RunningCollector(config_for(tmp_path / "x.duckdb")) as collector:
        assert collector.send(payload([theirs], scope="somebody.else")).status_code == 200
        assert collector.send(payload([ours])).status_code == 200
        assert kinds_of(collector) == {"unavailable": 1}
