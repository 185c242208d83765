"""Videos: asked for at no cost, settled once when somebody sees that they are done."""

import json
import subprocess
import sys
from typing import Any

import pytest
from google import genai
from google.genai import types
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from support.clients import gemini_api, vertex_ai

import gemledger
from gemledger.instrumentor import GeminiInstrumentor
from gemledger_simulator.process import SimulatorProcess

VEO, FAST, LITE = "veo-3.1-generate-001", "veo-3.1-fast-generate-001", "veo-3.1-lite-generate-001"
PROMPT = types.GenerateVideosSource(prompt="A neon cat.")

ONLY_POLL = """
import json, sys
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
import gemledger

exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
gemledger.instrument(tracer_provider=provider)
client = genai.Client(
    vertexai=True, project="skerry", location="global", credentials=Credentials(token="made-up"),
    http_options=types.HttpOptions(base_url=sys.argv[1]),
)
client.operations.get(types.GenerateVideosOperation(name=sys.argv[2]))
(span,) = (span for span in exporter.get_finished_spans() if span.name == "gemledger.settlement")
print(json.dumps([span.context.trace_id, span.context.span_id, dict(span.attributes)]))
"""


def wishing(**wishes: int) -> dict[str, Any]:
    """Options of one request under which videos come out so."""
    return {"headers": {"x-simulator-media": json.dumps(wishes)}}


def submit(client: genai.Client, model: str = VEO, **config: Any) -> Any:
    """Ask for videos."""
    return client.models.generate_videos(
        model=model, source=PROMPT, config=types.GenerateVideosConfig(**config)
    )


def settlements(recorded: Any) -> list[dict[str, Any]]:
    """What was settled."""
    return [dict(s.attributes) for s in recorded.spans if s.name == "gemledger.settlement"]


def settled(recorded: Any) -> dict[str, Any]:
    """The one settlement."""
    (told,) = settlements(recorded)
    return told


@pytest.fixture
def client(simulator: SimulatorProcess) -> genai.Client:
    """One of Vertex AI: the SDK offers videos nowhere else."""
    return vertex_ai(simulator.url)


def test_asking_costs_nothing_and_says_what_for(client: genai.Client, recorded: Any) -> None:
    """The job's name and what was asked for are there for whoever sees the end of it."""
    operation = submit(client, duration_seconds=6, resolution="4K", number_of_videos=2)

    told = recorded.attributes
    assert recorded.span.name == f"generate_videos {VEO}"
    assert told["gemledger.cost.pico_usd"] == 0
    assert told["gemledger.cost.status"] == "exact"
    assert told["gemledger.cost.reasons"] == ("settled_later",)
    assert told["gemledger.job.name"] == operation.name
    assert told["gemledger.job.state"] == "running"
    assert told["gemledger.video.count"] == 2
    assert told["gemledger.video.duration_seconds"] == 6
    assert told["gemledger.video.resolution"] == "4k"
    assert told["gemledger.job.committed_pico_usd"] == 12 * 600_000_000_000


@pytest.mark.parametrize(
    ("model", "resolution", "pico_usd_per_second"),
    [
        (VEO, "720p", 400_000_000_000),
        (VEO, "1080p", 400_000_000_000),
        (VEO, "4k", 600_000_000_000),
        (FAST, "720p", 100_000_000_000),
        (FAST, "1080p", 120_000_000_000),
        (FAST, "4k", 300_000_000_000),
        (LITE, "720p", 50_000_000_000),
        (LITE, "1080p", 80_000_000_000),
    ],
)
def test_seconds_times_videos_at_their_resolution(
    client: genai.Client, recorded: Any, model: str, resolution: str, pico_usd_per_second: int
) -> None:
    """Two videos of six seconds: twelve seconds, exactly."""
    operation = submit(client, model, duration_seconds=6, resolution=resolution, number_of_videos=2)
    done = client.operations.get(operation)

    told = settled(recorded)
    assert told["gen_ai.operation.name"] == "generate_videos"
    assert told["gen_ai.request.model"] == model
    assert told["gemledger.usage.video_seconds"] == 12
    assert told["gemledger.usage.resolution"] == resolution
    assert told["gemledger.cost.pico_usd"] == 12 * pico_usd_per_second
    assert told["gemledger.cost.status"] == "exact"
    assert told["gemledger.settlement.id"] == f"video:{operation.name}"
    assert told["gemledger.job.name"] == operation.name
    assert told["gemledger.unsampled.calls"] == 0
    cost = gemledger.cost_of(done)
    assert cost is not None
    assert cost.total_pico_usd == 12 * pico_usd_per_second


