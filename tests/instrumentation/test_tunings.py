"""Tuning: what Vertex AI says it billed is told once, and without a rate it has no price."""

import json
from pathlib import Path
from typing import Any

import pytest
from google import genai
from google.genai import types
from support.clients import vertex_ai

import gemledger
from gemledger.instrumentor import GeminiInstrumentor
from gemledger.pricing import load_book_with_overlay
from gemledger_simulator.process import SimulatorProcess

pytestmark = pytest.mark.filterwarnings("ignore:.*tuning implementation is experimental")

BASE = "gemini-2.5-flash"
EXAMPLES = types.TuningDataset(gcs_uri="gs://examples/training.jsonl")


def submit(client: genai.Client, **wishes: int) -> Any:
    """Ask for a tuned model."""
    headers = {"x-simulator-media": json.dumps(wishes)}
    config = types.CreateTuningJobConfig(http_options=types.HttpOptions(headers=headers))
    return client.tunings.tune(base_model=BASE, training_dataset=EXAMPLES, config=config)


def settlements(recorded: Any) -> list[Any]:
    """What was settled."""
    return [span for span in recorded.spans if span.name == "gemledger.settlement"]


def test_a_job_costs_nothing_until_it_is_done_and_then_is_unpriced_once(
    simulator: SimulatorProcess, recorded: Any
) -> None:
    """A million tokens of training, at a rate the book does not have: that is not nothing."""
    client = vertex_ai(simulator.url, "us-central1")
    with gemledger.attribution(team="models"):
        job = submit(client, pending_looks=1)
    for _ in range(3):
        client.tunings.get(name=job.name)

    calls = [span.attributes for span in recorded.spans if span.name != "gemledger.settlement"]
    assert [told["gen_ai.operation.name"] for told in calls] == ["tune", *["tune_get"] * 3]
    states = ["pending", "running", "succeeded", "succeeded"]
    assert [told["gemledger.job.state"] for told in calls] == states
    assert {told["gemledger.job.name"] for told in calls} == {job.name}
    assert [told["gemledger.cost.pico_usd"] for told in calls] == [0] * 4
    assert calls[0]["gemledger.cost.reasons"] == ("settled_later",)
    (settled,) = settlements(recorded)
    told = settled.attributes
    assert told["gemledger.settlement.id"] == f"tuning:{job.name}"
    assert told["gen_ai.operation.name"] == "tune"
    assert told["gen_ai.request.model"] == BASE
    assert told["gen_ai.usage.input_tokens"] == 1_000_000
    assert told["gemledger.cost.status"] == "unpriced"
    assert told["gemledger.cost.reasons"] == ("no_rate:tuning",)
    assert "gemledger.cost.pico_usd" not in told
    assert told["gemledger.attribution.team"] == "models"
    assert settled.start_time == int(job.create_time.timestamp() * 1_000_000) * 1_000


def test_a_rate_of_ones_own_prices_it(
    simulator: SimulatorProcess, recorded: Any, tmp_path: Path
) -> None:
    """$5 a million, by an overlay: a million tokens, $5."""
    overlay = tmp_path / "overlay.toml"
    overlay.write_text(
        '[[model]]\nplatform = "vertex_ai"\nid = "gemini-2.5-flash"\n\n[[model.rate]]\n'
        'tier = "tuning"\nfrom = 2026-01-01\nusd_per_million_tokens = { input = 5, output = 0 }\n'
    )
    gemledger.uninstrument()
    GeminiInstrumentor().instrument(
        tracer_provider=recorded.provider, book=load_book_with_overlay(overlay)
    )
    client = vertex_ai(simulator.url)
    client.tunings.get(name=submit(client).name)

    (settled,) = settlements(recorded)
    assert settled.attributes["gemledger.cost.pico_usd"] == 5 * 10**12
    assert settled.attributes["gemledger.cost.status"] == "exact"


async def test_async_is_the_same(simulator: SimulatorProcess, recorded: Any) -> None:
    """Request and look."""
    async with vertex_ai(simulator.url, "us-central1").aio as opened:
        job = await opened.tunings.tune(base_model=BASE, training_dataset=EXAMPLES)
        await opened.tunings.get(name=job.name or "")

    (settled,) = settlements(recorded)
    assert settled.attributes["gemledger.cost.reasons"] == ("no_rate:tuning",)


def test_a_job_that_failed_settles_nothing(simulator: SimulatorProcess, recorded: Any) -> None:
    """And is seen as such."""
    client = vertex_ai(simulator.url, "us-central1")
    client.tunings.get(name=submit(client, error=3).name)

    assert recorded.spans[-1].attributes["gemledger.job.state"] == "failed"
    assert not settlements(recorded)
