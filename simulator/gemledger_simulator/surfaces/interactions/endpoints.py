"""``/interactions`` over HTTP: create, get, cancel, delete; whole, in the background, or as a stream."""

import json
from collections import Counter
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response

from gemledger_simulator import faults, wire
from gemledger_simulator.backend import Backend
from gemledger_simulator.engine import Platform, SimulatedResponse
from gemledger_simulator.faults import Fault
from gemledger_simulator.fields import Json

from . import events, speech
from .answers import Answers
from .shelf import Kept, Shelf
from .wishes import WishError, Wishes

_HOP = "hop-"
"""A continuation token says which hop comes next."""
_REFUSALS = (Fault.SAFETY, Fault.BLOCK, Fault.NO_USAGE, Fault.MALFORMED)
"""Faults that leave an answer."""


class Interactions:
    """The endpoints, and what they remember."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._answers = Answers(backend.engine)
        self._shelf = Shelf()
        self._failed: Counter[str] = Counter()

    async def create(self, request: Request) -> Response:
        """A new interaction."""
        platform = _platform(request)
        if refused := self._backend.refused(request, platform):
            return error(refused.status)
        try:
            wishes = Wishes.of(request)
            body = json.loads(await request.body())
        except (WishError, faults.UnknownFault, ValueError) as problem:
            return error(400, str(problem))
        if failure := self._failure(wishes):
            return failure
        kept = self._made(body, wishes, platform)
        if isinstance(kept, Response):
            return kept
        if body.get("store", True):
            self._shelf.put(kept)
        if kept.ended:
            self._bill(kept.resource, platform)
        if body.get("stream"):
            return self._streamed(kept, wishes.fault, platform)
        return _json(kept.seen)

    async def look(self, request: Request) -> Response:
        """Get one, whole or as a stream, or delete it."""
        platform = _platform(request)
        if refused := self._backend.refused(request, platform):
            return error(refused.status)
        interaction_id = request.path_params["interaction_id"]
        kept = self._shelf.get(interaction_id)
        if kept is None:
            return error(404)
        if request.method == "DELETE":
            self._shelf.remove(interaction_id)
            return _json({})
        if request.query_params.get("stream") == "true":
            return self._streamed(kept, None, platform)
        if kept.look(self._backend.clock()):
            self._bill(kept.resource, platform)
        return _json(kept.seen)

    async def cancel(self, request: Request) -> Response:
        """Stop one that runs in the background."""
        platform = _platform(request)
        if refused := self._backend.refused(request, platform):
            return error(refused.status)
        kept = self._shelf.get(request.path_params["interaction_id"])
        if kept is None:
            return error(404)
        if kept.ended:
            return error(400, "Only an interaction that is still running can be cancelled.")
        kept.resource = kept.seen | {"status": "cancelled"}
        kept.ended = True
        return _json(kept.resource)

    def _failure(self, wishes: Wishes) -> Response | None:
        """The error that this request gets, if any."""
        if wishes.id and (tried := self._failed[wishes.id]) < len(wishes.failures):
            self._failed[wishes.id] += 1
            return error(wishes.failures[tried])
        fault = wishes.fault
        if fault is None or fault in _REFUSALS:
            return None
        if fault.isdigit():
            return error(int(fault))
        return wire.Dropped(b"") if fault is Fault.DISCONNECT else None

    def _made(self, body: Json, wishes: Wishes, platform: Platform) -> Kept | Response:
        """The interaction that this request makes."""
        if not body.get("model") and not body.get("agent"):
            return error(400, "model or agent is required")
        before = self._shelf.get(body.get("previous_interaction_id"))
        if body.get("previous_interaction_id") and before is None:
            return error(404, "The previous interaction was not found.")
        turns = (before.turns if before else []) + speech.contents(body.get("input"))
        at = self._backend.clock()
        made = self._answers.answer(body, turns, at, wishes, platform)
        if isinstance(made, SimulatedResponse):
            return error(made.status, str(made.body["error"]["message"]))
        if wishes.hops:
            number = int(str(body.get("continuation_token") or "0").removeprefix(_HOP))
            if number == wishes.broken_hop:
                return error(400)
            made |= _hop(number, wishes.hops)
        kept = Kept(made, turns + speech.contents(made["steps"]))
        if body.get("background"):
            kept.looks_left, kept.ended = wishes.looks, False
            kept.done_at_unix_nano = at + int(wishes.seconds * 1e9)
            self._backend.webhooks.when_ended(kept.told, body.get("webhook_config"))
        return kept

    def _bill(self, interaction: Json, platform: Platform) -> None:
        """Put it on the invoice: once, for it ends once."""
        if interaction.get("usage"):
            self._backend.record.note(
                "interaction",
                id=interaction["id"],
                model=interaction.get("model"),
                agent=interaction.get("agent"),
                tier=interaction.get("service_tier", "standard"),
                platform=platform,
                created=interaction["created"],
                usage=interaction["usage"],
            )

    def _streamed(self, kept: Kept, fault: Fault | None, platform: Platform) -> Response:
        """Its events; whoever watches one in the background sees it end."""

        async def told() -> AsyncIterator[bytes | wire.Ending]:
            every = events.events(kept.resource)
            broken = fault in (Fault.MIDSTREAM, Fault.MIDSTREAM_DISCONNECT)
            for event in every[: len(every) // 2] if broken else every:
                yield wire.event(event)
            if fault is Fault.MIDSTREAM:
                yield wire.event(events.error_event("unavailable"))
            if fault is Fault.MIDSTREAM_DISCONNECT:
                yield wire.Ending.DISCONNECT
                return
            if not kept.ended:
                kept.ended = True
                self._bill(kept.resource, platform)
            yield b"data: [DONE]\r\n\r\n"

        return wire.Events(told(), {})


def error(status: int, message: str | None = None) -> Response:
    """An error in the shape of this API: its code is a word."""
    body = faults.error_body(status, message)
    body["error"]["code"] = body["error"]["status"].lower()
    return _json(body, status)


def _hop(number: int, usages: tuple[Json, ...]) -> Json:
    """What differs in one hop of a long answer: its usage, and whether it has to be continued."""
    if number + 1 < len(usages):
        more = {"status": "requires_continuation", "continuation_token": f"{_HOP}{number + 1}"}
        return {"usage": usages[number], **more}
    return {"usage": usages[number]}


def _platform(request: Request) -> Platform:
    return "vertex_ai" if "project" in request.path_params else "gemini_api"


def _json(body: Json, status: int = 200) -> Response:
    return Response(wire.encoded(body), status, media_type="application/json; charset=UTF-8")
