"""Jobs from their creation to their end: what is expected, what is seen, what is told once, what is free."""

from pathlib import Path
from typing import Any

import pytest
from google import genai
from google.genai import errors
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from support.apps import finished, start_app
from support.batches import (
    FLASH,
    asking,
    calls,
    in_file,
    inlined,
    result_file,
    settlements,
    wishing,
)
from support.day import Clock, SimulatorInThread
from support.gemini import usage

import gemledger
from gemledger.instrumentor import GeminiInstrumentor

from ..conftest import Recorded

COMMITTED = "gemledger.job.committed_pico_usd"


def test_failed_lines_are_free_and_counted(client: genai.Client, recorded: Any) -> None:
    """Two of three failed: one is billed, two are calls with an error that cost nothing."""
    job = inlined(client, [usage(10_000, 1_000)] * 3, fail=[0, 2])
    paid, failed = sorted(
        settlements(recorded.spans), key=lambda one: -one["gemledger.cost.pico_usd"]
    )
    assert paid["gemledger.cost.pico_usd"] == 5_625_000_000
    assert failed["gemledger.cost.pico_usd"] == 0
    assert failed["gemledger.cost.status"] == "exact"
    assert failed["gemledger.settlement.id"] == f"batch:{job.name}:failed-500"
    assert failed["error.type"] == "500"
    assert failed["gemledger.unsampled.calls"] == failed["gemledger.unsampled.errors"] == 2
    for one in (paid, failed):
        assert one["gemledger.job.results.ok"] == 1
        assert one["gemledger.job.results.failed"] == 2
        assert one["gemledger.job.results.broken"] == 0


def test_broken_lines_of_a_file_are_counted_listed_and_not_taken_as_free(
    client: genai.Client, recorded: Any
) -> None:
    """The good ones settle; the bad ones may have been billed, so they have no price."""
    job = in_file(client, [usage(10_000, 1_000)] * 5, broken=[1, 4])
    client.files.download(file=result_file(job))
    paid, broken = settlements(recorded.spans)
    assert paid["gemledger.cost.pico_usd"] == 3 * 5_625_000_000
    assert broken["gemledger.settlement.id"] == f"batch:{job.name}:broken"
    assert broken["gemledger.cost.status"] == "unpriced"
    assert "gemledger.cost.pico_usd" not in broken
    assert broken["gemledger.unsampled.calls"] == broken["gemledger.job.results.broken"] == 2
    assert broken["gemledger.batch.broken_lines"] == (2, 5)
    assert paid["gemledger.job.results.ok"] == 3


def test_a_job_is_told_once_however_often_it_is_seen(client: genai.Client, recorded: Any) -> None:
    """By get, by list, by a second download."""
    first = inlined(client, usage(10_000, 1_000))
    second = in_file(client, usage(10_000, 1_000))
    for _ in range(2):
        client.batches.get(name=first.name or "")
        client.files.download(file=result_file(second))
        assert len(list(client.batches.list(config={"page_size": 1}))) > 1
    told = settlements(recorded.spans)
    ours = [one for one in told if one["gemledger.job.name"] in (first.name, second.name)]
    assert [one["gemledger.job.name"] for one in ours] == [first.name, second.name]


@pytest.mark.parametrize("where", [inlined, in_file])
def test_the_day_on_which_a_job_was_handed_in_decides_its_price(
    client: genai.Client, where: Any
) -> None:
    """Rates of this model double on 2027-01-01; whoever looks in February finds November's bill, of November."""
    recorder = Recorded()
    in_february = 1_801_483_200 * 10**9
    GeminiInstrumentor().instrument(tracer_provider=recorder.provider, clock=lambda: in_february)
    try:
        job = where(client, usage(10_000, 1_000))
        if where is in_file:
            client.files.download(file=result_file(job))
    finally:
        gemledger.uninstrument()
    (settled,) = settlements(recorder.spans)
    assert settled["gemledger.cost.pico_usd"] == 5_625_000_000
    (span,) = (span for span in recorder.spans if span.name == "gemledger.settlement")
    assert job.create_time is not None
    assert span.start_time == round(job.create_time.timestamp() * 1e6) * 1_000
    assert span.end_time == in_february


LOOKS = """
import io
from google import genai
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
gemledger.instrument(tracer_provider=provider)
client = genai.Client(api_key="k", http_options=genai.types.HttpOptions(base_url=os.environ["SIMULATOR"]))
for name in os.environ["JOBS"].split():
    job = client.batches.get(name=name)
    if job.dest.file_name:
        client.files.download(file=job.dest.file_name, destination=io.BytesIO())
for span in exporter.get_finished_spans():
    if span.name == "gemledger.settlement":
        ids = [f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}", span.start_time]
        about = span.attributes
        say(ids=ids, id=about["gemledger.settlement.id"], pico=about["gemledger.cost.pico_usd"],
            digest=about["gemledger.job.settlements_digest"])
"""
OVERLAY = """
[[discount]]
percent = 10
from = 2026-11-01
"""


