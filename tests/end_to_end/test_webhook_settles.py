"""A job that finishes, Google's word about it, the collector's fetch, and the charge in the ledger: once."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from google import genai
from google.genai import types
from google.genai.webhooks import WebhookSubscribedEvent
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from support.apps import unused_port, wait_until
from support.clients import gemini_api
from support.processes import CollectorProcess

import gemledger
from gemledger_simulator.process import SimulatorProcess

FLASH, VEO = "gemini-2.5-flash", "veo-3.1-generate-preview"
EVENTS: tuple[WebhookSubscribedEvent, ...] = (
    "batch.succeeded",
    "batch.failed",
    "batch.expired",
    "interaction.completed",
    "interaction.requires_action",
    "interaction.failed",
    "video.generated",
)
USAGE = {"promptTokenCount": 1_000, "candidatesTokenCount": 100, "totalTokenCount": 1_100}
LINE_PICO_USD = 1_000 * 150_000 + 100 * 1_250_000
"""A line of a batch on gemini-2.5-flash: 0.15 and 1.25 US dollars for a million tokens in and out."""
INTERACTION_PICO_USD = 1_000 * 300_000 + 100 * 2_500_000
"""The same tokens in an interaction: 0.30 and 2.50 dollars."""
VIDEO_PICO_USD = 8 * 400_000_000_000
"""Eight seconds of veo-3.1 at 720p: 0.40 dollars each."""
FETCHES = "gemledger_collector_settle_fetches_total"

Charge = tuple[int, int, str | None]
"""What, how many calls it stands for, and for which team."""


class Stage(NamedTuple):
    """An app in this process, a simulated Gemini that knows a webhook, and a collector behind it."""

    client: genai.Client
    collector: CollectorProcess
    provider: TracerProvider
    gemini: str

    def flush(self) -> None:
        """What the app did so far is in the collector."""
        gemledger.flush()
        assert self.provider.force_flush()

    def told(self, job: str) -> list[dict[str, Any]]:
        """Events about a job that the collector took, the latest first."""
        events: list[dict[str, Any]] = self.collector.get("/api/v1/webhooks")["events"]
        return [event for event in events if event["job"] == job]

    def wait_for(self, job: str, *states: str) -> list[dict[str, Any]]:
        """The events about a job, once they are in these states."""

        def reached() -> bool:
            return [event["state"] for event in self.told(job)] == list(states)

        wait_until(reached, f"events of {job} are {states}", 60)
        return self.told(job)

    def charged(self, job: str) -> list[Charge]:
        """The settlements of a job."""
        rows = self.collector.query(
            "select cost_pico_usd, calls, team from charges "
            f"where job_name = '{job}' and settlement_id is not null"
        )
        return [(int(row["cost_pico_usd"]), row["calls"], row["team"]) for row in rows]

    def job_state(self, job: str) -> str:
        """What the ledger of jobs says."""
        (row,) = self.collector.query(f"select state from jobs where name = '{job}'")
        return str(row["state"])

    def adds_up(self) -> bool:
        """Whether charges sum to the ledger."""
        (row,) = self.collector.query(
            "select (select sum(cost_pico_usd) from charges) = "
            "(select sum(cost_pico_usd) from ledger) as same"
        )
        return bool(row["same"])

    def counted(self, reason: str) -> bool:
        """Whether fetches that ended so are in the metrics."""
        return f'{FETCHES}{{reason="{reason}"}}' in self.collector.get_text("/metrics")

    def say(self, event: str, job: str) -> None:
        """Let Google tell of a job again, under another id."""
        message = {"type": event, "data": {"id": job}}
        assert httpx.post(f"{self.gemini}/simulator/webhooks/send", json=message).is_success


@contextmanager
def collecting(
    simulator: SimulatorProcess, folder: Path, **webhooks: Any
) -> Iterator[CollectorProcess]:
    """A collector whose webhook is registered with this Gemini; ``webhooks`` is further configuration."""
    with gemini_api(simulator.url) as client:
        hook = client.webhooks.create(uri="https://not-yet.example", subscribed_events=EVENTS)
        assert hook.id
        port = unused_port()
        webhooks["secrets"] = [hook.new_signing_secret]
        document = {  # JSON is YAML
            "receivers": {
                "otlp": {
                    "protocols": {
                        "http": {"endpoint": f"127.0.0.1:{port}"},
                        "grpc": {"enabled": False},
                    }
                }
            },
            "exporters": {"duckdb": {"path": str(folder / "ledger.duckdb")}},
            "extensions": {"settle": {"webhooks": webhooks}},
        }
        config = folder / "otel-config.yaml"
        config.write_text(json.dumps(document))
        collector = CollectorProcess(f"http://127.0.0.1:{port}", config)
        collector.start()
        client.webhooks.update(id=hook.id, uri=f"{collector.url}/webhooks/gemini")
        try:
            yield collector
        finally:
            client.webhooks.delete(id=hook.id)
            collector.stop()


@contextmanager
def app_on(simulator: SimulatorProcess, collector: CollectorProcess) -> Iterator[Stage]:
    """An app that sends its spans there."""
    provider = TracerProvider(shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{collector.url}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    gemledger.instrument(tracer_provider=provider)
    try:
        with gemini_api(simulator.url) as client:
            yield Stage(client, collector, provider, simulator.url)
    finally:
        gemledger.uninstrument()
        provider.shutdown()


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    """A Gemini that costs nothing, by the real clock."""
    with SimulatorProcess() as process:
        yield process


@pytest.fixture(scope="module")
def fetcher(
    simulator: SimulatorProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CollectorProcess]:
    """A collector with a key of its own, that takes webhooks of single jobs, too."""
    fetch = {"api_key": "its-own", "base_url": simulator.url, "max_result_bytes": "64KiB"}
    per_job = {"jwks_url": f"{simulator.url}/.well-known/jwks.json"}
    folder = tmp_path_factory.mktemp("fetcher")
    with collecting(simulator, folder, fetch=fetch, per_job=per_job) as collector:
        yield collector


@pytest.fixture
def stage(simulator: SimulatorProcess, fetcher: CollectorProcess) -> Iterator[Stage]:
    """The collector that fetches."""
    with app_on(simulator, fetcher) as opened:
        yield opened


@pytest.fixture(scope="module")
def keyless(
    simulator: SimulatorProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CollectorProcess]:
    """A collector without a key."""
    with collecting(simulator, tmp_path_factory.mktemp("keyless")) as collector:
        yield collector


@pytest.fixture
def keyless_stage(simulator: SimulatorProcess, keyless: CollectorProcess) -> Iterator[Stage]:
    """The collector that leaves fetching to the app."""
    with app_on(simulator, keyless) as opened:
        yield opened


def submitted(
    stage: Stage, *, src: Any = None, config: dict[str, Any] | None = None, **wishes: Any
) -> str:
    """A batch, of two lines unless told otherwise, for the search team, that ends after a moment; its name."""
    headers = {
        "x-simulator-batch": json.dumps({"after_seconds": 0.1, **wishes}),
        "x-simulator-usage": json.dumps(USAGE),
    }
    with gemledger.attribution(team="search"):
        job = stage.client.batches.create(
            model=FLASH,
            src=src or [types.InlinedRequest(contents=f"Question {number}") for number in range(2)],
            config=types.CreateBatchJobConfig(
                http_options=types.HttpOptions(headers=headers), **(config or {})
            ),
        )
    stage.flush()
    assert job.name
    return job.name


def uploaded(stage: Stage, folder: Path, lines: int) -> str:
    """A file of requests; its name."""
    request = {"contents": [{"parts": [{"text": "Question"}]}]}
    texts = [json.dumps({"key": str(number), "request": request}) for number in range(lines)]
    source = folder / "requests.jsonl"
    source.write_text("\n".join(texts))
    name = stage.client.files.upload(file=source, config={"mime_type": "application/jsonl"}).name
    assert name
    return name


BOTH_LINES = [(2 * LINE_PICO_USD, 2, "search")]


def test_a_batch_is_charged_as_soon_as_google_says_that_it_is_done(stage: Stage) -> None:
    """The app never asks again; both lines are in the ledger, on the team that submitted them."""
    name = submitted(stage)
    (told,) = stage.wait_for(name, "fetched")
    assert (told["type"], told["attempts"], told["error"]) == ("batch.succeeded", 1, None)
    assert (stage.charged(name), stage.job_state(name)) == (BOTH_LINES, "settled")
    assert stage.adds_up()
    assert stage.counted("fetched")


def test_it_is_charged_once_whoever_else_fetches_it_and_however_often_google_says_so(
    stage: Stage,
) -> None:
    """The app fetches it as well, and the same event comes again under another id."""
    name = submitted(stage)
    stage.wait_for(name, "fetched")
    assert stage.client.batches.get(name=name).state is types.JobState.JOB_STATE_SUCCEEDED
    stage.flush()
    stage.say("batch.succeeded", name)
    stage.wait_for(name, "settled", "fetched")
    assert stage.charged(name) == BOTH_LINES
    assert stage.adds_up()


def test_collector_and_app_at_once_charge_it_once(stage: Stage) -> None:
    """Eight looks of the app race with the collector's, over and over."""
    names = [submitted(stage) for _ in range(4)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda name: stage.client.batches.get(name=name), names * 2))
    wait_until(
        lambda: all(told["state"] != "pending" for name in names for told in stage.told(name)),
        "nothing waits",
        60,
    )
    for name in names:
        stage.client.batches.get(name=name)
    stage.flush()
    assert [stage.charged(name) for name in names] == [BOTH_LINES] * 4
    assert stage.adds_up()


