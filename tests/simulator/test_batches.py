"""Batches and files, as the real SDK sees them: handed in, waited for, fetched."""

import io
import json
import warnings
from pathlib import Path
from typing import Any

import httpx2
import pytest
from google import genai
from google.genai import errors, types
from support.day import Clock, SimulatorInThread

MODEL = "gemini-3.8-flash"
NOON = 1_795_176_000 * 10**9
"""2026-11-20T12:00:00Z."""


def wishing(usage: Any = None, **wish: Any) -> types.CreateBatchJobConfig:
    """A config that tells the simulator what is to become of a batch."""
    headers = {"x-simulator-batch": json.dumps({"after_seconds": 0} | wish)}
    if usage is not None:
        headers["x-simulator-usage"] = json.dumps(usage)
    return types.CreateBatchJobConfig(
        display_name="nightly", http_options=types.HttpOptions(headers=headers)
    )


def asking(*texts: str) -> list[types.InlinedRequest]:
    """Inlined requests, each with its number as metadata."""
    return [
        types.InlinedRequest(contents=text, metadata={"number": str(number)})
        for number, text in enumerate(texts)
    ]


def uploaded(client: genai.Client, *requests: dict[str, Any]) -> str:
    """A JSONL file of requests, each with its key; its name."""
    lines = [{"key": f"k{number}", "request": one} for number, one in enumerate(requests)]
    text = "\n".join(map(json.dumps, lines))
    file = client.files.upload(
        file=io.BytesIO(text.encode()), config={"mime_type": "application/jsonl"}
    )
    assert file.name is not None
    return file.name


def saying(text: str) -> dict[str, Any]:
    """A request of a file."""
    return {"contents": [{"role": "user", "parts": [{"text": text}]}]}


def inlined(client: genai.Client, job: types.BatchJob) -> list[types.InlinedResponse]:
    """The results of a job that has succeeded."""
    assert job.name is not None
    done = client.batches.get(name=job.name)
    assert done.state is types.JobState.JOB_STATE_SUCCEEDED
    assert done.dest is not None
    assert done.dest.inlined_responses is not None
    return done.dest.inlined_responses


def billed(simulator_url: str, job: types.BatchJob) -> list[dict[str, Any]]:
    """The invoice's entries for this job."""
    entries = httpx2.get(f"{simulator_url}/simulator/record").json()["entries"]
    return [entry for entry in entries if entry.get("job") == job.name]


def test_a_batch_is_pending_then_running_then_done_as_the_clock_says() -> None:
    """Nothing but time makes a job go on, and it says when it was created and when it ended."""
    clock = Clock(NOON)
    with SimulatorInThread(clock) as simulator:
        client = genai.Client(api_key="any", http_options=types.HttpOptions(base_url=simulator.url))
        job = client.batches.create(
            model=MODEL, src=asking("one"), config=wishing(after_seconds=100)
        )
        name = job.name or ""
        assert job.state is types.JobState.JOB_STATE_PENDING
        assert job.create_time is not None
        assert int(job.create_time.timestamp()) == NOON // 10**9
        states: list[types.JobState | None] = [job.state]
        for seconds in (50, 49, 2):
            clock.go_on(seconds)
            states.append(client.batches.get(name=name).state)
        assert [str(state and state.value) for state in states] == [
            "JOB_STATE_PENDING",
            "JOB_STATE_RUNNING",
            "JOB_STATE_RUNNING",
            "JOB_STATE_SUCCEEDED",
        ]
        done = client.batches.get(name=name)
        assert done.done
        assert done.end_time is not None
        assert (done.end_time - job.create_time).total_seconds() == 100
        client.close()


def test_inlined_requests_are_answered_in_their_order_with_their_metadata(
    client: genai.Client,
) -> None:
    """Each line has an answer with a usage of its own, or an error, and the metadata of its request."""
    usage = [{"promptTokenCount": 10_000, "candidatesTokenCount": 1_000}, {"promptTokenCount": 7}]
    job = client.batches.create(
        model=MODEL, src=asking("one", "two", "three"), config=wishing(usage, fail=[1])
    )
    assert job.display_name == "nightly"
    first, second, third = inlined(client, job)
    assert [one.metadata for one in (first, second, third)] == [
        {"number": "0"},
        {"number": "1"},
        {"number": "2"},
    ]
    assert first.response is not None
    assert first.response.usage_metadata is not None
    assert first.response.usage_metadata.prompt_token_count == 10_000
    assert first.response.model_version == MODEL
    assert second.response is None
    assert second.error is not None
    assert second.error.code == 500
    assert third.response is not None
    assert third.response.usage_metadata is not None
    assert third.response.usage_metadata.prompt_token_count == 7


