"""A sampler leaves traces out, never money: from the real SDK to the bill of a collector."""

import itertools
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from end_to_end.exact_bill.asking import FLASH, FLASH_2_5, answer
from end_to_end.exact_bill.cases import CASES
from google import genai
from google.genai import types
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler, TraceIdRatioBased
from support.gemini import Json, asks_for, said, usage
from support.processes import CollectorProcess

import gemledger
from gemledger.instrumentor import GeminiInstrumentor
from gemledger_simulator.process import SimulatorProcess

MORNING = datetime(2026, 11, 20, 9, 3, tzinfo=UTC)
STEP = timedelta(seconds=41)
"""Between two calls: the story goes over many slots of the ledger."""
EVERYTHING = (
    "team",
    "feature",
    "environment",
    "prompt_version",
    "model",
    "service",
    "purpose",
    "platform",
    "service_tier",
)
"""What spend can be broken down by."""


class Question(NamedTuple):
    """One call of the traffic, and what the simulated Gemini answers its requests with."""

    model: str
    steps: tuple[Json, ...]
    config: Mapping[str, Any] = {}
    stream: bool = False


def lookup(city: str) -> str:
    """A tool that the SDK calls by itself."""
    return f"rain in {city}"


FUNCTION_CALLING = tuple(
    {"response": said(part, usage=usage(tokens, 44, thoughts=7))}
    for part, tokens in ((asks_for("lookup", city="Bergen"), 900), ("Rain.", 250_000))
)
REFUSED: Json = {"status": 429}
LOST: Json = {"status": 503}
WITHHELD: Json = {"response": said(finish="SAFETY", usage=usage(1_000, None))}
BROKEN_OFF: Json = {"response": said("So", finish=None, usage=usage(100, 1)), "end": "disconnect"}

TRAFFIC = (
    *(Question(case.model, (case.step,), case.config) for case in CASES.values()),
    *(Question(FLASH, (answer(1_000 + n, 10 * n),), stream=n % 2 == 0) for n in range(40)),
    *(Question("gemini-3.1-pro-preview", (answer(199_000 + 250 * n, n),)) for n in range(10)),
    Question("gemini-3.1-pro-preview", FUNCTION_CALLING, {"tools": [lookup]}),
    Question(FLASH, (FUNCTION_CALLING[0], LOST, LOST, LOST), {"tools": [lookup]}),
    Question(FLASH, (LOST, REFUSED, answer(10, 10))),
    *(Question(FLASH_2_5, (REFUSED,) * 3) for _ in range(4)),
    *(Question(FLASH_2_5, (WITHHELD,)) for _ in range(3)),
    Question(FLASH_2_5, (LOST,) * 3),
    Question(FLASH_2_5, (BROKEN_OFF,), stream=True),
    Question(FLASH_2_5, (answer(10, 10, cached=20),)),  # contradictory usage
)
"""Every kind of call: the research's cases, the price step from both sides, function calling, retries, errors."""


@contextmanager
def instrumented(collector: CollectorProcess, sampler: Sampler) -> Iterator[list[datetime]]:
    """An app whose calls go to this collector through this sampler; the list holds the time of its clock."""
    now = [MORNING]
    provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"{collector.url}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    instrumentor = GeminiInstrumentor()
    instrumentor.instrument(
        tracer_provider=provider, clock=lambda: int(now[0].timestamp() * 10**6) * 1000
    )
    try:
        yield now
    finally:
        instrumentor.uninstrument()
        provider.shutdown()


def ask(client: genai.Client, question: Question) -> None:
    """One call by the real SDK; an error of the API is part of the story."""
    headers = {
        "x-simulator-script": json.dumps(question.steps),
        "x-simulator-script-id": uuid4().hex,
    }
    options = types.HttpOptions(headers=headers)
    config = types.GenerateContentConfig(**question.config, http_options=options)
    with suppress(Exception):  # of the API and of whichever HTTP client the SDK has found
        asked: dict[str, Any] = {"model": question.model, "contents": "How much?", "config": config}
        if question.stream:
            deque(client.models.generate_content_stream(**asked), maxlen=0)
        else:
            client.models.generate_content(**asked)


def traffic(simulator: SimulatorProcess, now: list[datetime]) -> None:
    """All of it, for two teams in turn."""
    at_once = types.HttpRetryOptions(attempts=3, initial_delay=0.001, max_delay=0.001, jitter=0.0)
    options = types.HttpOptions(base_url=simulator.url, retry_options=at_once)
    with genai.Client(api_key="shop", http_options=options) as client:
        for question, team in zip(TRAFFIC, itertools.cycle(["growth", "search", None])):
            with gemledger.attribution(team=team, feature="chat"):
                ask(client, question)
            now[0] += STEP


class Bill(NamedTuple):
    """What a collector tells: rows of `spend` by everything, its totals, what went wrong, how many traces it has."""

    rows: list[Mapping[str, Any]]
    totals: Mapping[str, Any]
    wrong: Mapping[str, Any]
    traced: int


def bill(collector: CollectorProcess) -> Bill:
    """Of the day of the story, by the hour and by whatever spend can be broken down by."""
    asked = {
        "since": "2026-11-20T00:00:00Z",
        "until": "2026-11-21T00:00:00Z",
        "bucket": "hour",
        "by": EVERYTHING,
    }
    answer = collector.get("/api/v1/spend", **asked)
    wrong = collector.get("/api/v1/errors", **asked)
    (row,) = collector.query("select count(*) as traced from calls")
    return Bill(answer["rows"], answer["totals"], wrong, row["traced"])


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    """A Gemini that says what it is told to."""
    with SimulatorProcess() as process:
        yield process


def played(collector: CollectorProcess, simulator: SimulatorProcess, sampler: Sampler) -> Bill:
    """The bill of the whole story, told through this sampler; app and collector agree on every price."""
    with instrumented(collector, sampler) as now:
        traffic(simulator, now)
    disagreements = [
        line
        for line in collector.get_text("/metrics").splitlines()
        if line.startswith("gemledger_collector_price_disagreement_total{")
    ]
    assert disagreements == []
    return bill(collector)


def test_the_bill_is_the_same_to_the_pico_with_and_without_a_sampler(
    start_collector: Callable[..., CollectorProcess], simulator: SimulatorProcess
) -> None:
    """Every figure of every hour, team, model and tier, whether a tenth is traced or none; only traces are missing."""
    whole = played(start_collector(), simulator, ALWAYS_ON)
    assert whole.traced == whole.totals["calls"] == len(TRAFFIC)
    wrong = {kind: one["calls"] for kind, one in whole.wrong["kinds"].items()}
    assert wrong == {"rate_limited_per_minute": 4, "unavailable": 2, "network": 1, "safety": 3}
    assert whole.wrong["kinds"]["safety"]["cost_pico_usd"] == str(3 * 1_000 * 300_000)
    assert int(whole.totals["cost_pico_usd"]) > 10**12, "a story that costs nothing proves nothing"
    for sampler, most_traced in ((TraceIdRatioBased(0.1), 40), (ALWAYS_OFF, 0)):
        sampled = played(start_collector(), simulator, sampler)
        assert sampled.totals == whole.totals
        assert sampled.rows == whole.rows
        assert sampled.wrong == whole.wrong
        assert sampled.traced <= most_traced
