"""Interactions to the pico: real SDK, simulated Gemini, spans, a collector process, DuckDB; and each id once.

Rates of November 2026 in picoUSD a token: 3.8-flash 750,000 in, 75,000 cached, 3,750,000 out (flex half of that);
3.1-pro above 200,000 tokens of prompt 4,000,000, 400,000 and 18,000,000, else 2,000,000, 200,000 and 12,000,000.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from google import genai
from google.genai import types
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler
from support.apps import finished, start_app
from support.day import Clock, SimulatorInThread
from support.interactions import PRO, RESEARCHER, ask, counted, searched
from support.processes import CollectorProcess

import gemledger
from gemledger.instrumentor import GeminiInstrumentor

NOON = 1_795_176_000 * 10**9
"""2026-11-20T12:00Z."""
FETCH = """
provider = gemledger.init("night-shift")
from google import genai
client = genai.Client(api_key="k", http_options=genai.types.HttpOptions(base_url=os.environ["SIMULATOR"]))
for interaction_id in os.environ["IDS"].split():
    for _ in range(2):
        client.interactions.get(interaction_id)
gemledger.flush()
"""


def to_the_pico(client: genai.Client) -> None:
    """One of everything that is priced in its own way."""
    urls, search = {"type": "url_context"}, {"type": "google_search"}
    hops = [counted(150_000, 1_000), counted(150_010, 500)]
    asked: dict[str, tuple[dict[str, Any] | None, dict[str, Any]]] = {
        "everything": (
            counted(10_000, 500, cached=4_000, thought=300, tool_use=200),
            {"tools": [urls]},
        ),
        "searches": (
            counted(1_000, 50, tool_use=9_000)
            | {"grounding_tool_count": searched(google_search=3)},
            {"tools": [search]},
        ),
        "long": (counted(250_000, 2_000, cached=200_000), {"model": PRO}),
        "hops": (None, {"model": PRO, "wishes": {"hops": hops}}),
        "flex": (counted(1_000, 100), {"service_tier": "flex"}),
        "agent": (counted(1_000, 100), {"agent": RESEARCHER, "wishes": {"model": PRO}}),
        "deferred": (counted(1_000, 100), {"wishes": {"service_tier": "deferred"}}),
    }
    for feature, (usage, arguments) in asked.items():
        with gemledger.attribution(feature=feature):
            ask(client, usage, **arguments)
    with gemledger.attribution(feature="stream"):
        for _ in ask(client, counted(1_000, 100), stream=True):
            pass


EXPECTED = {
    "everything": 6_000 * 750_000 + 4_000 * 75_000 + 200 * 750_000 + 800 * 3_750_000,
    "searches": 1_000 * 750_000 + 50 * 3_750_000 + 3 * 14_000_000_000,
    "long": 50_000 * 4_000_000 + 200_000 * 400_000 + 2_000 * 18_000_000,
    "hops": 300_010 * 2_000_000 + 1_500 * 12_000_000,
    "flex": 1_000 * 375_000 + 100 * 1_875_000,
    "agent": 1_000 * 2_000_000 + 100 * 12_000_000,
    "stream": 1_000 * 750_000 + 100 * 3_750_000,
    "deferred": None,
}
SIMPLE = 1_000 * 750_000 + 100 * 3_750_000


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorInThread]:
    """A Gemini whose day is the 20th of November."""
    with SimulatorInThread(Clock(NOON)) as running:
        yield running


@pytest.fixture
def client(simulator: SimulatorInThread) -> Iterator[genai.Client]:
    """The real SDK."""
    options = types.HttpOptions(base_url=simulator.url)
    with genai.Client(api_key="k", http_options=options) as opened:
        yield opened


@contextmanager
def instrumented(collector: CollectorProcess, sampler: Sampler = ALWAYS_ON) -> Iterator[None]:
    """An app of that day whose spans go to this collector."""
    provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"{collector.url}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    GeminiInstrumentor().instrument(tracer_provider=provider, clock=Clock(NOON))
    try:
        yield
    finally:
        gemledger.uninstrument()
        provider.shutdown()


def fetched_elsewhere(simulator: SimulatorInThread, collector: CollectorProcess, *ids: str) -> None:
    """Two other processes at a time, each of which looks at each of them twice."""
    environ = {"SIMULATOR": simulator.url, "IDS": " ".join(ids)}
    apps = [
        start_app(FETCH, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, **environ) for _ in range(2)
    ]
    for app in apps:
        finished(app)


def test_every_interaction_is_the_same_picodollar_in_the_store(
    client: genai.Client, start_collector: Callable[..., CollectorProcess]
) -> None:
    """Usage, tools, tier, step, hops, agent: by hand, in the app, and in the collector's own pricing."""
    collector = start_collector()
    with instrumented(collector):
        to_the_pico(client)
    told = collector.query(
        "select feature, sum(cost_pico_usd)::bigint as cost_pico_usd, any_value(cost_status) as cost_status,"
        " sum(app_cost_pico_usd)::bigint as app_cost_pico_usd, any_value(operation) as operation"
        " from charges group by feature"
    )
    assert {row["feature"]: row["cost_pico_usd"] for row in told} == EXPECTED
    assert {row["feature"]: row["app_cost_pico_usd"] for row in told} == EXPECTED
    assert {row["operation"] for row in told} == {"interaction"}
    assert {row["feature"]: row["cost_status"] for row in told if row["cost_pico_usd"] is None} == {
        "deferred": "unpriced"
    }