def test_a_file_of_requests_is_answered_by_a_file_of_results(
    client: genai.Client, tmp_path: Path
) -> None:
    """The upload, the job, and the download to memory, to a path and into a stream give the same lines."""
    source = uploaded(client, saying("one"), {"contents": []}, saying("three"))
    job = client.batches.create(model=MODEL, src=source, config=wishing(broken=[2]))
    done = client.batches.get(name=job.name or "")
    assert done.dest is not None
    name = done.dest.file_name or ""
    content = client.files.download(file=name)
    first, second, third = content.splitlines()
    assert json.loads(first)["key"] == "k0"
    assert json.loads(first)["response"]["usageMetadata"]["promptTokenCount"] == 1
    assert json.loads(second)["key"] == "k1"
    assert json.loads(second)["error"]["code"] == 400
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter"):
        json.loads(third)
    stream = io.BytesIO()
    client.files.download(file=name, destination=tmp_path / "results.jsonl")
    client.files.download(file=client.files.get(name=name), destination=stream)
    assert (tmp_path / "results.jsonl").read_bytes() == stream.getvalue() == content


def test_files_are_listed_described_and_deleted(client: genai.Client, tmp_path: Path) -> None:
    """An uploaded file keeps its size, type and display name, may not be downloaded, and can be deleted."""
    path = tmp_path / "notes.txt"
    path.write_bytes(b"x" * (9 * 1024 * 1024))  # more than one part
    file = client.files.upload(file=path, config={"display_name": "notes", "name": "my-notes"})
    assert (file.name, file.size_bytes, file.mime_type, file.display_name) == (
        "files/my-notes",
        9 * 1024 * 1024,
        "text/plain",
        "notes",
    )
    assert any(one.name == file.name for one in client.files.list(config={"page_size": 1}))
    with pytest.raises(errors.ClientError, match="Only generated"):
        client.files.download(file="files/my-notes")
    client.files.delete(name="files/my-notes")
    with pytest.raises(errors.ClientError, match="403"):
        client.files.get(name="files/my-notes")


@pytest.mark.filterwarnings("ignore:batches.create_embeddings")
def test_embeddings_are_batched_inlined_and_from_a_file(client: genai.Client) -> None:
    """Each result is one vector and the tokens it is billed by."""
    config = types.CreateEmbeddingsBatchJobConfig(
        http_options=types.HttpOptions(headers={"x-simulator-batch": '{"after_seconds": 0}'})
    )
    texts: list[types.ContentUnion] = ["eight by", "four"]
    job = client.batches.create_embeddings(
        model="gemini-embedding-001",
        src=types.EmbeddingsBatchJobSource(
            inlined_requests=types.EmbedContentBatch(
                contents=texts,
                config=types.EmbedContentConfig(output_dimensionality=16),
            )
        ),
        config=config,
    )
    done = client.batches.get(name=job.name or "")
    assert done.dest is not None
    results = done.dest.inlined_embed_content_responses or []
    assert [one.response and one.response.token_count for one in results] == [2, 1]
    assert results[0].response is not None
    assert results[0].response.embedding is not None
    assert len(results[0].response.embedding.values or ()) == 16

    source = uploaded(client, {"content": {"parts": [{"text": "eight by"}]}})
    job = client.batches.create_embeddings(
        model="gemini-embedding-001", src={"file_name": source}, config=config
    )
    done = client.batches.get(name=job.name or "")
    assert done.dest is not None
    (line,) = client.files.download(file=done.dest.file_name or "").splitlines()
    assert json.loads(line)["response"]["tokenCount"] == 2


