"""Methods that count or embed: one request, one answer, no draw and no stream."""

import base64
from dataclasses import dataclass

from .backend import Backend
from .engine import Platform, SimulatedResponse, error
from .fields import Json, submessage, submessages
from .prompt import BadRequest, parse
from .tokens import BYTES_PER_TOKEN

EMBEDDINGS = ("embedContent", "batchEmbedContents", "predict")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    model: str
    platform: Platform
    message: Json


def respond(backend: Backend, asked: Asked) -> SimulatedResponse | None:
    """The answer; None where the method is none of these."""
    if asked.method == "countTokens":
        return backend.engine.count_tokens(asked.model, asked.message)
    if asked.method == "computeTokens":
        return _compute_tokens(asked.model, asked.message)
    return _embed(backend, asked) if asked.method in EMBEDDINGS else None


def _compute_tokens(model: str, request: Json) -> SimulatedResponse:
    """Each content cut into tokens of four bytes."""
    try:
        prompt = parse(model, request)
    except BadRequest as problem:
        return error(400, str(problem))
    pieces = [
        segment.payload[at : at + BYTES_PER_TOKEN]
        for segment in prompt.segments
        for at in range(0, len(segment.payload), BYTES_PER_TOKEN)
    ]
    tokens = [base64.b64encode(piece).decode() for piece in pieces]
    numbers = [str(int.from_bytes(piece, "big") % 256_000) for piece in pieces]
    info = {"role": "user", "tokens": tokens, "tokenIds": numbers}
    return SimulatedResponse(body={"tokensInfo": [info]})


def _embed(backend: Backend, asked: Asked) -> SimulatedResponse:
    """Embeddings, and their line on the invoice."""
    at = backend.clock()
    response = backend.engine.embed(asked.model, asked.message, asked.method, asked.platform)
    if response.status == 200:
        backend.record.note(
            "embeddings",
            model=asked.model,
            tier="standard",
            platform=asked.platform,
            at_unix_nano=at,
            usageMetadata=_counted(response.body),
        )
    return response


def _counted(body: Json) -> Json:
    """The usage; of `predict` the tokens of every text together."""
    if "usageMetadata" in body:
        usage: Json = body["usageMetadata"]
        return usage
    found = [submessage(one, "embeddings") for one in submessages(body, "predictions")]
    tokens = sum(int(submessage(one, "statistics")["token_count"]) for one in found)
    return {"promptTokenCount": tokens, "totalTokenCount": tokens}
