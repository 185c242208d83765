"""A day on which everything that bills is used adds up, to the pico, to what Google would put on the invoice."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from end_to_end.invoice import pico_usd
from end_to_end.test_budget import wait_for
from google import genai
from google.genai import types
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from simulator.test_batches import asking, wishing
from simulator.test_caches import holding
from support.clients import vertex_ai
from support.collector import RunningCollector, config_for
from support.day import Clock, SimulatorInThread
from support.interactions import RESEARCHER, ask, counted, searched
from support.interactions import wishing as headers_for
from support.live import LIVE, done, live_client, live_usage, scripted, words

import gemledger
from gemledger.instrumentor import GeminiInstrumentor

FLASH, PRO = "gemini-3.8-flash", "gemini-3.1-pro-preview"
MORNING = 1_795_132_800 * 10**9
"""2026-11-20T00:00:00Z, far from any change of price."""
HOUR = 3_600
BATCHES = (
    [{"promptTokenCount": 10_000, "candidatesTokenCount": 1_000}],
    [
        {"promptTokenCount": 200_000, "candidatesTokenCount": 2_000},
        {"promptTokenCount": 250_000, "candidatesTokenCount": 2_000, "thoughtsTokenCount": 77},
    ],
    [{"promptTokenCount": 999, "candidatesTokenCount": 1}],
)
"""Usage of the requests of each batch; the second is Pro's, on both sides of its price step."""
EVERYTHING = {
    "generate_content",
    "batch",
    "interaction",
    "live",
    "cache_create",
    "cache_storage",
    "embeddings",
    "image",
    "video",
}


@pytest.fixture
def clock() -> Clock:
    """The day's."""
    return Clock(MORNING)


@pytest.fixture
def gemini(clock: Clock) -> Iterator[SimulatorInThread]:
    """The Gemini of that day."""
    with SimulatorInThread(clock, tls=True) as running:
        yield running


@pytest.fixture
def collector(clock: Clock, tmp_path: Path) -> Iterator[RunningCollector]:
    """The collector of that day."""
    config = config_for(tmp_path / "day.duckdb", extensions={"settle": {"interval": "1s"}})
    with RunningCollector(config, clock) as running:
        yield running


@pytest.fixture
def client(
    gemini: SimulatorInThread, collector: RunningCollector, clock: Clock
) -> Iterator[genai.Client]:
    """The real SDK, recorded; what it tells is in the store when a call returns."""
    provider = TracerProvider(shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"{collector.url}/v1/traces")
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    GeminiInstrumentor().instrument(tracer_provider=provider, clock=clock)
    with live_client(gemini) as made:
        yield made
    gemledger.uninstrument()
    provider.shutdown()


def spend_the_day(client: genai.Client, vertex: genai.Client, clock: Clock) -> None:
    """Two caches, three batches, a Live session, an agent, and what else an app may do."""
    manual = client.caches.create(model=FLASH, config=holding(120_000, ttl="7200s"))
    archive = client.caches.create(model=PRO, config=holding(33_333, ttl="86400s"))
    with gemledger.attribution(team="search", feature="digest"):
        jobs = [
            client.batches.create(
                model=PRO if number == 1 else FLASH,
                src=asking(*["Sum it up."] * (len(usage) + 1)),
                config=wishing(usage, after_seconds=HOUR, fail=[len(usage)]),
            )
            for number, usage in enumerate(BATCHES)
        ]
    for _ in range(3):
        clock.go_on(HOUR / 2 + 7)
        client.models.generate_content(
            model=FLASH, contents="Where is it?", config={"cached_content": manual.name}
        )
    for _ in range(2):  # whoever looks twice is billed once
        for job in jobs:
            client.batches.get(name=str(job.name))
    client.models.embed_content(model="gemini-embedding-001", contents="Tern or petrel?")
    vertex.models.generate_images(
        model="imagen-4.0-generate-001", prompt="A skerry", config={"number_of_images": 3}
    )
    asyncio.run(talk(client))
    ask(client, counted(4_000, 300, cached=1_000, thought=50), input="And then?")
    research(client, clock)
    film(vertex, clock)
    clock.go_on(3 * HOUR)
    client.caches.delete(name=str(archive.name))


async def talk(client: genai.Client) -> None:
    """A Live session of two turns."""
    turns = [
        [words("Hello."), done(live_usage(500, 40, heard=300, spoken=40))],
        [words("So far."), done(live_usage(900, 61, 20, heard=350))],
    ]
    async with client.aio.live.connect(model=LIVE, config=scripted(*turns)) as session:
        for _ in turns:
            await session.send_realtime_input(text="Go on.")
            async for _message in session.receive():
                pass


def research(client: genai.Client, clock: Clock) -> None:
    """An agent works in the background, and is looked at until it is done, and once more."""
    usage = counted(210_000, 9_000, cached=10_000, thought=4_000)
    usage |= {"grounding_tool_count": searched(google_search=5)}
    headers = headers_for(usage, seconds=600, model=PRO)
    made = ask(
        client, agent=RESEARCHER, input="Everything.", background=True, extra_headers=headers
    )
    clock.go_on(601)
    for _ in range(2):
        assert client.interactions.get(made.id).status == "completed"


def film(client: genai.Client, clock: Clock) -> None:
    """A video of eight seconds is asked for, and waited for."""
    operation = client.models.generate_videos(
        model="veo-3.1-generate-preview",
        source=types.GenerateVideosSource(prompt="A tern dives"),
        config=types.GenerateVideosConfig(
            duration_seconds=8, resolution="720p", number_of_videos=1
        ),
    )
    clock.go_on(600)
    for _ in range(2):
        operation = client.operations.get(operation)
    assert operation.done


def spent(collector: RunningCollector) -> dict[str, Any]:
    """The day's totals in the ledger."""
    answer = collector.get(
        "/api/v1/spend", since="2026-11-20T00:00:00Z", until="2026-11-21T00:00:00Z"
    )
    totals: dict[str, Any] = answer["totals"]
    return totals


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::google.genai._common.ExperimentalWarning")
def test_the_ledger_of_a_day_of_everything_is_the_invoice_to_the_pico(
    client: genai.Client,
    gemini: SimulatorInThread,
    collector: RunningCollector,
    clock: Clock,
) -> None:
    """Calls, caches, batches, media, a Live session and an agent: one total, the same on both sides."""
    with vertex_ai(gemini.url) as vertex:
        spend_the_day(client, vertex, clock)

    entries = httpx.get(f"{gemini.url}/simulator/record", trust_env=False).json()["entries"]
    invoice = pico_usd(entries)
    assert set(invoice) == EVERYTHING

    total = sum(invoice.values())
    wait_for(lambda: int(spent(collector)["cost_pico_usd"]) == total)
    by_type = dict(
        collector.select(
            "SELECT charge_type, sum(cost_pico_usd)::varchar FROM charges GROUP BY ALL"
        )
    )
    assert sum(map(int, by_type.values())) == total
    assert int(by_type["batch"]) == invoice["batch"]
    assert int(by_type["cache_storage"]) == invoice["cache_storage"]
    assert int(by_type["video"]) == invoice["video"]
    assert spent(collector)["unpriced_calls"] == 0
    assert collector.select(
        "SELECT team, feature, sum(cost_pico_usd)::varchar FROM charges WHERE charge_type = 'batch' GROUP BY ALL"
    ) == [["search", "digest", str(invoice["batch"])]]