def test_results_in_a_file_are_fetched_too(stage: Stage, tmp_path: Path) -> None:
    """The collector downloads them; each line is charged."""
    name = submitted(stage, src=uploaded(stage, tmp_path, 3))
    stage.wait_for(name, "fetched")
    assert stage.charged(name) == [(3 * LINE_PICO_USD, 3, "search")]


def test_results_larger_than_the_collector_takes_are_left_to_the_app(
    stage: Stage, tmp_path: Path
) -> None:
    """Given up at once, with a flag and a count; the app's own download settles it."""
    name = submitted(stage, src=uploaded(stage, tmp_path, 300))
    (told,) = stage.wait_for(name, "given_up")
    assert "fetch.max_result_bytes" in told["error"]
    assert stage.counted("given_up")
    assert (stage.charged(name), stage.job_state(name)) == ([], "ready")
    done = stage.client.batches.get(name=name)
    assert done.dest
    assert done.dest.file_name
    stage.client.files.download(file=done.dest.file_name)
    stage.flush()
    assert stage.charged(name) == [(300 * LINE_PICO_USD, 300, "search")]


def test_an_interaction_in_the_background_is_charged_too(stage: Stage) -> None:
    """By its own event, once, on the team that began it."""
    usage = {"total_input_tokens": 1_000, "total_output_tokens": 100, "total_tokens": 1_100}
    with gemledger.attribution(team="search"):
        begun = stage.client.interactions.create(
            model=FLASH,
            input="Think about it.",
            background=True,
            extra_headers={
                "x-simulator-usage": json.dumps(usage),
                "x-simulator-interaction": '{"seconds": 0.1}',
            },
        )
    stage.flush()
    name = str(getattr(begun, "id", ""))
    (told,) = stage.wait_for(name, "fetched")
    assert told["type"] == "interaction.completed"
    assert stage.charged(name) == [(INTERACTION_PICO_USD, 0, "search")]
    assert stage.adds_up()


