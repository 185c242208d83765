"""What models make that answer in pictures or sound, and the tokens it has."""

import base64
from dataclasses import dataclass

from . import draw
from .fields import Json
from .prompt import Prompt
from .tokens import text_tokens

_IMAGE_TOKENS = {
    "gemini-3.1-flash-image": {"512": 747, "1k": 1120, "2k": 1680, "4k": 2520},
    "gemini-3-pro-image": {"4k": 2000},
    "gemini-2.5-flash-image": {"1k": 1290},
}
_IMAGE_TOKENS_ELSEWHERE = 1120
_SPEECH_TOKENS_PER_SECOND = 25
_TEXT_TOKENS_SPOKEN_PER_SECOND = 3
_SONG_SECONDS = 30
_BYTES_PER_SECOND = 100
"""Far fewer than sound has: what is billed are tokens, and nobody listens."""


@dataclass(frozen=True, slots=True)
class Made:
    """A part of an answer, and its tokens by modality."""

    part: Json
    modality: str
    tokens: int
    thinks: bool
    """Whether the model thinks about it before."""


def made(prompt: Prompt) -> Made | None:
    """What is made of a prompt; None where the model answers in text."""
    model = prompt.model
    if "tts" in model:
        spoken = text_tokens(prompt.last_user_text)
        seconds = max(1, -(-spoken // _TEXT_TOKENS_SPOKEN_PER_SECOND))
        return _sound(prompt, "audio/L16;codec=pcm;rate=24000", seconds)
    if "lyria" in model:
        return _sound(prompt, "audio/mpeg", _SONG_SECONDS)
    if "image" in model or "banana" in model:
        part = _part("image/png", b"\x89PNG\r\n\x1a\n" + prompt.digest)
        sizes = _IMAGE_TOKENS.get(model.removesuffix("-preview"), {})
        tokens = sizes.get(prompt.wanted.image_size, _IMAGE_TOKENS_ELSEWHERE)
        return Made(part, "IMAGE", tokens, thinks=True)
    return None


def songs(body: Json) -> Json:
    """What a song's line on the invoice says beside its tokens."""
    made_songs = len(body.get("candidates", ()))
    return {"songs": made_songs} if "lyria" in body["modelVersion"] else {}


def _sound(prompt: Prompt, mime_type: str, seconds: int) -> Made:
    noise, size = draw.digest(prompt.digest, "sound"), seconds * _BYTES_PER_SECOND
    part = _part(mime_type, (noise * (size // len(noise) + 1))[:size])
    return Made(part, "AUDIO", seconds * _SPEECH_TOKENS_PER_SECOND, thinks=False)


def _part(mime_type: str, data: bytes) -> Json:
    return {"inlineData": {"mimeType": mime_type, "data": base64.b64encode(data).decode()}}
