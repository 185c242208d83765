"""Embeddings: unit vectors in which texts with common words lie close together."""

import math
import re
from collections.abc import Iterable

from . import draw
from .fields import Json, field, submessage, submessages, whole_number
from .prompt import BadRequest
from .tokens import Segment, by_modality, part_segment, text_segment
from .usage import Usage

_DIMENSIONS = 3072
_WORD = re.compile(r"\w+")
_PLACES_PER_WORD = 8


def respond(model: str, request: Json, method: str) -> Json:
    """The body for one of the three methods. Raises BadRequest."""
    if method == "predict":
        return _predict(request)
    requests = [request] if method == "embedContent" else submessages(request, "requests")
    if not requests:
        raise BadRequest("* BatchEmbedContentsRequest.requests: requests is not specified")
    segments = [_segments(one) for one in requests]
    vectors = [
        {"values": _vector(model, found, _dimensions(one))}
        for one, found in zip(requests, segments, strict=True)
    ]
    counts = by_modality(segment for found in segments for segment in found)
    usage = Usage(prompt_tokens=sum(counts.values()), prompt_details=counts).metadata()
    if method == "embedContent":
        return {"embedding": vectors[0], "usageMetadata": usage}
    return {"embeddings": vectors, "usageMetadata": usage}


def _predict(request: Json) -> Json:
    """Vertex's older method: tokens per text, and characters for the bill."""
    instances = submessages(request, "instances")
    texts = [str(field(instance, "content") or "") for instance in instances]
    if not texts:
        raise BadRequest("* PredictRequest.instances: instances is not specified")
    dimensions = whole_number(submessage(request, "parameters"), "outputDimensionality") or 768
    predictions = [
        {
            "embeddings": {
                "values": _vector("predict", [text_segment(text)], dimensions),
                "statistics": {"token_count": text_segment(text).tokens, "truncated": False},
            }
        }
        for text in texts
    ]
    characters = sum(len(text.replace(" ", "")) for text in texts)
    return {"predictions": predictions, "metadata": {"billableCharacterCount": characters}}


def _segments(request: Json) -> list[Segment]:
    parts = submessages(submessage(request, "content"), "parts")
    if not parts:
        raise BadRequest("* EmbedContentRequest.content: content is empty")
    return [part_segment(part) for part in parts]


def _dimensions(request: Json) -> int:
    config = submessage(request, "embedContentConfig") or request
    dimensions = whole_number(config, "outputDimensionality")
    if dimensions is not None and not 1 <= dimensions <= _DIMENSIONS:
        raise BadRequest(f"output_dimensionality must be in 1..{_DIMENSIONS}, got {dimensions}")
    return dimensions or _DIMENSIONS


def _vector(model: str, segments: Iterable[Segment], dimensions: int) -> list[float]:
    """Each word adds to eight places of its own; the sum is brought to length 1."""
    values = [0.0] * dimensions
    for segment in segments:
        text = segment.payload.decode(errors="ignore") if segment.modality == "TEXT" else ""
        words = _WORD.findall(text.casefold()) or [segment.payload[:64].hex()]
        for word in words:
            for place in range(_PLACES_PER_WORD):
                mark = int.from_bytes(draw.digest(model, word, place)[:8], "big")
                values[(mark >> 1) % dimensions] += 1.0 if mark & 1 else -1.0
    norm = math.sqrt(sum(value * value for value in values)) or 1.0
    return [round(value / norm, 7) for value in values]
