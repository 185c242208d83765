"""Tries of a request: counted with their statuses, charged only where somebody may have been billed for them."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from google import genai
from google.genai import types

pytestmark = [  # the SDK's own, where aiohttp is installed
    pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

ANSWER = {
    "candidates": [
        {"content": {"role": "model", "parts": [{"text": "Hi"}]}, "finishReason": "STOP"}
    ],
    "usageMetadata": {"promptTokenCount": 1_000, "totalTokenCount": 1_000},
    "modelVersion": "gemini-2.5-flash",
}
PROMPT = 300_000_000
BROKEN, BUSY, SILENT = "broken", "busy", "silent"


def _reply(step: Any) -> bytes:
    """What goes over the wire for one step of a script, header names as Google's own servers may write them."""
    status, body = ("200 OK", ANSWER)
    if step == BUSY:
        status, body = "503 Unavailable", {"error": {"code": 503, "status": "UNAVAILABLE"}}
    text = json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nX-Gemini-Service-Tier: standard\r\n"
    return f"{head}Content-Length: {len(text)}\r\nConnection: close\r\n\r\n".encode() + text


@contextlib.asynccontextmanager
async def gemini(*script: Any, **options: Any) -> AsyncIterator[genai.Client]:
    """A client of a server that answers each request as the script says, hangs up after it, or keeps silent."""
    steps, over = iter(script), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().splitlines()
            if line.startswith(b"content-length")
        )
        await reader.readexactly(length)
        step = next(steps)
        if step == SILENT:
            await over.wait()
        elif step != BROKEN:
            writer.write(_reply(step))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    client = genai.Client(api_key="k", http_options=types.HttpOptions(base_url=url, **options))
    yield client
    over.set()
    await client.aio.aclose()
    client.close()
    server.close()
    await server.wait_closed()


def retrying(attempts: int) -> types.HttpRetryOptions:
    """The SDK's own retries, without their waiting."""
    return types.HttpRetryOptions(attempts=attempts, initial_delay=0.001, max_delay=0.001, jitter=0)


async def ask(client: genai.Client) -> Any:
    """One async call."""
    return await client.aio.models.generate_content(model="gemini-2.5-flash", contents="Hello")


def cost(attributes: dict[str, Any]) -> Sequence[Any]:
    """Amount, status and reasons."""
    return tuple(
        attributes.get(f"gemledger.cost.{name}") for name in ("pico_usd", "status", "reasons")
    )


async def test_a_refused_try_before_the_answer_costs_nothing(recorded: Any) -> None:
    """503, 503, 200: three tries, one exchange, one bill."""
    async with gemini(BUSY, BUSY, ANSWER, retry_options=retrying(3)) as client:
        await ask(client)

    assert recorded.attributes["gemledger.attempts"] == 3
    assert recorded.attributes["gemledger.exchanges"] == 1
    assert recorded.attributes["gemledger.retry_statuses"] == ("503", "503")
    assert cost(recorded.attributes) == (PROMPT, "exact", None)


async def test_a_try_that_nobody_answered_may_have_been_billed(recorded: Any) -> None:
    """The first request was sent and timed out; the second was answered: at least its price."""
    async with gemini(SILENT, ANSWER, retry_options=retrying(2), timeout=250) as client:
        await asyncio.to_thread(
            client.models.generate_content, model="gemini-2.5-flash", contents="Hello"
        )

    assert recorded.attributes["gemledger.attempts"] == 2
    assert len(recorded.attributes["gemledger.retry_statuses"]) == 1
    assert cost(recorded.attributes) == (
        PROMPT,
        "lower_bound",
        ("no_response", "unpriced_exchange"),
    )


async def test_a_call_that_reached_nobody_costs_nothing(recorded: Any) -> None:
    """Nothing listens there: no request went out, and none was billed."""
    async with gemini() as client:
        pass  # its server is gone now
    unreachable = genai.Client(
        api_key="k",
        http_options=types.HttpOptions(base_url=client._api_client._http_options.base_url),
    )
    with pytest.raises(Exception):  # noqa: B017, PT011 - which one is the HTTP client's business
        unreachable.models.generate_content(model="gemini-2.5-flash", contents="Hello")
    unreachable.close()

    assert recorded.attributes["gemledger.attempts"] == 1
    assert cost(recorded.attributes) == (0, "exact", None)


async def test_a_request_that_the_sdk_sends_again_by_itself_is_another_try(
    recorded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over aiohttp it does so once, silently, after a lost connection; the first may have been billed."""
    pytest.importorskip("aiohttp", reason="aiohttp is not installed: the SDK never resends here")
    monkeypatch.setattr("google.genai._api_client.random.randint", lambda *_: -1)  # its pause: 0 s
    async with gemini(BROKEN, ANSWER) as client:
        await ask(client)

    assert recorded.attributes["gemledger.attempts"] == 2
    assert recorded.attributes["gemledger.retry_statuses"] == ("ServerDisconnectedError",)
    assert cost(recorded.attributes) == (
        PROMPT,
        "lower_bound",
        ("no_response", "unpriced_exchange"),
    )


async def test_the_tier_is_read_whatever_the_http_client_makes_of_header_names(
    recorded: Any,
) -> None:
    """Httpx writes them in lower case, aiohttp leaves them as they came: nothing is left to assume."""
    async with gemini(ANSWER) as client:
        await client.aio.models.generate_content(
            model="gemini-2.5-flash",
            contents="Hello",
            config=types.GenerateContentConfig(service_tier=types.ServiceTier.PRIORITY),
        )

    assert recorded.attributes["gemledger.service_tier"] == "standard"
    assert cost(recorded.attributes) == (PROMPT, "exact", None)