def test_a_long_answer_counts_once_though_its_last_request_was_told_before(
    client: genai.Client,
    simulator: SimulatorInThread,
    start_collector: Callable[..., CollectorProcess],
) -> None:
    """As a webhook would, while the app that waits has not sent its spans yet; and all of them afterwards."""
    collector = start_collector()
    hops = [counted(150_000, 1_000), counted(150_010, 500)]
    with instrumented(collector):
        answer = ask(client, model=PRO, wishes={"hops": hops})
        fetched_elsewhere(simulator, collector, answer.id)
    fetched_elsewhere(simulator, collector, *answer.continuation_ids)
    (total,) = collector.query("select sum(cost_pico_usd)::bigint as pico_usd from charges")
    assert total["pico_usd"] == EXPECTED["hops"]


@pytest.mark.parametrize("sampler", [ALWAYS_ON, ALWAYS_OFF], ids=["sampled", "unsampled"])
def test_an_interaction_counts_once_however_many_processes_find_it_over(
    client: genai.Client,
    simulator: SimulatorInThread,
    start_collector: Callable[..., CollectorProcess],
    sampler: Sampler,
) -> None:
    """One that was waited for, and one in the background, each fetched four times by two further processes.

    Both are on the bill once, for the team that asked, and the invoice of the simulated Google has them once as well.
    """
    collector = start_collector()
    usage = counted(1_000, 100)
    with instrumented(collector, sampler), gemledger.attribution(team="research"):
        waited = ask(client, usage)
        job = ask(client, usage, background=True)
    fetched_elsewhere(simulator, collector, waited.id, job.id)
    charged = collector.query(
        "select settlement_id, team, cost_pico_usd from charges where cost_pico_usd <> 0"
    )
    assert {row["settlement_id"]: (row["team"], row["cost_pico_usd"]) for row in charged} == {
        f"interaction:{waited.id}": ("research", SIMPLE),
        f"interaction:{job.id}": ("research", SIMPLE),
    }
    assert len(charged) == 2
    (total,) = collector.query(
        "select sum(cost_pico_usd) as pico_usd, sum(calls) as calls from ledger"
    )
    assert (int(total["pico_usd"]), int(total["calls"])) == (2 * SIMPLE, 2 + 8)
    invoice = httpx.get(f"{simulator.url}/simulator/record", trust_env=False).json()["entries"]
    billed = [entry["id"] for entry in invoice if entry["id"] in (waited.id, job.id)]
    assert sorted(billed) == sorted([waited.id, job.id])
