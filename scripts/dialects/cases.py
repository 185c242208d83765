"""The recorded cases: real calls of the real SDK, answered by the simulator with the usage that cases.toml says."""

import base64
import json
import random
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from google import genai
from google.genai import errors, types

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests/collector/dialects/cases.toml"
PLANTED = "planted.person@example.com"
"""An address in every prompt and answer: nobody may find it in a table afterwards."""
PROMPT = f"Write to {PLANTED} about the order."
IMAGE = b"\x89PNG\r\n\x1a\n" + random.Random(7).randbytes(1_000)
MODEL = "gemini-2.5-flash"

Json = dict[str, Any]
Case = Mapping[str, Any]


def cases() -> dict[str, Case]:
    """Every case by name."""
    return tomllib.loads(CASES.read_text())


def usage(tokens: Mapping[str, int]) -> Json:
    """``usageMetadata`` as on the wire."""
    counts = {
        "promptTokenCount": tokens["prompt"],
        "candidatesTokenCount": tokens.get("candidates"),
        "thoughtsTokenCount": tokens.get("thoughts"),
        "toolUsePromptTokenCount": tokens.get("tool_use"),
        "cachedContentTokenCount": tokens.get("cached"),
    }
    billed = ("prompt", "candidates", "thoughts", "tool_use")
    message: Json = {name: count for name, count in counts.items() if count is not None}
    message["totalTokenCount"] = sum(tokens.get(name, 0) for name in billed)
    message["promptTokensDetails"] = _details(tokens["prompt"], tokens.get("audio", 0))
    if "cached" in tokens:
        message["cacheTokensDetails"] = _details(tokens["cached"], tokens.get("cached_audio", 0))
    return message


def _details(whole: int, audio: int) -> list[Json]:
    parts = {"TEXT": whole - audio, "AUDIO": audio}
    return [{"modality": name, "tokenCount": count} for name, count in parts.items() if count]


def answer(part: Json, tokens: Mapping[str, int], **fields: str) -> Json:
    """One response."""
    candidate = {"content": {"parts": [part], "role": "model"}, **fields}
    return {"candidates": [candidate], "usageMetadata": usage(tokens)}


def script(case: Case) -> Json | list[Json]:
    """What the simulator is told to say."""
    text = {"text": f"Written to {PLANTED}."}
    if status := case.get("status"):
        return {"status": status}
    if case["call"] == "embed":
        return {
            "response": {
                "embeddings": [{"values": [0.1, 0.2]}],
                "usageMetadata": {"promptTokenCount": case["exchanges"][0]["prompt"]},
            }
        }
    if chunks := case.get("chunks"):
        thought = {"text": "Hm.", "thought": True}
        parts = [text if "candidates" in chunk else thought for chunk in chunks]
        answers = [answer(*each) for each in zip(parts, chunks, strict=True)]
        answers[-1]["candidates"][0]["finishReason"] = "STOP"
        return {"chunks": [each | {"responseId": "r-stream"} for each in answers]}
    asks = {"functionCall": {"name": "address_of", "args": {"name": "Ann"}}}
    *before, last = case["exchanges"]
    steps = [{"response": answer(asks, tokens, finishReason="STOP")} for tokens in before]
    return [*steps, {"response": answer(text, last, finishReason="STOP")}]


def address_of(name: str) -> str:
    """The e-mail address of a customer."""
    return f"{name}: {PLANTED}"


def play(case: Case, url: str) -> None:
    """Make the case's call as an app would."""
    headers = {"x-simulator-script": json.dumps(script(case)), "x-simulator-script-id": uuid4().hex}
    options = types.HttpOptions(base_url=url, headers=headers)
    with genai.Client(api_key="any", http_options=options) as client, suppress(errors.APIError):
        _play(client.models, case)


def _play(models: Any, case: Case) -> None:  # noqa: ANN401 - the SDK's own class, patched or not
    model = case.get("model", MODEL)
    match case["call"]:
        case "stream":
            _consume(models.generate_content_stream(model=model, contents=PROMPT))
        case "embed":
            models.embed_content(model=model, contents=PROMPT)
        case _:
            models.generate_content(model=model, contents=_contents(case), config=_config(case))


def _contents(case: Case) -> Any:  # noqa: ANN401 - whatever the SDK takes
    if case["call"] == "image":
        return [PROMPT, types.Part.from_bytes(data=IMAGE, mime_type="image/png")]
    if any("audio" in tokens for tokens in case["exchanges"]):
        return [PROMPT, types.Part.from_bytes(data=IMAGE[:90], mime_type="audio/wav")]
    return PROMPT


def _config(case: Case) -> types.GenerateContentConfig | None:
    if case["call"] == "functions":
        return types.GenerateContentConfig(tools=[address_of])
    if any("tool_use" in tokens for tokens in case["exchanges"]):
        tool = types.Tool(code_execution=types.ToolCodeExecution())
        return types.GenerateContentConfig(tools=[tool])
    return None


def _consume(chunks: Iterator[Any]) -> None:
    with suppress(TypeError):  # one of the instrumentations raises into streams without candidates
        for _ in chunks:
            pass


IMAGE_MARK = base64.b64encode(IMAGE).decode()[400:440]
"""A stretch of the image as it looks in base64."""