@pytest.mark.parametrize("state", ["failed", "expired", "cancelled"])
def test_a_job_may_end_badly(client: genai.Client, state: str) -> None:
    """It has ended, in that state, and has no results, unless some were done."""
    empty = client.batches.create(model=MODEL, src=asking("one"), config=wishing(state=state))
    ended = client.batches.get(name=empty.name or "")
    assert ended.state is not None
    assert ended.state.value == f"JOB_STATE_{state.upper()}"
    assert ended.done
    assert ended.dest is None
    partly = client.batches.create(
        model=MODEL, src=asking("one", "two"), config=wishing(state=state, done=1)
    )
    ended = client.batches.get(name=partly.name or "")
    assert ended.dest is not None
    assert len(ended.dest.inlined_responses or ()) == 1


def test_a_job_may_never_end_until_it_is_cancelled_and_deleted(client: genai.Client) -> None:
    """Cancelling ends it; a deleted job is not found."""
    job = client.batches.create(model=MODEL, src=asking("one"), config=wishing(state="running"))
    name = job.name or ""
    assert client.batches.get(name=name).state is types.JobState.JOB_STATE_RUNNING
    client.batches.cancel(name=name)
    assert client.batches.get(name=name).state is types.JobState.JOB_STATE_CANCELLED
    client.batches.delete(name=name)
    with pytest.raises(errors.ClientError, match="404"):
        client.batches.get(name=name)


def test_jobs_are_listed_in_pages_the_newest_first(client: genai.Client) -> None:
    """The pager goes on by itself."""
    made = [
        client.batches.create(model=MODEL, src=asking("one"), config=wishing()).name
        for _ in range(3)
    ]
    listed = client.batches.list(config={"page_size": 2})
    assert len(listed.page) == 2
    assert [job.name for job, _ in zip(listed, range(3), strict=False)] == made[::-1]


async def test_the_async_sdk_does_all_of_it(
    client: genai.Client, async_client: genai.client.AsyncClient
) -> None:
    """Upload, create, get, list, download, delete."""
    source = io.BytesIO(json.dumps({"key": "a", "request": saying("one")}).encode())
    file = await async_client.files.upload(file=source, config={"mime_type": "application/jsonl"})
    job = await async_client.batches.create(
        model=MODEL, src=file.name or "", config=wishing([{"promptTokenCount": 3}])
    )
    done = await async_client.batches.get(name=job.name or "")
    assert done.dest is not None
    content = await async_client.files.download(file=done.dest.file_name or "")
    assert json.loads(content)["response"]["usageMetadata"]["promptTokenCount"] == 3
    assert (await async_client.batches.list(config={"page_size": 1})).page[0].name == job.name
    await async_client.batches.delete(name=job.name or "")
    await async_client.files.delete(name=done.dest.file_name or "")


def test_answered_lines_are_on_the_invoice_once_and_failed_ones_are_not(
    client: genai.Client, simulator: Any
) -> None:
    """However often somebody looks, each answer was billed once, at the batch tier, when the job was handed in."""
    usage = [{"promptTokenCount": 5, "candidatesTokenCount": 2}]
    job = client.batches.create(
        model=MODEL, src=asking("one", "two"), config=wishing(usage, fail=[0])
    )
    for _ in range(3):
        inlined(client, job)
    (entry,) = billed(simulator.url, job)
    assert (entry["kind"], entry["tier"], entry["model"]) == ("batch", "batch", MODEL)
    assert entry["usageMetadata"]["promptTokenCount"] == 5
    assert job.create_time is not None
    assert entry["at_unix_nano"] // 10**9 == int(job.create_time.timestamp())


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"x-simulator-batch": "{"}, "not JSON"),
        ({"x-simulator-batch": '{"state": "odd"}'}, "send succeeded or failed"),
        ({"x-simulator-batch": '{"when": 1}'}, "is an object of after_seconds"),
    ],
)
def test_a_wish_that_cannot_be_read_is_refused_with_a_remedy(
    client: genai.Client, headers: dict[str, str], says: str
) -> None:
    """A test that asks for something odd is told, not answered with something else."""
    config = types.CreateBatchJobConfig(http_options=types.HttpOptions(headers=headers))
    with pytest.raises(errors.ClientError, match=says):
        client.batches.create(model=MODEL, src=asking("one"), config=config)


def test_a_source_that_is_not_there_is_refused(client: genai.Client) -> None:
    """As at Google's: the job is not created."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(errors.ClientError, match="was not found"):
            client.batches.create(model=MODEL, src="files/nowhere")
