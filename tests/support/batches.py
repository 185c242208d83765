"""Batches through the real SDK: what is asked of the simulator, and what comes out as spans."""

import io
import json
from collections.abc import Sequence
from typing import Any

from google import genai
from google.genai import types
from opentelemetry.sdk.trace import ReadableSpan

NOON = 1_795_176_000 * 10**9
"""2026-11-20T12:00:00Z."""
FLASH, PRO, OLD_PRO = "gemini-3.8-flash", "gemini-3.1-pro-preview", "gemini-2.5-pro"


def wished(usage: Any = None, **wish: Any) -> types.HttpOptions:
    """What is to become of a batch; it is done at once unless the wish says otherwise."""
    headers = {"x-simulator-batch": json.dumps({"after_seconds": 0} | wish)}
    if usage is not None:
        headers["x-simulator-usage"] = json.dumps(usage)
    return types.HttpOptions(headers=headers)


def wishing(usage: Any = None, **wish: Any) -> types.CreateBatchJobConfig:
    """The same as a config."""
    return types.CreateBatchJobConfig(http_options=wished(usage, **wish))


def asking(count: int = 1, text: str = "Hello") -> list[types.InlinedRequest]:
    """Inlined requests."""
    return [types.InlinedRequest(contents=text) for _ in range(count)]


def request_lines(count: int = 1, text: str = "Hello") -> bytes:
    """A JSONL file of requests."""
    request = {"contents": [{"role": "user", "parts": [{"text": text}]}]}
    lines = [{"key": f"k{number}", "request": request} for number in range(count)]
    return "\n".join(map(json.dumps, lines)).encode()


def upload(client: genai.Client, content: bytes) -> str:
    """The name of a file of requests."""
    file = client.files.upload(file=io.BytesIO(content), config={"mime_type": "application/jsonl"})
    assert file.name is not None
    return file.name


def inlined(client: genai.Client, usage: Any, *, model: str = FLASH, **wish: Any) -> types.BatchJob:
    """A job of inlined requests, one for each usage, seen done."""
    count = len(usage) if isinstance(usage, list) else 1
    job = client.batches.create(model=model, src=asking(count), config=wishing(usage, **wish))
    return client.batches.get(name=job.name or "")


def in_file(client: genai.Client, usage: Any, *, model: str = FLASH, **wish: Any) -> types.BatchJob:
    """A job of requests in a file, one for each usage, seen done."""
    count = len(usage) if isinstance(usage, list) else 1
    source = upload(client, request_lines(count))
    job = client.batches.create(model=model, src=source, config=wishing(usage, **wish))
    return client.batches.get(name=job.name or "")


def result_file(job: types.BatchJob) -> str:
    """The name of its file of results."""
    assert job.dest is not None
    assert job.dest.file_name is not None
    return job.dest.file_name


def settlements(spans: Sequence[ReadableSpan]) -> list[dict[str, Any]]:
    """What was settled."""
    return [dict(span.attributes or {}) for span in spans if span.name == "gemledger.settlement"]


def calls(spans: Sequence[ReadableSpan], operation: str) -> list[dict[str, Any]]:
    """The calls of one operation."""
    found = [dict(span.attributes or {}) for span in spans if span.name != "gemledger.settlement"]
    return [one for one in found if one["gen_ai.operation.name"] == operation]


def usd(settled: Sequence[dict[str, Any]]) -> float:
    """What settlements come to, in USD; it fails where one has no price."""
    pico: int = sum(one["gemledger.cost.pico_usd"] for one in settled)
    return pico / 1e12
