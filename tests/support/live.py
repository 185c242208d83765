"""Live sessions: the real SDK's client for a simulator with TLS, and what a scripted server says."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import pytest
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials

from .gemini import by_modality

Json = dict[str, Any]
LIVE = "gemini-3.8-live"


class SimulatorWithTls(Protocol):
    """A simulator, wherever it runs."""

    tls_url: str
    certificate: str
    """Path of the certificate to trust."""


@contextmanager
def live_client(simulator: SimulatorWithTls, **options: Any) -> Iterator[genai.Client]:
    """The real SDK, which trusts this simulator and nobody else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", simulator.certificate)
        made = genai.Client(
            api_key="test-key",
            http_options=types.HttpOptions(base_url=simulator.tls_url),
            **options,
        )
    yield made
    made.close()


@contextmanager
def vertex_client(simulator: SimulatorWithTls) -> Iterator[genai.Client]:
    """The same for Vertex AI, with a token of its own making: nothing is asked of Google."""
    with pytest.MonkeyPatch.context() as patch:
        # The two ways to trust it: the environment above, and a context of one's own, as Vertex AI's client asks for.
        context = ssl.create_default_context(cafile=simulator.certificate)
        patch.delenv("SSL_CERT_FILE", raising=False)
        options = types.HttpOptions(base_url=simulator.tls_url, async_client_args={"ssl": context})
        token = Credentials(token="made-up")  # type: ignore[no-untyped-call]  # google-auth has no types here
        made = genai.Client(
            vertexai=True,
            project="skerry",
            location="global",
            credentials=token,
            http_options=options,
        )
    yield made
    made.close()


def scripted(*replies: list[Json], **config: Any) -> types.LiveConnectConfig:
    """A session's config in which the server says exactly this, one reply to each demand."""
    options = types.HttpOptions(headers={"x-simulator-live": json.dumps(replies)})
    return types.LiveConnectConfig(
        **{"http_options": options, "response_modalities": [types.Modality.TEXT], **config}
    )


def words(text: str, **content: Any) -> Json:
    """A message in which the model says this."""
    turn = {"role": "model", "parts": [{"text": text}]}
    return {"serverContent": {"modelTurn": turn, **content}}


def done(usage: Json | None = None, **content: Any) -> Json:
    """The message that ends a turn, with what it is billed by."""
    message: Json = {"serverContent": {"turnComplete": True, **content}}
    return message if usage is None else message | {"usageMetadata": usage}


def live_usage(
    prompt: int, response: int, thoughts: int = 0, *, heard: int = 0, spoken: int = 0
) -> Json:
    """Usage of a turn; of the prompt ``heard`` tokens are audio, of the response ``spoken``; the rest is text."""
    usage: Json = {
        "promptTokenCount": prompt,
        "responseTokenCount": response,
        "totalTokenCount": prompt + response,  # the thoughts are left out, as Google does
        "promptTokensDetails": by_modality(text=prompt - heard, audio=heard),
        "responseTokensDetails": by_modality(text=response - spoken, audio=spoken),
    }
    return usage | {"thoughtsTokenCount": thoughts} if thoughts else usage


FORUM: Json = {
    "promptTokenCount": 522,
    "responseTokenCount": 42,
    "totalTokenCount": 564,
    "promptTokensDetails": by_modality(text=332, audio=165),
    "responseTokensDetails": by_modality(audio=42),
    "thoughtsTokenCount": 136,
}
"""A turn of gemini-3.8-live as somebody saw it on the wire: 25 prompt tokens are in no detail."""
FORUM_PICO_USD = 357 * 750_000 + 165 * 3_000_000 + 42 * 12_000_000 + 136 * 4_500_000
"""Text in at $0.75 a million, those 25 tokens too; audio in at $3, out at $12; thoughts as text out at $4.50."""
