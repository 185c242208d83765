"""A reply of the engine's own, in the words of the Live API."""

import base64

from gemledger_simulator.engine import Platform
from gemledger_simulator.fields import Json, field, submessage

from .script import Reply

_PCM = "audio/pcm;rate=24000"
_BYTES_PER_TOKEN = 1920  # 25 tokens a second, 16 bit at 24 kHz
_NAMES_ON_VERTEX = ("candidatesTokenCount", "candidatesTokensDetails")
_NAMES = ("responseTokenCount", "responseTokensDetails")
_CACHED = ("cachedContentTokenCount", "cacheTokensDetails")  # nothing is cached in a Live session


def reply_of(body: Json, setup: Json, platform: Platform, usage: Json | None) -> Reply:
    """The steps that say what a GenerateContentResponse says; ``usage``: with exactly this usageMetadata."""
    (candidate,) = body.get("candidates") or [{}]
    aloud = _speaks(setup)
    names = _NAMES_ON_VERTEX if platform == "vertex_ai" else _NAMES
    told = usage or _live_usage(body["usageMetadata"], names, aloud=aloud)
    parts = submessage(candidate, "content").get("parts", [])
    calls = [part["functionCall"] for part in parts if "functionCall" in part]
    steps = [_content(part, told, aloud=aloud) for part in parts if "functionCall" not in part]
    grounding = candidate.get("groundingMetadata")
    if grounding:
        steps.append({"serverContent": {"groundingMetadata": grounding}})
    if calls:
        return Reply((*steps, {"toolCall": {"functionCalls": calls}, "usageMetadata": told}))
    steps.append({"serverContent": {"generationComplete": True}})
    steps.append({"serverContent": {"turnComplete": True}, "usageMetadata": told})
    return Reply(tuple(steps))


def _speaks(setup: Json) -> bool:
    """Whether the session answers in audio, as it does unless text is asked for."""
    config = submessage(setup, "generationConfig")
    modalities = field(config, "responseModalities") or ["AUDIO"]
    return isinstance(modalities, list) and "AUDIO" in modalities


def _content(part: Json, usage: Json, *, aloud: bool) -> Json:
    """One part as a message; what is said aloud comes with its transcription."""
    if not aloud or part.get("thought") or "text" not in part:
        return {"serverContent": {"modelTurn": {"role": "model", "parts": [part]}}}
    counts = (usage[name] for name in (_NAMES[0], _NAMES_ON_VERTEX[0]) if name in usage)
    sound = bytes(_BYTES_PER_TOKEN * min(next(counts, 1), 50))
    blob = {"mimeType": _PCM, "data": base64.b64encode(sound).decode()}
    return {
        "serverContent": {
            "modelTurn": {"role": "model", "parts": [{"inlineData": blob}]},
            "outputTranscription": {"text": part["text"]},
        }
    }


def _live_usage(usage: Json, names: tuple[str, str], *, aloud: bool) -> Json:
    """The usage as the Live API words it: its total leaves the thoughts out, and the Gemini API counts responses."""
    renamed = dict(zip(_NAMES_ON_VERTEX, names, strict=True))
    told = {renamed.get(name, name): value for name, value in usage.items()}
    for name in _CACHED:
        told.pop(name, None)
    told["totalTokenCount"] -= told.get("thoughtsTokenCount", 0)
    count, details = names
    if aloud and count in told:
        told[details] = [{"modality": "AUDIO", "tokenCount": told[count]}]
    return told