def test_looks_are_free_and_only_the_first_that_sees_the_end_settles(
    client: genai.Client, recorded: Any
) -> None:
    """However the operation is handed over."""
    operation = submit(
        client, duration_seconds=4, resolution="720p", http_options=wishing(pending_looks=1)
    )
    operation = client.operations.get(operation)
    assert not settlements(recorded)
    operation = client.operations.get(operation=operation)
    client.operations.get(operation)

    looks = [s.attributes for s in recorded.spans if s.name == f"operation_get {VEO}"]
    assert [look["gemledger.job.state"] for look in looks] == ["running", "succeeded", "succeeded"]
    assert {look["gemledger.job.name"] for look in looks} == {operation.name}
    assert {look["gemledger.cost.reasons"] for look in looks} == {("free_operation",)}
    assert {look["gemledger.cost.pico_usd"] for look in looks} == {0}
    assert settled(recorded)["gemledger.cost.pico_usd"] == 4 * 400_000_000_000


async def test_async_is_the_same(simulator: SimulatorProcess, recorded: Any) -> None:
    """Request and look."""
    async with vertex_ai(simulator.url).aio as opened:
        operation = await opened.models.generate_videos(
            model=VEO, source=PROMPT, config={"duration_seconds": 8, "resolution": "1080p"}
        )
        await opened.operations.get(operation)

    assert settled(recorded)["gemledger.cost.pico_usd"] == 8 * 400_000_000_000
    assert settled(recorded)["gemledger.cost.status"] == "exact"


def test_a_video_that_was_withheld_is_free(client: genai.Client, recorded: Any) -> None:
    """One of three."""
    operation = submit(
        client,
        duration_seconds=8,
        resolution="720p",
        number_of_videos=3,
        http_options=wishing(filtered=1),
    )
    client.operations.get(operation)

    told = settled(recorded)
    assert told["gemledger.filtered"] == 1
    assert told["gemledger.usage.video_seconds"] == 16
    assert told["gemledger.cost.pico_usd"] == 16 * 400_000_000_000


def test_where_all_were_withheld_the_job_costs_exactly_nothing(
    client: genai.Client, recorded: Any
) -> None:
    """And it is settled."""
    operation = submit(client, number_of_videos=2, http_options=wishing(filtered=2))
    client.operations.get(operation)

    told = settled(recorded)
    assert told["gemledger.cost.pico_usd"] == 0
    assert told["gemledger.cost.status"] == "exact"
    assert told["gemledger.cost.reasons"] == ("all_filtered",)
    assert told["gemledger.filtered"] == 2


@pytest.mark.parametrize("response", [{}, None], ids=["empty", "absent"])
def test_a_finished_job_that_shows_nothing_is_no_zero(
    simulator: SimulatorProcess, recorded: Any, response: Any
) -> None:
    """Neither videos nor a word of withheld ones: whatever was made may have been billed."""
    name = (
        f"projects/skerry/locations/global/publishers/google/models/{VEO}/operations/shy-{response}"
    )
    done = {"name": name, "done": True, "modelVersion": None, "responseId": None}
    done |= {} if response is None else {"response": response}
    client = vertex_ai(simulator.url, x_simulator_script=json.dumps({"response": done}))
    client.operations.get(types.GenerateVideosOperation.model_validate({"name": name}))

    told = settled(recorded)
    assert told["gemledger.cost.status"] == "unpriced"
    assert told["gemledger.cost.reasons"] == ("no_usage",)


def test_a_job_that_failed_is_seen_as_such_and_settles_nothing(
    client: genai.Client, recorded: Any
) -> None:
    """Nothing was made."""
    operation = submit(client, http_options=wishing(error=13))
    done = client.operations.get(operation)

    assert done.error
    assert recorded.spans[-1].attributes["gemledger.job.state"] == "failed"
    assert not settlements(recorded)


def test_what_the_request_left_open_is_measured_on_the_video_and_an_estimate(
    client: genai.Client, recorded: Any
) -> None:
    """Its file says 8 seconds of 720p."""
    client.operations.get(submit(client))

    told = settled(recorded)
    assert told["gemledger.usage.video_seconds"] == 8
    assert told["gemledger.usage.resolution"] == "720p"
    assert told["gemledger.cost.pico_usd"] == 8 * 400_000_000_000
    assert told["gemledger.cost.status"] == "estimated"
    assert told["gemledger.cost.reasons"] == ("video_seconds_assumed", "resolution_assumed")


def test_a_video_in_a_bucket_is_taken_to_be_as_its_model_makes_them(
    client: genai.Client, recorded: Any
) -> None:
    """Four seconds were asked for, the resolution was not: 720p is what the model makes."""
    operation = submit(client, duration_seconds=4, output_gcs_uri="gs://videos/")
    client.operations.get(operation)

    told = settled(recorded)
    assert told["gemledger.usage.video_seconds"] == 4
    assert told["gemledger.usage.resolution"] == "720p"
    assert told["gemledger.cost.reasons"] == ("resolution_assumed",)


