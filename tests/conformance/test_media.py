"""Embeddings, images, videos, counting: an app cannot tell the difference, whatever comes back."""

import logging
import warnings
from typing import Any

import pytest
from conformance.sdk import VERSION
from conformance.stage import Act, Log, Stage
from conformance.test_modes import vertex
from google import genai
from google.genai import types
from support.gemini import Json

pytestmark = pytest.mark.skipif(
    VERSION < (3, 4), reason="methods and platforms differ in older google-genai"
)

NAME = "projects/skerry/locations/l/publishers/google/models/veo-3.1-generate-001/operations/7"
BEGUN: Json = {"name": NAME, "modelVersion": None, "responseId": None}
PICTURE: Json = {"mimeType": "image/png", "bytesBase64Encoded": "iVBORw0KGgo="}
ODD: list[Json] = [
    {"response": {"modelVersion": None}},
    {"response": {"predictions": [{"odd": 1}], "embeddings": [{}], "totalTokens": None}},
    {"status": 400},
    {"status": 503},
    {"end": "disconnect"},
]
"""What else a server may answer to anything."""


def acts() -> dict[str, tuple[Act, Json]]:
    """Apps by name, each with what it gets when all goes well."""

    def embed(client: genai.Client, log: Log) -> None:
        log.append(client.models.embed_content(model="gemini-embedding-001", contents="a"))

    async def embed_async(client: genai.Client, log: Log) -> None:
        log.append(await client.aio.models.embed_content(model="text-embedding-005", contents="a"))

    def count(client: genai.Client, log: Log) -> None:
        log.append(client.models.count_tokens(model="gemini-3.8-flash", contents="a"))

    async def compute_async(client: genai.Client, log: Log) -> None:
        log.append(await client.aio.models.compute_tokens(model="gemini-3.8-flash", contents="a"))

    def imagine(client: genai.Client, log: Log) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            log.append(client.models.generate_images(model="imagen-4.0-generate-001", prompt="a"))

    def film(client: genai.Client, log: Log) -> None:
        source = types.GenerateVideosSource(prompt="a")
        model = "veo-3.1-generate-001"
        log.append(client.models.generate_videos(model=model, source=source))

    async def look_async(client: genai.Client, log: Log) -> None:
        operation: Any = types.GenerateVideosOperation.model_validate({"name": NAME})
        log.append(await client.aio.operations.get(operation))

    embedded = {"embeddings": {"values": [1.0], "statistics": {"token_count": 2}}}
    return {
        "embed": (embed, {"predictions": [embedded]}),
        "embed async": (embed_async, {"predictions": [embedded]}),
        "count": (count, {"totalTokens": 5}),
        "compute async": (compute_async, {"tokensInfo": [{"role": "user", "tokenIds": ["1"]}]}),
        "imagine": (imagine, {"predictions": [PICTURE]}),
        "film": (film, BEGUN),
        "look async": (look_async, BEGUN | {"done": True, "response": {"videos": [{}]}}),
    }


ACTS = acts()


@pytest.mark.parametrize("name", ACTS)
async def test_what_comes_back_is_what_comes_back_without_us(stage: Stage, name: str) -> None:
    """One span, and the very answer."""
    act, answer = ACTS[name]
    recorded = await stage.compare(act, {"response": answer}, **vertex())

    calls = [span for span in recorded.spans if span.name != "gemledger.settlement"]
    assert len(calls) == 1


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("step", ODD, ids=["empty", "odd", "400", "503", "disconnect"])
async def test_odd_answers_and_errors_are_the_apps_own(
    stage: Stage, name: str, step: Json, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever it is, it is the same as without us, and nothing of ours breaks over it."""
    with caplog.at_level(logging.DEBUG, "gemledger"):
        recorded = await stage.compare(ACTS[name][0], step, **vertex())

    assert len(recorded.spans) >= 1
    assert "could not record" not in caplog.text
