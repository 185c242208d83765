"""Cases i, i' and i'', and point 11: what a batch costs is in the ledger to the pico, cache discounts included."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from end_to_end.exact_bill.asking import usd
from google import genai
from google.genai import types
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from support.batches import FLASH, NOON, OLD_PRO, PRO, in_file, inlined
from support.clients import gemini_api
from support.collector import RunningCollector, config_for
from support.day import Clock, SimulatorInThread
from support.gemini import usage

import gemledger
from gemledger.instrumentor import GeminiInstrumentor

Fetched = Callable[..., types.BatchJob]

CASES = {
    "i": (FLASH, usage(10_000, 1_000), "0.005625"),
    "i'": (PRO, usage(250_000, 2_000), "0.518"),
    "i''": (OLD_PRO, usage(100_000, 1_000, cached=80_000), "0.0275"),
    # Cached tokens: half of the standard rate of Flash, none off that of Pro.
    "11, Flash": (FLASH, usage(100_000, 0, cached=100_000), "0.00375"),
    "11, Pro": (PRO, usage(100_000, 0, cached=100_000), "0.02"),
    "11, Pro above the step": (PRO, usage(200_001, 0, cached=200_001), "0.0800004"),
}
"""Model, usage of the only line, and its truth in dollars."""


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """One for all cases, each a team of its own."""
    path = tmp_path_factory.mktemp("batches") / "batches.duckdb"
    with RunningCollector(config_for(path)) as running:
        yield running


@pytest.fixture(scope="module")
def client(collector: RunningCollector) -> Iterator[genai.Client]:
    """The real SDK at noon of 2026-11-20; what it tells is stored when a call returns."""
    clock = Clock(NOON)
    provider = TracerProvider(shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"{collector.url}/v1/traces")
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    GeminiInstrumentor().instrument(tracer_provider=provider, clock=clock)
    with SimulatorInThread(clock) as gemini, gemini_api(gemini.url) as made:
        yield made
    gemledger.uninstrument()
    provider.shutdown()


@pytest.mark.parametrize("fetched", [inlined, in_file])
@pytest.mark.parametrize("case", CASES)
def test_a_line_of_a_batch_is_in_the_ledger_at_the_batch_tier(
    client: genai.Client, collector: RunningCollector, case: str, fetched: Fetched
) -> None:
    """From the real SDK to the database: one line, exact, app and collector of one mind."""
    model, counts, truth = CASES[case]
    team = f"{case} {fetched.__name__}"
    with gemledger.attribution(team=team):
        job = fetched(client, [counts], model=model)
        if job.dest is not None and job.dest.file_name:
            client.files.download(file=job.dest.file_name)

    ((pico, app_pico, status, tier),) = charged(collector, team)
    assert (pico, app_pico, status, tier) == (usd(truth), usd(truth), "exact", "batch")


def charged(collector: RunningCollector, team: str) -> list[list[Any]]:
    """What a team's batch was charged."""
    quoted = team.replace("'", "''")
    return collector.select(
        "SELECT cost_pico_usd, app_cost_pico_usd, cost_status, service_tier FROM charges "
        f"WHERE charge_type = 'batch' AND team = '{quoted}'"
    )
