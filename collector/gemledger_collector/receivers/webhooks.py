"""Google's webhooks over HTTP: ``POST /webhooks/gemini``, answered once the event is on disk and not later.

A delivery that is refused changes nothing but a counter.
"""

import json
from collections.abc import Callable, Mapping

from gemledger_collector.errors import (
    CollectorError,
    MethodRefused,
    NotFound,
    Overloaded,
    Rejected,
    TooSlow,
    Unverified,
    status_of,
)
from gemledger_collector.receivers.bodies import (
    BodyLimits,
    Disconnected,
    Message,
    Receive,
    Send,
    read_body,
)
from gemledger_collector.settle.gate import Gate, Verified
from gemledger_collector.settle.inbox import Inbox
from gemledger_collector.settle.signatures import stamp_of
from gemledger_collector.telemetry import Telemetry

PATH = "/webhooks/gemini"
_NOT_CONFIGURED = (
    "webhooks are not configured; set extensions.settle.webhooks.secrets to "
    "[${env:GEMINI_WEBHOOK_SECRET}] with the secret that client.webhooks.create returned"
)


class GeminiWebhooks:
    """An ASGI application for ``PATH``. Without a ``gate`` nobody is believed; ``clock`` gives unix nanoseconds."""

    def __init__(
        self,
        gate: Gate | None,
        inbox: Inbox,
        telemetry: Telemetry,
        clock: Callable[[], int],
        *,
        limits: BodyLimits,
    ) -> None:
        self._gate = gate
        self._inbox = inbox
        self._telemetry = telemetry
        self._clock = clock
        self._limits = limits

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            verified = await self._taken(scope, receive)
        except Disconnected:
            return
        except CollectorError as error:
            reason = error.reason if isinstance(error, Unverified) else error.kind
            self._telemetry.add("webhooks_refused_total", reason=reason)
            await _refuse(send, error)
        else:
            event = verified.event
            kind = "unknown" if event is None else event.event_type
            self._telemetry.add("webhooks_accepted_total", reason=kind)
            await _answer(send, 200 if event is None else 202, {"status": "accepted"}, [])

    async def _taken(self, scope: Message, receive: Receive) -> Verified:
        if self._gate is None:
            raise NotFound(_NOT_CONFIGURED)
        if scope["method"] != "POST":
            raise MethodRefused(f"{scope['method']} is not for {PATH}; Google sends POST")
        headers = dict(scope["headers"])
        stamp = stamp_of(scope["headers"])
        body = await read_body(receive, headers, self._limits)
        now = self._clock()
        _require_json(headers)
        verified = await self._gate.verified(stamp, body, now)
        await self._inbox.take(verified.webhook_ids, verified.event, now)
        return verified


def _require_json(headers: Mapping[bytes, bytes]) -> None:
    media = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
    if media != "application/json":
        raise Rejected("the Content-Type is not application/json")
    if headers.get(b"content-encoding", b"identity").lower() not in (b"", b"identity"):
        raise Rejected("the body is compressed; what is signed must come as it is")


async def _refuse(send: Send, error: CollectorError) -> None:
    headers = []
    if isinstance(error, TooSlow):
        headers.append((b"connection", b"close"))  # the rest of the body may still come
    if isinstance(error, Overloaded):
        headers.append((b"retry-after", str(error.retry_after_seconds).encode()))
    document = {"error": {"type": error.kind, "message": str(error)}}
    await _answer(send, status_of(error), document, headers)


async def _answer(
    send: Send, status: int, document: object, headers: list[tuple[bytes, bytes]]
) -> None:
    body = json.dumps(document).encode()
    every = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": every})
    await send({"type": "http.response.body", "body": body})