def test_a_video_is_looked_at_when_it_is_made(stage: Stage) -> None:
    """The SDK asks only Vertex AI for videos; one that another client asked the Gemini API for is estimated."""
    begun = httpx.post(
        f"{stage.gemini}/v1beta/models/{VEO}:predictLongRunning",
        json={"instances": [{"prompt": "A neon cat."}]},
        headers={"x-goog-api-key": "another"},
    ).json()
    (told,) = stage.wait_for(begun["name"], "fetched")
    assert told["type"] == "video.generated"
    assert stage.charged(begun["name"]) == [(VIDEO_PICO_USD, 0, None)]
    assert stage.collector.query(
        f"select cost_status from charges where settlement_id = 'video:{begun['name']}'"
    ) == [{"cost_status": "estimated"}]


def test_a_job_with_a_webhook_of_its_own_is_charged_by_a_token(stage: Stage) -> None:
    """Signed with Gemini's public key, which the collector fetches."""
    uri = f"{stage.collector.url}/webhooks/gemini"
    name = submitted(stage, config={"webhook_config": types.WebhookConfig(uris=[uri])})
    stage.wait_for(name, "fetched")
    assert stage.charged(name) == BOTH_LINES
    sent = httpx.get(f"{stage.gemini}/simulator/webhooks/deliveries").json()["deliveries"]
    assert {each["signed"] for each in sent if each["id"] == name} == {"jwt"}


