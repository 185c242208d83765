"""Results on their way to the app: in files of any size, to anywhere, through the sync SDK and the async one."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from google import genai
from google.genai import types
from support.batches import (
    FLASH,
    asking,
    calls,
    in_file,
    request_lines,
    result_file,
    settlements,
    upload,
    wishing,
)
from support.gemini import usage
from support.odd_server import OddServer

import gemledger


def test_odd_lines_of_a_file_are_each_taken_for_what_they_are(recorded: Any) -> None:
    """What is no result is broken, by its number in the file; empty lines are none; the rest settles."""
    good = {"response": {"usageMetadata": {"promptTokenCount": 1_000}, "candidates": [{}]}}
    lines = [
        json.dumps(good).encode(),
        b"",
        b"[]",
        b'"text"',
        b"{}",
        b"[" * 5_000,
        b'{"response": 5}',
        b"\xff\xfe",
        b'{"response": {"candidates": 5}}',
        b'{"error": {"code": 8, "message": "busy"}}',
        b'{"error": "odd"}',
        json.dumps(good).encode(),
    ]
    job = {
        "name": "batches/odd",
        "metadata": {
            "model": f"models/{FLASH}",
            "state": "BATCH_STATE_SUCCEEDED",
            "createTime": "2026-11-20T12:00:00Z",
            "output": {"responsesFile": "files/batch-odd"},
        },
    }
    with OddServer(job, file=b"\r\n".join(lines)) as server:
        client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=server.url))
        client.batches.get(name="batches/odd")
        assert client.files.download(file="files/batch-odd") == b"\r\n".join(lines)
        client.close()
    told = {
        one["gemledger.settlement.id"].split(":")[-1]: one for one in settlements(recorded.spans)
    }
    assert told.pop("broken")["gemledger.batch.broken_lines"] == (3, 4, 5, 6, 7, 8, 9)
    assert told.pop("failed-8")["gemledger.cost.pico_usd"] == 0
    assert told.pop("failed-_OTHER")["gemledger.cost.pico_usd"] == 0
    (good_ones,) = told.values()
    assert good_ones["gemledger.cost.pico_usd"] == 2 * 1_000 * 375_000
    assert good_ones["gemledger.job.results.ok"] == 2
    assert good_ones["gemledger.job.results.broken"] == 7


@pytest.mark.parametrize("form", ["name", "bare", "file"])
def test_results_settle_however_their_file_is_named(
    client: genai.Client, recorded: Any, form: str
) -> None:
    """By its name, with and without the prefix, or by the file itself."""
    name = result_file(in_file(client, usage(10_000, 1_000)))
    forms: dict[str, Any] = {
        "name": name,
        "bare": name.removeprefix("files/"),
        "file": client.files.get(name=name),
    }
    client.files.download(file=forms[form])
    (settled,) = settlements(recorded.spans)
    assert settled["gemledger.cost.pico_usd"] == 5_625_000_000


@pytest.mark.parametrize("destination", ["memory", "path", "stream"])
def test_a_large_file_is_read_beside_the_app(
    client: genai.Client, recorded: Any, tmp_path: Path, destination: str
) -> None:
    """The bytes arrive untouched wherever they go; a thread reads them where that takes long, and flush() waits."""
    source = upload(client, request_lines(400, "Tell me more. " * 30))
    job = client.batches.create(model=FLASH, src=source, config=wishing(usage(10_000, 1_000)))
    name = result_file(client.batches.get(name=job.name or ""))
    path, stream = tmp_path / "results.jsonl", io.BytesIO()
    if destination == "memory":
        content = client.files.download(file=name)
    elif destination == "path":
        client.files.download(file=name, destination=path)
        content = path.read_bytes()
        path.unlink()
    else:
        client.files.download(file=name, destination=stream)
        content = stream.getvalue()
    gemledger.flush()
    assert len(content) > 256 * 1024
    assert len(content.splitlines()) == 400
    (settled,) = settlements(recorded.spans)
    assert settled["gemledger.unsampled.calls"] == 400
    assert settled["gemledger.cost.pico_usd"] == 400 * 5_625_000_000


async def test_the_async_sdk_is_settled_alike(
    client: genai.Client, recorded: Any, tmp_path: Path
) -> None:
    """Inlined, and from a file downloaded to memory, to a path and into a stream."""
    counted = usage(10_000, 1_000)
    async with client.aio as aio:
        job = await aio.batches.create(model=FLASH, src=asking(), config=wishing(counted))
        await aio.batches.get(name=job.name or "")
        for destination in (None, tmp_path / "results.jsonl", io.BytesIO()):
            file = await aio.files.upload(
                file=io.BytesIO(request_lines()), config={"mime_type": "application/jsonl"}
            )
            job = await aio.batches.create(
                model=FLASH, src=file.name or "", config=wishing(counted)
            )
            done = await aio.batches.get(name=job.name or "")
            await aio.files.download(file=result_file(done), destination=destination)
    assert [one["gemledger.cost.pico_usd"] for one in settlements(recorded.spans)] == [
        5_625_000_000
    ] * 4


class AwaitedStream:
    """A stream whose writes have to be awaited, as aiofiles has them."""

    def __init__(self) -> None:
        self.content = b""

    async def write(self, piece: bytes) -> None:
        """Write, when somebody waits for it."""
        self.content += piece


async def test_the_async_sdk_lists_cancels_deletes_and_awaits_alike(
    client: genai.Client, recorded: Any
) -> None:
    """Its pager settles what it shows, and a stream's writes are awaited as without us."""
    counted, stream = usage(10_000, 1_000), AwaitedStream()
    async with client.aio as aio:
        job = await aio.batches.create(model=FLASH, src=asking(), config=wishing(counted))
        name = job.name or ""
        async for seen in await aio.batches.list(config={"page_size": 1}):
            if seen.name == name:
                break
        await aio.batches.cancel(name=name)
        await aio.batches.delete(name=name)
        filed = in_file(client, counted)
        destination: Any = stream
        await aio.files.download(file=result_file(filed), destination=destination)
    assert stream.content.count(b"usageMetadata") == 1
    told = settlements(recorded.spans)
    assert [one["gemledger.job.name"] for one in told] == [name, filed.name]
    for operation in ("batch_list", "batch_cancel", "batch_delete"):
        (call,) = calls(recorded.spans, operation)
        assert call["gemledger.job.name"] == name
        assert call["gemledger.cost.reasons"] == ("free_operation",)
