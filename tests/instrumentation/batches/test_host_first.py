"""Whatever a job looks like, the app has what it would have without us."""

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google import genai
from google.genai import errors, types
from google.oauth2.credentials import Credentials
from support.batches import (
    FLASH,
    asking,
    calls,
    in_file,
    request_lines,
    result_file,
    settlements,
    wishing,
)
from support.gemini import usage
from support.odd_server import OddServer

import gemledger
from gemledger.instrumentor import GeminiInstrumentor

from ..conftest import Recorded

NAME = "batches/odd"


def job(**metadata: Any) -> dict[str, Any]:
    """A job that has succeeded, on the wire."""
    told = {"state": "BATCH_STATE_SUCCEEDED", "createTime": "2026-11-20T12:00:00Z"}
    return {"name": NAME, "metadata": told | {"model": f"models/{FLASH}"} | metadata}


def inlined(*results: Any) -> dict[str, Any]:
    """One with these results."""
    return job(output={"inlinedResponses": {"inlinedResponses": list(results)}})


ODD_JOBS = [
    pytest.param({}, id="nothing"),
    pytest.param({"name": NAME}, id="only a name"),
    pytest.param(job(state="BATCH_STATE_SLEEPING"), id="unknown state"),
    pytest.param(job(createTime=None, model=None, output={}), id="no time, no model, no output"),
    pytest.param(inlined(), id="no results"),
    pytest.param(inlined({}, {"metadata": {}}), id="empty results"),
    pytest.param(inlined({"response": {}}), id="empty response"),
    pytest.param(inlined({"response": {"candidates": []}}), id="no candidates"),
    pytest.param(inlined({"error": {}}, {"error": {"code": 13}}), id="bare errors"),
    pytest.param(inlined({"response": {"usageMetadata": {}}}), id="empty usage"),
    pytest.param(
        inlined({"response": {"usageMetadata": {"promptTokenCount": -5}}}), id="negative usage"
    ),
    pytest.param(
        inlined({"response": {"usageMetadata": {"promptTokenCount": 10**12}}}), id="huge usage"
    ),
    pytest.param(inlined({"response": {"embedding": {"values": []}}}), id="vector of nothing"),
    pytest.param(inlined({"response": {"modelVersion": "?" * 10_000}}), id="long model"),
    pytest.param(b"not JSON", id="not JSON"),
    pytest.param([1, 2], id="a list"),
]


def outcome(act: Callable[[], Any]) -> tuple[type, str]:
    """What an app sees: a value, or an exception."""
    try:
        seen = act()
    except Exception as error:  # noqa: BLE001 - whatever an app would see
        return type(error), str(error)
    return type(seen), repr(seen)


