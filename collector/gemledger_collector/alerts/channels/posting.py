"""One POST within a time that nothing can stretch, and what its answer means for the message.

A timeout of a client is usually one of each read: a server that sends a byte now and then holds it for ever. Here the
whole exchange, looking up the name included, is given up when the time is over.
"""

import asyncio
import concurrent.futures
import threading
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from gemledger_collector.alerts.channels.outcome import Outcome
from gemledger_collector.alerts.channels.texts import plain

_MOST_ANSWER_BYTES = 4096
_SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Post:
    """What is sent."""

    url: str
    body: str
    headers: Mapping[str, str]
    auth: tuple[str, str] | None = None


class Poster:
    """Posts for one channel, over connections it keeps; a loop and a thread of its own, from the first post on."""

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout = timeout_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: httpx.AsyncClient | None = None

    def post(self, post: Post, *, never_shown: str = "") -> Outcome:
        """2xx is delivered; 408, 429, 5xx and a failed connection may help later; anything else never will.

        ``never_shown`` is a secret that no error may repeat.
        """
        waiting = asyncio.run_coroutine_threadsafe(self._exchange(post), self._running())
        try:
            outcome = waiting.result(self._timeout + 1)
        except (TimeoutError, concurrent.futures.TimeoutError):
            waiting.cancel()
            return Outcome(f"no answer within {self._timeout:g} s", retry=True)
        except Exception as error:  # noqa: BLE001 - a channel never raises
            outcome = Outcome(plain(f"{type(error).__name__}: {error}"), retry=True)
        if never_shown and outcome.error:
            told = outcome.error.replace(never_shown, "[hidden]")
            return Outcome(told, outcome.retry, outcome.retry_after_seconds)
        return outcome

    def close(self) -> None:
        """Close the connections kept alive, and end the thread."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        if self._client is not None:
            asyncio.run_coroutine_threadsafe(self._client.aclose(), loop).result(self._timeout)
            self._client = None
        loop.call_soon_threadsafe(loop.stop)

    async def _exchange(self, post: Post) -> Outcome:
        if self._client is None:
            # A proxy from the environment must not see alerts meant for a host nearby, so none is used.
            self._client = httpx.AsyncClient(timeout=self._timeout, trust_env=False)
        async with asyncio.timeout(self._timeout):
            sending = self._client.stream(
                "POST",
                post.url,
                content=post.body.encode(),
                headers={"Content-Type": "application/json", **post.headers},
                auth=post.auth,
            )
            async with sending as response:
                return _meaning(response, await _beginning(response))

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=_run, args=(self._loop,), daemon=True).start()
        return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


async def _beginning(response: httpx.Response) -> str:
    """What the answer says, as far as a person would read it; of a delivered one nothing matters."""
    if response.is_success:
        return ""
    told = b""
    async for piece in response.aiter_bytes():
        told += piece
        if len(told) >= _MOST_ANSWER_BYTES:
            break
    return plain(told[:_MOST_ANSWER_BYTES].decode("utf-8", "replace").strip(), _SHOWN_CHARACTERS)


def _meaning(response: httpx.Response, told: str) -> Outcome:
    if response.is_success:
        return Outcome()
    code = response.status_code
    retry = code in {408, 425, 429} or code >= 500
    return Outcome(f"HTTP {code}: {told}" if told else f"HTTP {code}", retry, _after(response))


def _after(response: httpx.Response) -> int | None:
    written = response.headers.get("Retry-After", "").strip()
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 6 else None
