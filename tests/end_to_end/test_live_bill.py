"""Live sessions to the pico: the real SDK over a real socket, a span, a collector process, and its database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from google.genai import errors, types
from google.genai.live import AsyncSession
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler
from support.live import FORUM, FORUM_PICO_USD, LIVE, done, live_client, live_usage, scripted, words
from support.processes import CollectorProcess

import gemledger
from gemledger.instrumentor import GeminiInstrumentor
from gemledger_simulator.process import SimulatorProcess

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
TEXT_IN, AUDIO_IN, TEXT_OUT, AUDIO_OUT = 750_000, 3_000_000, 4_500_000, 12_000_000
"""PicoUSD per token of gemini-3.8-live."""
QUERY = 14_000_000_000


@contextmanager
def instrumented(collector: CollectorProcess, sampler: Sampler) -> Iterator[None]:
    """An app at noon whose spans go to this collector."""
    provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"{collector.url}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    instrumentor = GeminiInstrumentor()
    noon_ns = int(NOON.timestamp()) * 10**9
    instrumentor.instrument(tracer_provider=provider, clock=lambda: noon_ns)
    try:
        yield
    finally:
        instrumentor.uninstrument()
        provider.shutdown()


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorProcess]:
    """A simulator with TLS."""
    with SimulatorProcess(tls=True) as running:
        yield running


async def ask(session: AsyncSession) -> None:
    """One question, and its turn to the end; a tool that is called answers."""
    await session.send_realtime_input(text="Go on.")
    async for message in session.receive():
        if message.tool_call is not None:
            answer = types.FunctionResponse(id="1", name="tide", response={"at": "noon"})
            await session.send_tool_response(function_responses=answer)


async def converse(server: SimulatorProcess, replies: list[Any], turns: int) -> None:
    """One session of so many questions; that it may break is part of the story."""
    config = scripted(*replies, tools=[types.Tool(google_search=types.GoogleSearch())])
    with live_client(server) as client, suppress(errors.APIError):
        async with client.aio.live.connect(model=LIVE, config=config) as session:
            for _ in range(turns):
                await ask(session)


def rows_of(collector: CollectorProcess) -> list[dict[str, Any]]:
    """Every call as the database has it."""
    return collector.query(
        "select operation, response_model, request_model, cost_status, cost_pico_usd,"
        " app_cost_pico_usd, team from calls order by cost_pico_usd"
    )


def spend_of(collector: CollectorProcess) -> dict[str, Any]:
    """The totals of the day."""
    answer = collector.get(
        "/api/v1/spend", since="2026-11-20T00:00:00Z", until="2026-11-21T00:00:00Z", bucket="day"
    )
    totals: dict[str, Any] = answer["totals"]
    return totals


async def test_case_p_costs_the_same_pico_from_the_socket_to_the_database(
    start_collector: Callable[..., CollectorProcess], server: SimulatorProcess
) -> None:
    """522 tokens in of which 25 are in no detail, 42 out, 136 of thought: $0.00187875, and the session nothing."""
    collector = start_collector()
    with instrumented(collector, ALWAYS_ON), gemledger.attribution(team="voice"):
        await converse(server, [[words("Hello."), done(FORUM)]], turns=1)
    (row,) = rows_of(collector)
    assert row["operation"] == "live_turn"
    assert row["request_model"] == LIVE
    assert (row["cost_status"], row["team"]) == ("exact", "voice")
    assert int(row["cost_pico_usd"]) == int(row["app_cost_pico_usd"]) == 1_878_750_000
    assert FORUM_PICO_USD == 1_878_750_000
    totals = spend_of(collector)
    assert (int(totals["cost_pico_usd"]), totals["calls"]) == (1_878_750_000, 1)
    assert totals["unpriced_calls"] == 0
    (spans,) = collector.query("select count(*) as n from spans")
    assert spans["n"] == 2, "the session is kept as a trace"


TIDE = {"functionCalls": [{"id": "1", "name": "tide", "args": {}}]}
GROUNDED = {"webSearchQueries": ["tide Bergen", "tide Oslo"]}
STORY: list[Any] = [
    [words("Hello."), done(live_usage(500, 40, 100, heard=200, spoken=40))],
    [{"toolCall": TIDE, "usageMetadata": live_usage(600, 9, 20)}],
    [words("At noon."), done(live_usage(640, 30, 5, spoken=30))],
    [words("High.", groundingMetadata=GROUNDED), done(live_usage(700, 20))],
    [words("Well") | {"usageMetadata": live_usage(800, 3)}, words("…"), {"close": 1011}],
]
STORY_PICO_USD = (
    (300 * TEXT_IN + 200 * AUDIO_IN + 40 * AUDIO_OUT + 100 * TEXT_OUT)
    + (600 * TEXT_IN + 29 * TEXT_OUT)
    + (640 * TEXT_IN + 30 * AUDIO_OUT + 5 * TEXT_OUT)
    + (700 * TEXT_IN + 20 * TEXT_OUT + 2 * QUERY)
    + (800 * TEXT_IN + 3 * TEXT_OUT)
)


def invoice_of(server: SimulatorProcess) -> list[dict[str, Any]]:
    """What the simulator has billed so far."""
    entries: list[dict[str, Any]] = httpx.get(f"{server.url}/simulator/record").json()["entries"]
    return entries


def invoice_pico_usd(server: SimulatorProcess, since: int) -> int:
    """What the simulator's record of Live sessions comes to, multiplied here."""
    total = 0
    for entry in invoice_of(server)[since:]:
        usage = entry["usageMetadata"]
        audio = {
            name: sum(d["tokenCount"] for d in usage[name] if d["modality"] == "AUDIO")
            for name in ("promptTokensDetails", "responseTokensDetails")
        }
        heard, spoken = audio.values()
        total += heard * AUDIO_IN + (usage["promptTokenCount"] - heard) * TEXT_IN
        total += spoken * AUDIO_OUT + (usage["responseTokenCount"] - spoken) * TEXT_OUT
        total += usage.get("thoughtsTokenCount", 0) * TEXT_OUT
        total += len(entry.get("webSearchQueries", ())) * QUERY
    return total


@pytest.mark.parametrize("sampler", [ALWAYS_ON, ALWAYS_OFF], ids=["sampled", "unsampled"])
async def test_a_whole_conversation_adds_up_with_and_without_a_trace(
    start_collector: Callable[..., CollectorProcess], server: SimulatorProcess, sampler: Sampler
) -> None:
    """Audio, a tool, a search, and a break: the ledger is the simulator's invoice, which is the sum by hand."""
    billed_before = len(invoice_of(server))
    collector = start_collector()
    with instrumented(collector, sampler):
        await converse(server, STORY, turns=4)
    totals = spend_of(collector)
    assert int(totals["cost_pico_usd"]) == STORY_PICO_USD
    assert invoice_pico_usd(server, billed_before) == STORY_PICO_USD
    assert (totals["calls"], totals["unpriced_calls"]) == (4, 0)
    (charges,) = collector.query("select sum(cost_pico_usd)::varchar as pico from charges")
    assert int(charges["pico"]) == STORY_PICO_USD
    traced = len(rows_of(collector))
    assert traced == (4 if sampler is ALWAYS_ON else 0)
