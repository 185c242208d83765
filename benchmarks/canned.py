"""A Gemini inside the process: every HTTP request is answered from memory, so that only SDK and instrumentation work.

``canned()`` answers below the SDK's own attempt, where no HTTP client runs at all: the hardest denominator for whoever
adds something to a call. ``transport()`` answers below the HTTP client, so that a call costs what it costs an app.
"""

import json
from collections.abc import Generator
from typing import Any

import httpx2
from google.genai._api_client import BaseApiClient, HttpRequest, HttpResponse

MODEL = "gemini-2.5-flash"
CHUNKS = 100
HEADERS = {"x-gemini-service-tier": "standard", "content-type": "application/json"}
USAGE = {
    "promptTokenCount": 1200,
    "candidatesTokenCount": 150,
    "thoughtsTokenCount": 80,
    "cachedContentTokenCount": 512,
    "totalTokenCount": 1430,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 1200}],
    "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": 150}],
}


def body(part: dict[str, Any], *, last: bool = True) -> dict[str, Any]:
    """One response, or one chunk, as Gemini sends it."""
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": [part]}, "index": 0}
    if last:
        candidate["finishReason"] = "STOP"
    return {
        "candidates": [candidate],
        "usageMetadata": USAGE,
        "modelVersion": MODEL,
        "responseId": "r1",
    }


ANSWER = json.dumps(body({"text": "An answer of a few words."}))
FUNCTION_CALL = json.dumps(
    body({"functionCall": {"name": "get_weather", "args": {"city": "Paris"}}})
)
STREAM = [body({"text": "word "}, last=number == CHUNKS - 1) for number in range(CHUNKS)]


class CannedStream(HttpResponse):
    """A streamed response that is already here."""

    def segments(self) -> Generator[Any, None, None]:
        """The chunks, parsed, as the SDK's own method gives them."""
        yield from STREAM


def _answer(http_request: HttpRequest) -> str:
    """The answer; with tools, first two function calls, so that a call of them makes three exchanges."""
    asked: Any = http_request.data
    return FUNCTION_CALL if asked.get("tools") and len(asked["contents"]) < 5 else ANSWER


def _once(_client: object, http_request: HttpRequest, stream: bool = False) -> HttpResponse:
    """In place of an HTTP request."""
    if stream:
        return CannedStream(HEADERS, None)
    return HttpResponse(dict(HEADERS), [_answer(http_request)])


async def _async_once(
    _client: object, http_request: HttpRequest, _stream: bool = False, **_: object
) -> HttpResponse:
    """The same, async."""
    return HttpResponse(dict(HEADERS), [_answer(http_request)])


CANNED = {"_request_once": _once, "_async_request_once": _async_once}


def canned() -> None:
    """From now on no request of the SDK in this process leaves it."""
    for name, answer in CANNED.items():
        setattr(BaseApiClient, name, answer)


def transport() -> httpx2.Client:
    """An HTTP client of the kind the SDK itself uses, which answers from memory."""

    def handle(_request: object) -> httpx2.Response:
        return httpx2.Response(200, headers=HEADERS, text=ANSWER)

    return httpx2.Client(transport=httpx2.MockTransport(handle))