def test_a_prolonged_video_is_not_measured(client: genai.Client, recorded: Any) -> None:
    """Its file holds what was there before: 16 seconds, of which 8 were made now."""
    before = types.Video(video_bytes=b"ftyp", mime_type="video/mp4")
    source = types.GenerateVideosSource(prompt="And then?", video=before)
    operation = client.models.generate_videos(model=VEO, source=source)
    client.operations.get(operation)

    told = settled(recorded)
    assert told["gemledger.usage.video_seconds"] == 8
    assert told["gemledger.cost.reasons"] == ("video_seconds_assumed", "resolution_assumed")


@pytest.mark.parametrize("wrap", [False, True], ids=["flat", "generic"])
def test_where_google_says_when_it_took_the_job_the_bill_begins_there(
    simulator: SimulatorProcess, recorded: Any, wrap: bool
) -> None:
    """Not when somebody looked."""
    created = {"createTime": "2026-11-19T23:59:59.5Z"}
    metadata = {"genericMetadata": created} if wrap else created
    name = f"projects/skerry/locations/global/publishers/google/models/{VEO}/operations/c-{wrap}"
    video = {"gcsUri": "gs://videos/1.mp4", "mimeType": "video/mp4"}
    done = {"name": name, "done": True, "metadata": metadata, "response": {"videos": [video]}}
    script = json.dumps({"response": done | {"modelVersion": None, "responseId": None}})
    client = vertex_ai(simulator.url, x_simulator_script=script)
    client.operations.get(types.GenerateVideosOperation.model_validate({"name": name}))

    span = next(span for span in recorded.spans if span.name == "gemledger.settlement")
    assert span.start_time == 1_795_132_799_500_000_000


def test_another_process_that_only_polls_tells_the_same_settlement(
    simulator: SimulatorProcess, client: genai.Client, recorded: Any
) -> None:
    """Same ids, same amount; it did not see the request, and says that it measured."""
    operation = submit(client, FAST, duration_seconds=6, resolution="1080p", number_of_videos=2)
    run = subprocess.run(
        [sys.executable, "-c", ONLY_POLL, simulator.url, operation.name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    trace_id, span_id, theirs = json.loads(run.stdout)
    client.operations.get(operation)

    ours = next(span for span in recorded.spans if span.name == "gemledger.settlement")
    assert (trace_id, span_id) == (ours.context.trace_id, ours.context.span_id)
    told = ours.attributes
    assert theirs["gemledger.settlement.id"] == told["gemledger.settlement.id"]
    assert theirs["gemledger.cost.pico_usd"] == told["gemledger.cost.pico_usd"] == 1_440_000_000_000
    assert told["gemledger.cost.status"] == "exact"
    assert theirs["gemledger.cost.status"] == "estimated"


def test_the_gemini_api_gives_no_file_and_the_models_defaults_are_an_estimate(
    simulator: SimulatorProcess, recorded: Any
) -> None:
    """Eight seconds of 720p for whoever did not see the request; the model stands in the operation's name."""
    model = "veo-3.1-generate-preview"
    client = gemini_api(simulator.url)
    answer = client._api_client.request(  # what older SDKs send for generate_videos
        "post", f"models/{model}:predictLongRunning", {"instances": [{"prompt": "A cat."}]}
    )
    name = json.loads(answer.body or "{}")["name"]
    client.operations.get(types.GenerateVideosOperation.model_validate({"name": name}))

    told = settled(recorded)
    assert told["gen_ai.request.model"] == model
    assert told["gemledger.cost.pico_usd"] == 8 * 400_000_000_000
    assert told["gemledger.cost.reasons"] == ("video_seconds_assumed", "resolution_assumed")


def test_who_asked_pays_whoever_looks(client: genai.Client, recorded: Any) -> None:
    """The settlement is the submitter's."""
    with gemledger.attribution(team="trailers"):
        operation = submit(client, duration_seconds=4, resolution="720p")
    with gemledger.attribution(team="polling"):
        client.operations.get(operation)

    assert settled(recorded)["gemledger.attribution.team"] == "trailers"


def test_a_sampler_does_not_shrink_the_bill(simulator: SimulatorProcess, recorded: Any) -> None:
    """No call is sampled; the settlement is told all the same."""
    gemledger.uninstrument()
    recorded.provider.sampler = ALWAYS_OFF
    GeminiInstrumentor().instrument(tracer_provider=recorded.provider)
    client = vertex_ai(simulator.url)
    client.operations.get(submit(client, duration_seconds=8, resolution="4k"))

    assert settled(recorded)["gemledger.cost.pico_usd"] == 8 * 600_000_000_000


def test_the_users_error_passes_through(client: genai.Client, recorded: Any) -> None:
    """An operation that is not there, and one without a name."""
    missing = types.GenerateVideosOperation.model_validate(
        {"name": "projects/p/locations/l/operations/none"}
    )
    with pytest.raises(genai.errors.ClientError):
        client.operations.get(missing)
    with pytest.raises(ValueError, match="Operation name is empty"):
        client.operations.get(types.GenerateVideosOperation())

    assert [span.attributes["gemledger.cost.pico_usd"] for span in recorded.spans] == [0, 0]
