"""What a collector makes of the settlements of a batch: it prices the sums again, and finds the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from google import genai
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from support.batches import PRO, in_file, inlined, result_file
from support.collector import RunningCollector, config_for
from support.day import Clock
from support.gemini import usage

import gemledger
from gemledger.instrumentor import GeminiInstrumentor


@pytest.fixture
def collector(tmp_path: Path, clock: Clock) -> Iterator[RunningCollector]:
    """A collector of the same day, which gets this test's spans."""
    with RunningCollector(config_for(tmp_path / "ledger.duckdb"), clock) as running:
        provider = TracerProvider(shutdown_on_exit=False)
        exporter = OTLPSpanExporter(f"{running.url}/v1/traces")
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        GeminiInstrumentor().instrument(tracer_provider=provider, clock=clock)
        yield running
        gemledger.uninstrument()


def charged(collector: RunningCollector, job: str) -> list[Any]:
    """Calls, picoUSD and status of each charge of a job, the dearest first, those without a price last."""
    sql = f"""
        select calls, cost_pico_usd, cost_status from charges
        where charge_type = 'batch' and settlement_id like 'batch:{job}:%'
        order by cost_pico_usd desc nulls last, calls
    """
    answer = httpx2.post(f"{collector.url}/api/v1/query", json={"sql": sql})
    assert answer.status_code == 200, answer.text
    rows: list[Any] = answer.json()["rows"]
    return rows


def test_the_collector_bills_each_sum_as_the_sum_of_its_lines(
    client: genai.Client, collector: RunningCollector
) -> None:
    """Below and above the price step, cached, with a doubt, failed."""
    job = inlined(
        client,
        [
            usage(250_000, 2_000),
            usage(150_000, 2_000),
            usage(150_000, 2_000),
            usage(1_000, 10, cached=400),
            usage(10, 5) | {"totalTokenCount": 1},
            usage(10, 5),
        ],
        model=PRO,
        fail=[5],
    )
    # 2 and 9 a million above 200,000, else 1 and 6; what is cached has no discount: .20
    assert charged(collector, job.name or "") == [
        [1, 518_000_000_000, "exact"],
        [2, 2 * (150_000 * 1_000_000 + 2_000 * 6_000_000), "exact"],
        [1, 600 * 1_000_000 + 400 * 200_000 + 10 * 6_000_000, "exact"],
        [1, 10 * 1_000_000 + 5 * 6_000_000, "estimated"],
        [1, 0, "exact"],
    ]


def test_lines_that_cannot_be_read_are_unpriced_in_the_ledger_too(
    client: genai.Client, collector: RunningCollector
) -> None:
    """Not free: they may have been billed."""
    job = in_file(client, [usage(10_000, 1_000)] * 3, broken=[1])
    client.files.download(file=result_file(job))
    assert charged(collector, job.name or "") == [
        [2, 11_250_000_000, "exact"],
        [1, None, "unpriced"],
    ]