def test_every_process_tells_the_same_ids_whatever_its_prices(
    client: genai.Client, gemini: SimulatorInThread, tmp_path: Path
) -> None:
    """Two processes at once, and one with a price book of its own, tell the same spans of the same settlements."""
    counted = [
        usage(10_000, 1_000),
        usage(250_000, 10, cached=7),
        usage(5, 5) | {"totalTokenCount": 1},
    ]
    jobs = [inlined(client, counted, fail=[0]), in_file(client, counted)]
    names = " ".join(job.name or "" for job in jobs)
    overlay = tmp_path / "overlay.toml"
    overlay.write_text(OVERLAY)
    apps = [
        start_app(LOOKS, SIMULATOR=gemini.url, JOBS=names),
        start_app(LOOKS, SIMULATOR=gemini.url, JOBS=names),
        start_app(LOOKS, SIMULATOR=gemini.url, JOBS=names, GEMLEDGER_PRICE_OVERLAY=str(overlay)),
    ]
    first, second, dearer = map(finished, apps)
    assert len(first) == 6
    assert first == second
    prices = [one.pop("pico") for one in first], [one.pop("pico") for one in dearer]
    assert first == dearer
    assert prices[0] != prices[1]


@pytest.mark.parametrize("state", ["failed", "expired", "cancelled", "running"])
def test_a_job_without_results_settles_nothing(
    client: genai.Client, recorded: Any, state: str
) -> None:
    """Its state is seen, and what was expected stays with its creation."""
    inlined(client, usage(10_000, 1_000), state=state)
    assert settlements(recorded.spans) == []
    (look,) = calls(recorded.spans, "batch_get")
    assert look["gemledger.job.state"] == state


@pytest.mark.parametrize("state", ["expired", "cancelled"])
def test_what_was_done_before_a_job_ended_badly_is_billed(
    client: genai.Client, recorded: Any, state: str
) -> None:
    """One of two requests was answered."""
    inlined(client, [usage(10_000, 1_000)] * 2, state=state, done=1)
    (settled,) = settlements(recorded.spans)
    assert settled["gemledger.cost.pico_usd"] == 5_625_000_000
    assert settled["gemledger.job.state"] == state


def test_a_pager_asks_for_its_pages_when_they_are_wanted(
    client: genai.Client, recorded: Any
) -> None:
    """One call for each page that was asked for, free, and what is seen done on one is settled."""
    jobs = [
        client.batches.create(model=FLASH, src=asking(), config=wishing(usage(10_000, 1_000)))
        for _ in range(3)
    ]
    pager = client.batches.list(config={"page_size": 1})
    assert len(calls(recorded.spans, "batch_list")) == 1
    assert [next(pager).name, next(pager).name] == [jobs[2].name, jobs[1].name]
    looks = calls(recorded.spans, "batch_list")
    assert [one["gemledger.job.name"] for one in looks] == [jobs[2].name, jobs[1].name]
    assert {one["gemledger.cost.pico_usd"] for one in looks} == {0}
    settled = settlements(recorded.spans)
    assert [one["gemledger.job.name"] for one in settled] == [jobs[2].name, jobs[1].name]


def test_cancelling_and_deleting_are_free_and_name_their_job(
    client: genai.Client, recorded: Any
) -> None:
    """The answers say nothing, the requests do; an error is the app's, as without us."""
    job = client.batches.create(model=FLASH, src=asking(), config=wishing(state="running"))
    name = job.name or ""
    client.batches.cancel(name=name)
    client.batches.delete(name=name)
    for operation in ("batch_cancel", "batch_delete"):
        (call,) = calls(recorded.spans, operation)
        assert call["gemledger.job.name"] == name
        assert call["gemledger.cost.pico_usd"] == 0
    with pytest.raises(errors.ClientError, match="404"):
        client.batches.get(name=name)
    (look,) = calls(recorded.spans, "batch_get")
    assert look["error.type"] == "404"


def test_a_sampler_shrinks_neither_the_bill_nor_the_word_of_a_job(
    client: genai.Client, clock: Clock
) -> None:
    """Without any sampled span: the settlement is there, and the creation with its name."""
    recorder = Recorded(sampler=ALWAYS_OFF)
    GeminiInstrumentor().instrument(tracer_provider=recorder.provider, clock=clock)
    try:
        jobs = [inlined(client, usage(10_000, 1_000)) for _ in range(2)]
    finally:
        gemledger.uninstrument()
    assert len(settlements(recorder.spans)) == 2
    for operation in ("batch_create", "batch_get"):
        told = calls(recorder.spans, operation)
        assert [one["gemledger.job.name"] for one in told] == [job.name for job in jobs]
    assert all(COMMITTED in one for one in calls(recorder.spans, "batch_create"))
