"""The eight ways in which an app asks: models and chats, sync and async, at once and as a stream."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from conformance.bills import MODEL
from conformance.stage import Act, Log
from google import genai

QUESTION = "What is the answer?"


class Surface(NamedTuple):
    """One way to ask: ``ask(client, log, config)`` writes into the log each response as it comes."""

    name: str
    stream: bool
    ask: Callable[[genai.Client, Log, Any], Awaitable[None]]

    def asking(self, config: Any = None) -> Act:
        """An app that asks this one thing."""

        async def act(client: genai.Client, log: Log) -> None:
            await self.ask(client, log, config)

        return act


async def unary(client: genai.Client, log: Log, config: Any) -> None:
    """``models.generate_content``."""
    log.append(client.models.generate_content(model=MODEL, contents=QUESTION, config=config))


async def stream(client: genai.Client, log: Log, config: Any) -> None:
    """``models.generate_content_stream``."""
    for chunk in client.models.generate_content_stream(
        model=MODEL, contents=QUESTION, config=config
    ):
        log.append(chunk)


async def unary_async(client: genai.Client, log: Log, config: Any) -> None:
    """``aio.models.generate_content``."""
    asked = client.aio.models.generate_content(model=MODEL, contents=QUESTION, config=config)
    log.append(await asked)


async def stream_async(client: genai.Client, log: Log, config: Any) -> None:
    """``aio.models.generate_content_stream``."""
    async for chunk in await client.aio.models.generate_content_stream(
        model=MODEL, contents=QUESTION, config=config
    ):
        log.append(chunk)


async def chat(client: genai.Client, log: Log, config: Any) -> None:
    """``chats.create().send_message``, and the history afterwards."""
    talk = client.chats.create(model=MODEL, config=config)
    log.append(talk.send_message(QUESTION))
    log.append(talk.get_history())


async def chat_stream(client: genai.Client, log: Log, config: Any) -> None:
    """``send_message_stream``."""
    talk = client.chats.create(model=MODEL, config=config)
    for chunk in talk.send_message_stream(QUESTION):
        log.append(chunk)
    log.append(talk.get_history())


async def chat_async(client: genai.Client, log: Log, config: Any) -> None:
    """The async chat."""
    talk = client.aio.chats.create(model=MODEL, config=config)
    log.append(await talk.send_message(QUESTION))
    log.append(talk.get_history())


async def chat_stream_async(client: genai.Client, log: Log, config: Any) -> None:
    """Its stream."""
    talk = client.aio.chats.create(model=MODEL, config=config)
    async for chunk in await talk.send_message_stream(QUESTION):
        log.append(chunk)
    log.append(talk.get_history())


MODELS = (
    Surface("unary", stream=False, ask=unary),
    Surface("stream", stream=True, ask=stream),
    Surface("async", stream=False, ask=unary_async),
    Surface("async-stream", stream=True, ask=stream_async),
)
CHATS = (
    Surface("chat", stream=False, ask=chat),
    Surface("chat-stream", stream=True, ask=chat_stream),
    Surface("async-chat", stream=False, ask=chat_async),
    Surface("async-chat-stream", stream=True, ask=chat_stream_async),
)
EVERY = (*MODELS, *CHATS)