@pytest.mark.parametrize("body", ODD_JOBS)
def test_an_odd_job_is_the_same_with_and_without_us(
    body: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Looked at and listed: same values, same exceptions, and not a word of ours in the log."""
    with OddServer(body) as server:
        client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=server.url))

        def look() -> Any:
            return client.batches.get(name=NAME)

        def listed() -> Any:
            return list(client.batches.list())

        def create() -> Any:
            return client.batches.create(model=FLASH, src=asking())

        alone = [outcome(look), outcome(listed), outcome(create)]
        recorder = Recorded()
        GeminiInstrumentor().instrument(tracer_provider=recorder.provider)
        try:
            recorded = [outcome(look), outcome(listed), outcome(create)]
        finally:
            gemledger.uninstrument()
        client.close()
    assert recorded == alone
    assert not [entry for entry in caplog.records if entry.name == "gemledger"]
    assert len(calls(recorder.spans, "batch_get")) == 1


def test_results_that_nobody_can_read_are_counted_and_have_no_price(recorded: Any) -> None:
    """An answer without usage and a result that is nothing are unpriced, an error is free."""
    body = inlined({"response": {"candidates": []}}, {}, {"error": {"code": 13}})
    with OddServer(body) as server:
        client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=server.url))
        client.batches.get(name=NAME)
        client.close()
    settled = {
        one["gemledger.settlement.id"].rpartition(":")[2]: one
        for one in settlements(recorded.spans)
    }
    failed, broken = settled.pop("failed-13"), settled.pop("broken")
    (unpriced,) = settled.values()
    assert failed["gemledger.cost.pico_usd"] == 0
    assert {one["gemledger.cost.status"] for one in (broken, unpriced)} == {"unpriced"}
    assert unpriced["gemledger.job.results.ok"] == unpriced["gemledger.job.results.broken"] == 1


@pytest.mark.parametrize(
    "source",
    [
        None,
        3,
        [],
        {"inlined_requests": []},
        [3],
        "gs://bucket/file",
        [{"contents": None}],
        {"x": 1},
    ],
)
def test_an_odd_source_is_refused_or_taken_as_without_us(
    client: genai.Client, source: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The exception is the SDK's own."""

    def create() -> Any:
        return client.batches.create(model=FLASH, src=source, config=wishing()).state

    alone = outcome(create)
    recorder = Recorded()
    GeminiInstrumentor().instrument(tracer_provider=recorder.provider)
    try:
        assert outcome(create) == alone
    finally:
        gemledger.uninstrument()
    assert not [entry for entry in caplog.records if entry.name == "gemledger"]


def test_an_experimental_warning_names_the_line_that_called(
    client: genai.Client, recorded: Any
) -> None:
    """It would name one of ours, once for a whole program, if the public method were wrapped."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(errors.ClientError):
            client.batches.create_embeddings(model="m", src={"file_name": "files/nowhere"})
    (warning,) = (one for one in caught if "create_embeddings" in str(one.message))
    assert warning.filename == __file__
    (call,) = calls(recorded.spans, "batch_create")
    assert call["error.type"] == "400"


class Broken(io.BytesIO):
    """A stream whose disk is full."""

    def write(self, piece: Any) -> int:
        """Nothing is written."""
        raise OSError(28, "No space left on device")


def test_a_stream_that_fails_fails_for_its_owner_and_settles_nothing(
    client: genai.Client, recorded: Any
) -> None:
    """The app's exception is its own; the next download, which goes well, tells the bill."""
    done = in_file(client, usage(10_000, 1_000))
    with pytest.raises(OSError, match="No space left"):
        client.files.download(file=result_file(done), destination=Broken())
    with pytest.raises(FileNotFoundError):
        client.files.download(file=result_file(done), destination="/nowhere/at/all")
    assert settlements(recorded.spans) == []
    client.files.download(file=result_file(done), destination=io.BytesIO())
    assert len(settlements(recorded.spans)) == 1


def test_other_files_are_none_of_our_business(client: genai.Client, tmp_path: Path) -> None:
    """Uploads of any kind, and downloads of files that hold no results that were seen, are as without us."""
    done = in_file(client, usage(10_000, 1_000))
    path = tmp_path / "requests.jsonl"
    path.write_bytes(request_lines())
    recorder = Recorded()
    GeminiInstrumentor().instrument(tracer_provider=recorder.provider)
    try:
        content = client.files.download(file=result_file(done))
        assert b"usageMetadata" in content
        client.files.upload(file=path, config={"mime_type": "application/jsonl"})
        client.files.upload(file=io.BytesIO(b"\x89PNG"), config={"mime_type": "image/png"})
        with pytest.raises(errors.ClientError):
            client.files.download(file="files/nowhere")
        with pytest.raises(ValueError, match="File name is required"):
            client.files.download(file=types.Video())
    finally:
        gemledger.uninstrument()
    assert recorder.spans == []


def test_results_on_vertex_ai_are_out_of_sight_and_nothing_is_guessed(recorded: Any) -> None:
    """They are in a bucket: the job's name and state are told, and neither an estimate nor a bill."""
    name = "projects/shop/locations/europe-west4/batchPredictionJobs/456"
    body = {
        "name": name,
        "model": f"publishers/google/models/{FLASH}",
        "state": "JOB_STATE_SUCCEEDED",
        "createTime": "2026-11-20T12:00:00Z",
        "inputConfig": {"instancesFormat": "jsonl", "gcsSource": {"uris": ["gs://shop/in.jsonl"]}},
        "outputConfig": {"gcsDestination": {"outputUriPrefix": "gs://shop/out"}},
        "completionStats": {"successfulCount": "2"},
    }
    with OddServer(body) as server:
        client = genai.Client(
            vertexai=True,
            project="shop",
            location="europe-west4",
            credentials=Credentials(token="made-up"),  # type: ignore[no-untyped-call]  # no types there
            http_options=types.HttpOptions(base_url=server.url),
        )
        client.batches.create(model=FLASH, src="gs://shop/in.jsonl")
        client.batches.get(name=name)
        client.close()
    assert settlements(recorded.spans) == []
    (created,), (look,) = (calls(recorded.spans, f"batch_{what}") for what in ("create", "get"))
    assert created["gemledger.job.name"] == look["gemledger.job.name"] == name
    assert look["gemledger.job.state"] == "succeeded"
    assert "gemledger.job.committed_pico_usd" not in created
