"""What a batch is expected to cost, from its creation until it settles: by hand, from what is known without asking."""

from pathlib import Path
from typing import Any

import httpx2
from google import genai
from google.genai import types
from support.batches import FLASH, PRO, calls, request_lines, upload, wishing
from support.day import SimulatorInThread

COMMITTED = "gemledger.job.committed_pico_usd"
REQUESTS = "gemledger.job.requests"


def created(recorded: Any) -> dict[str, Any]:
    """The only creation."""
    (call,) = calls(recorded.spans, "batch_create")
    return call


def test_a_creation_costs_nothing_and_says_what_is_expected(
    client: genai.Client, recorded: Any
) -> None:
    """Four characters a token, the longest answer allowed, else a thousand tokens, at the batch tier."""
    job = client.batches.create(
        model=FLASH,
        src=[
            types.InlinedRequest(contents="x" * 4_000),
            types.InlinedRequest(
                contents=[types.Content(role="user", parts=[types.Part(text="x" * 400)])],
                config=types.GenerateContentConfig(
                    max_output_tokens=50, system_instruction="x" * 40
                ),
            ),
        ],
        config=wishing(),
    )
    call = created(recorded)
    assert call["gemledger.cost.pico_usd"] == 0
    assert call["gemledger.cost.reasons"] == ("settled_later",)
    assert call["gemledger.job.name"] == call["gemledger.batch.name"] == job.name
    assert call["gemledger.job.state"] == "pending"
    assert call[REQUESTS] == 2
    # .375 and 1.875 a million
    first = 1_000 * 375_000 + 1_000 * 1_875_000
    second = 110 * 375_000 + 50 * 1_875_000
    assert call[COMMITTED] == first + second


def test_the_step_of_an_estimate_is_decided_for_each_request(
    client: genai.Client, recorded: Any
) -> None:
    """A prompt of 250,000 tokens is committed at 2 and 9 a million."""
    config = types.GenerateContentConfig(max_output_tokens=2_000)
    requests = [types.InlinedRequest(contents="x" * 1_000_000, config=config)]
    client.batches.create(model=PRO, src=requests, config=wishing())
    assert created(recorded)[COMMITTED] == 518_000_000_000


def test_a_file_of_requests_that_this_process_uploaded_is_expected_by_its_size(
    client: genai.Client, recorded: Any, tmp_path: Path
) -> None:
    """Four bytes a token; its lines are counted where it was given by its path."""
    path = tmp_path / "requests.jsonl"
    path.write_bytes(request_lines(10, "x" * 4_000))
    file = client.files.upload(file=path, config={"mime_type": "application/jsonl"})
    client.batches.create(model=FLASH, src=file.name or "", config=wishing())
    call = created(recorded)
    assert call[REQUESTS] == 10
    each = path.stat().st_size // 4 // 10
    assert call[COMMITTED] == 10 * (each * 375_000 + 1_000 * 1_875_000)


def test_a_stream_that_was_uploaded_is_not_read_again(client: genai.Client, recorded: Any) -> None:
    """Its size is known, how many requests there are is not: what is asked is expected, no answer is."""
    content = request_lines(10, "x" * 4_000)
    client.batches.create(model=FLASH, src=upload(client, content), config=wishing())
    call = created(recorded)
    assert REQUESTS not in call
    assert call[COMMITTED] == len(content) // 4 * 375_000


def test_of_a_file_that_somebody_else_uploaded_nothing_is_expected(
    client: genai.Client, gemini: SimulatorInThread, recorded: Any
) -> None:
    """Unknown is not zero: there is no figure at all."""
    started = httpx2.post(
        f"{gemini.url}/upload/v1/files?key=any", headers={"x-goog-upload-command": "start"}, json={}
    )
    sent = httpx2.post(
        started.headers["x-goog-upload-url"],
        headers={"x-goog-upload-command": "upload, finalize", "x-goog-upload-offset": "0"},
        content=request_lines(),
    )
    name = sent.json()["file"]["name"]
    client.batches.create(model=FLASH, src=name, config=wishing())
    assert COMMITTED not in created(recorded)
    assert created(recorded)["gemledger.job.state"] == "pending"
