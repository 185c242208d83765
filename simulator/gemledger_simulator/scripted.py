"""Answers word for word: a test writes down what Gemini says, and the simulator says it.

Header ``x-simulator-script`` holds JSON: either one step, which answers every request that carries it, or a list of
steps that answer one request each, in the order of arrival. ``x-simulator-script-id`` names the performance of a list:
the headers of all requests of one call (function calling, continuation, retries) are the same, so under one id each
gets the next step. A request after the last step is answered 400. A step is an object of, all optional:

``response``  a GenerateContentResponse as on the wire; in a stream it is cut into events as any other answer
``chunks``    instead, for a stream: its events; one of ``{"error": 503}`` is an error event in Google's words
``status``    an HTTP status other than 200; without a ``response`` the body is Google's usual one
``headers``   response headers; null takes one away that would be there (``x-gemini-service-tier``)
``end``       after all that, ``"disconnect"`` cuts the connection, ``"stall"`` says nothing more, ever

``modelVersion`` and ``responseId`` are added where a response does not name them; null leaves them out.
``GET /simulator/scripts/ID`` tells which requests came under an id: path, headers, body.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from . import faults, streaming
from .fields import Json
from .wire import Ending

SCRIPT, SCRIPT_ID = "x-simulator-script", "x-simulator-script-id"
_REMEMBERED_SCRIPTS = 200


class ScriptError(ValueError):
    """The script cannot be played; the text says why and what to send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One answer, word for word; see the module's text."""

    response: Json | None = None
    chunks: tuple[Json, ...] = ()
    status: int = 200
    headers: Mapping[str, str | None] = field(default_factory=dict)
    end: Ending = Ending.COMPLETE

    @classmethod
    def from_json(cls, message: object) -> "Step":
        """A step as a script has it. Raises ScriptError."""
        known = [spec.name for spec in fields(cls)]
        if not isinstance(message, dict) or not set(message) <= set(known):
            raise ScriptError(f"{SCRIPT}: a step is an object of {', '.join(known)}; got {message}")
        if message.get("end", Ending.COMPLETE) not in set(Ending):
            raise ScriptError(f"{SCRIPT}: end is {message['end']!r}; send {' or '.join(Ending)}")
        status = message.get("status", 200)
        if status != 200 and not faults.is_known(status) and "response" not in message:
            raise ScriptError(f"{SCRIPT}: status {status!r} has no usual body; send a response")
        chunks = tuple(_event(chunk) for chunk in message.get("chunks", ()))
        end = Ending(message.get("end", Ending.COMPLETE))
        return cls(**message | {"chunks": chunks, "end": end})

    def body(self, identity: Json) -> Json | None:
        """What a unary request gets; None for nothing at all."""
        if self.response is not None:
            return _identified(self.response, identity) if self.status == 200 else self.response
        return None if self.status == 200 else faults.error_body(self.status)

    def events(self, identity: Json) -> Sequence[Json]:
        """What a stream gets."""
        if self.chunks:
            return [_identified(chunk, identity) for chunk in self.chunks]
        whole = self.body(identity)
        return [] if whole is None else streaming.chunks(whole)


class Scripts:
    """Which step is next under each id, and what was asked; the oldest ids are forgotten."""

    def __init__(self) -> None:
        self._asked: OrderedDict[str, list[Json]] = OrderedDict()

    def next_step(self, script: str, script_id: str | None, asked: Json) -> Step:
        """The step that answers ``asked``, the request as it is to be told of. Raises ScriptError."""
        try:
            message: Any = json.loads(script)
        except ValueError as error:
            raise ScriptError(f"{SCRIPT} is not JSON: {error}") from None
        if script_id is not None:
            requests = self._asked.setdefault(script_id, [])
            requests.append(asked)
            if len(self._asked) > _REMEMBERED_SCRIPTS:
                self._asked.popitem(last=False)
        if not isinstance(message, list):
            return Step.from_json(message)
        if script_id is None:
            raise ScriptError(f"{SCRIPT} is a list: name its performance in {SCRIPT_ID}")
        if len(requests) > len(message):
            raise ScriptError(f"{SCRIPT}: request {len(requests)} of {len(message)} steps")
        return Step.from_json(message[len(requests) - 1])

    def asked(self, script_id: str) -> list[Json]:
        """The requests that came under this id, in the order of arrival."""
        return list(self._asked.get(script_id, ()))


def _event(chunk: object) -> Json:
    """An event of a stream; ``{"error": 503}`` written out."""
    if not isinstance(chunk, dict):
        raise ScriptError(f"{SCRIPT}: a chunk is an object, not {chunk!r}")
    status = chunk.get("error")
    return faults.error_body(status) if faults.is_known(status) else chunk


def _identified(response: Json, identity: Json) -> Json:
    """The response with the ids it does not name, and without those it names as null."""
    if "error" in response:
        return response
    whole = identity | response
    return {name: value for name, value in whole.items() if value is not None}