def test_a_job_that_nobody_knows_is_given_up_at_once(stage: Stage) -> None:
    """Whoever may send signed events cannot make a charge: what Gemini does not know costs nothing."""
    stage.say("batch.succeeded", "batches/made-up")
    (told,) = stage.wait_for("batches/made-up", "given_up")
    assert told["attempts"] == 1
    assert "404" in told["error"]
    assert stage.charged("batches/made-up") == []


def test_without_a_key_the_job_is_ready_for_the_app(keyless_stage: Stage) -> None:
    """Nothing is asked of Gemini, nothing is charged; the ledger of jobs says that it may be fetched."""
    stage = keyless_stage
    name = submitted(stage)
    stage.wait_for(name, "pending")
    assert (stage.charged(name), stage.job_state(name)) == ([], "ready")
    stage.client.batches.get(name=name)
    stage.flush()
    assert (stage.charged(name), stage.job_state(name)) == (BOTH_LINES, "settled")


@pytest.mark.parametrize("state", ["failed", "expired"])
def test_a_batch_that_ends_badly_is_marked_and_costs_nothing(
    keyless_stage: Stage, state: str
) -> None:
    """Its committed spend is gone as soon as Google says so."""
    name = submitted(keyless_stage, state=state)
    keyless_stage.wait_for(name, "pending")
    found = keyless_stage.collector.query(
        f"select state, committed_pico_usd from jobs where name = '{name}'"
    )
    assert found == [{"state": state, "committed_pico_usd": None}]
    assert keyless_stage.charged(name) == []


def test_what_could_not_be_fetched_comes_again_after_a_power_cut_too_and_is_given_up_in_the_end(
    simulator: SimulatorProcess, tmp_path: Path
) -> None:
    """The event was on disk before Google had its answer; a later run, with the right address, fetches the job."""
    nobody = f"http://127.0.0.1:{unused_port()}"
    fetch = {"api_key": "k", "base_url": nobody, "retry_after": "100ms", "max_attempts": 20}
    with (
        collecting(simulator, tmp_path, fetch=fetch) as collector,
        app_on(simulator, collector) as stage,
    ):
        name = submitted(stage)
        wait_until(lambda: any(told["attempts"] > 1 for told in stage.told(name)), "it was tried")
        collector.kill()
        text = collector.config.read_text()
        collector.config.write_text(text.replace(nobody, simulator.url))
        collector.start()
        stage.wait_for(name, "fetched")
        assert stage.charged(name) == BOTH_LINES
        collector.stop()
        collector.config.write_text(text.replace('"max_attempts": 20', '"max_attempts": 2'))
        collector.start()
        stage.say("batch.succeeded", "batches/other")
        (told,) = stage.wait_for("batches/other", "given_up")
        assert told["attempts"] == 2
        assert told["error"]
        assert stage.counted("retried")
        assert stage.counted("given_up")
