"""Answers that need not be sent twice: ETags, and 304 for whoever has the answer already.

An answer that follows from the stored rows and the question alone is named by the number of commits: while that stands
still so does the answer, and the query need not run (``Versioned``). Any other answer, such as one that tells the time,
is named by its own bytes (``Etags``): the query runs, the answer need not travel.
"""

import hashlib
import secrets
from typing import Any

from fastapi import Depends, Request, Response

from gemledger_collector.api.context import Ask, Who
from gemledger_collector.api.hosts import App, Message, Receive, Send

_PROCESS = secrets.token_hex(8)
"""Commits are counted from the start of the process, so that another one's count says nothing."""
_CACHE_CONTROL = "private, no-cache"
_PREFIX = "/api/v1/"


class NotModified(Exception):  # noqa: N818 - no error
    """The caller has this very answer."""

    def __init__(self, etag: str) -> None:
        super().__init__(etag)
        self.etag = etag


def Versioned(*needed: str) -> Any:  # noqa: N802, ANN401 - reads as the dependency it makes
    """A dependency that names the answer by the number of commits, where the parameters ``needed`` are given.

    They are those whose default follows the clock.
    """

    def name_answer(ask: Ask, who: Who, request: Request, response: Response) -> None:
        if any(not request.query_params.get(name) for name in needed):
            return
        # Before the query begins: a commit in between makes the name older than the answer, never the other way round.
        question = (
            _PROCESS,
            ask.store.commits,
            ask.price_book,
            sorted(who.scopes),
            request.url.path,
            request.url.query,
        )
        etag = f'W/"{hashlib.blake2b(repr(question).encode(), digest_size=12).hexdigest()}"'
        if _has(request.headers.get("if-none-match", ""), etag):
            raise NotModified(etag)
        response.headers.update({"ETag": etag, "Cache-Control": _CACHE_CONTROL})

    return Depends(name_answer)


async def not_modified(_: Request, answer: Exception) -> Response:
    """304 without a body."""
    assert isinstance(answer, NotModified)
    return Response(status_code=304, headers={"ETag": answer.etag, "Cache-Control": _CACHE_CONTROL})


class Etags:
    """ASGI middleware: names each answer to GET below /api/v1/ that has no name yet by its bytes."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass on, or answer 304."""
        wanted = scope["type"] == "http" and scope["method"] == "GET"
        if not wanted or not scope["path"].startswith(_PREFIX):
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"if-none-match", b"").decode("latin-1")
        await self._app(scope, receive, _Named(send, given).send)


class _Named:
    """Holds back the head of an answer until its one and only piece of body is there."""

    def __init__(self, send: Send, given: str) -> None:
        self._send = send
        self._given = given
        self._head: Message | None = None

    async def send(self, message: Message) -> None:
        """Pass on, with a name where there is none."""
        if message["type"] == "http.response.start" and _is_nameless(message):
            self._head = message
            return
        head, self._head = self._head, None
        if head is not None and message.get("more_body"):
            await self._send(head)  # a stream
        elif head is not None:
            body = message.get("body", b"")
            etag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
            if _has(self._given, etag):
                head, message = {**head, "status": 304}, {**message, "body": b""}
            await self._send(_with_name(head, etag))
        await self._send(message)


def _is_nameless(head: Message) -> bool:
    names = {name.lower() for name, _ in head["headers"]}
    return head["status"] == 200 and b"etag" not in names and b"cache-control" not in names


def _with_name(head: Message, etag: str) -> Message:
    headers = list(head["headers"])
    if head["status"] == 304:  # the length would be of a body that is not sent
        headers = [
            pair for pair in headers if pair[0].lower() not in (b"content-length", b"content-type")
        ]
    named = [(b"etag", etag.encode()), (b"cache-control", _CACHE_CONTROL.encode())]
    return {**head, "headers": headers + named}


def _has(given: str, etag: str) -> bool:
    """Whether If-None-Match names this answer."""
    named = [each.strip() for each in given.split(",")]
    bare = etag.removeprefix("W/")
    return any(each.removeprefix("W/") == bare for each in named)
