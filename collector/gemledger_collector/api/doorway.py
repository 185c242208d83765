"""The door in front of everything that speaks HTTP: no request is read further than its headers without leave."""

import json

from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # publishes none

from gemledger_collector.access import ANYBODY, Caller, Door, scope_of
from gemledger_collector.api.hosts import App, Message, Receive, Send
from gemledger_collector.api.refusals import Refusals
from gemledger_collector.errors import (
    CollectorError,
    Forbidden,
    Overloaded,
    Unauthorized,
    status_of,
)

CALLER = "gemledger.caller"
"""Key of the scope under which the ``Caller`` is found."""
_PROTOBUF, _JSON = "application/x-protobuf", "application/json"
_RPC_CODES = {401: 16, 403: 7, 429: 8}
"""HTTP status → google.rpc.Code, for the routes of OTLP."""


class Doorway:
    """ASGI middleware: puts the caller into the scope, or answers 401, 403 or 429 before a body is read."""

    def __init__(self, app: App, door: Door, refusals: Refusals) -> None:
        self._app = app
        self._door = door
        self._refusals = refusals

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass on with a caller, or refuse."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            scope[CALLER] = self._caller(scope)
        except CollectorError as error:
            if isinstance(error, Forbidden):
                self._refusals.tell(error.caller, scope["method"], scope["path"])
            await _refuse(scope, send, error)
        else:
            await self._app(scope, receive, send)

    def _caller(self, scope: Message) -> Caller:
        needed = scope_of(scope["method"], scope["path"])
        if needed is None:
            return ANYBODY
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        # Two such headers are two people: neither is believed.
        authorization = given[0].decode("latin-1") if len(given) == 1 else ""
        client = scope.get("client")
        return self._door.admit(authorization, needed, peer=client[0] if client else "")


async def _refuse(scope: Message, send: Send, error: CollectorError) -> None:
    media, body = _body(scope, error)
    headers = [
        (b"content-type", media.encode()),
        (b"content-length", str(len(body)).encode()),
        *_advice(scope, error),
    ]
    await send({"type": "http.response.start", "status": status_of(error), "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _advice(scope: Message, error: CollectorError) -> list[tuple[bytes, bytes]]:
    """The header that says what to do."""
    if isinstance(error, Overloaded):
        return [(b"retry-after", str(error.retry_after_seconds).encode())]
    challenge = 'Bearer realm="gemledger"'
    if isinstance(error, Forbidden):
        needed = scope_of(scope["method"], scope["path"])
        challenge += f', error="insufficient_scope", scope="{needed}"'
    elif isinstance(error, Unauthorized) and _has_token(scope):
        challenge += ', error="invalid_token"'
    return [(b"www-authenticate", challenge.encode())]


def _has_token(scope: Message) -> bool:
    return any(name == b"authorization" for name, _ in scope["headers"])


def _body(scope: Message, error: CollectorError) -> tuple[str, bytes]:
    """As the route speaks: google.rpc.Status where spans come in, else the API's own shape."""
    message = str(error)
    if not scope["path"].startswith("/v1/"):
        return _JSON, json.dumps({"error": {"type": error.kind, "message": message}}).encode()
    code = _RPC_CODES.get(status_of(error), 2)
    sent = dict(scope["headers"]).get(b"content-type", b"")
    if sent.startswith(_JSON.encode()):
        return _JSON, json.dumps({"code": code, "message": message}).encode()
    encoded: bytes = Status(code=code, message=message).SerializeToString()
    return _PROTOBUF, encoded
