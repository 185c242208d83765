"""Real google-genai clients of a simulator."""

from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials


def gemini_api(url: str, **headers: str) -> genai.Client:
    """A client of the Gemini API; ``headers`` go with every request, ``_`` for ``-``."""
    return genai.Client(api_key="test-key", http_options=_options(url, headers))


def vertex_ai(url: str, location: str = "global", **headers: str) -> genai.Client:
    """A client of Vertex AI, with a token of our own making: nothing is asked of Google."""
    return genai.Client(
        vertexai=True,
        project="skerry",
        location=location,
        credentials=Credentials(token="made-up"),  # type: ignore[no-untyped-call]  # google-auth has no types here
        http_options=_options(url, headers),
    )


def _options(url: str, headers: dict[str, str]) -> types.HttpOptions:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return types.HttpOptions(base_url=url, headers=named)
