"""Registered webhooks, the keys of those of single jobs, and ways to send any event on demand."""

import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from gemledger_simulator import wire
from gemledger_simulator.backend import Backend
from gemledger_simulator.engine import SimulatedResponse, error
from gemledger_simulator.fields import Json
from gemledger_simulator.webhook_registry import WebhookError
from gemledger_simulator.webhook_sender import Webhooks


def routes(backend: Backend) -> list[BaseRoute]:
    """The API of webhooks; the JWKS; ``/simulator/webhooks/…`` to send, to look at what was sent, to rotate keys."""
    room = _Room(backend)
    one = "/{version}/webhooks/{webhook_id}"
    return [  # our own paths first: they look like one webhook's, too
        Route("/.well-known/jwks.json", room.jwks, methods=["GET"]),
        Route("/simulator/webhooks/send", room.send, methods=["POST"]),
        Route("/simulator/webhooks/deliveries", room.deliveries, methods=["GET"]),
        Route("/simulator/webhooks/rotate-keys", room.rotate_keys, methods=["POST"]),
        Route("/{version}/webhooks", room.guarded(_list), methods=["GET"]),
        Route("/{version}/webhooks", room.guarded(_create), methods=["POST"]),
        Route(f"{one}:ping", room.guarded(_ping), methods=["POST"]),
        Route(f"{one}:rotateSigningSecret", room.guarded(_rotate), methods=["POST"]),
        Route(one, room.guarded(_get), methods=["GET"]),
        Route(one, room.guarded(_update), methods=["PATCH"]),
        Route(one, room.guarded(_delete), methods=["DELETE"]),
    ]


class _Asked:
    """One request to the API."""

    def __init__(self, request: Request, body: Json, now: int) -> None:
        self.body = body
        self.now = now
        self.query = request.query_params
        self.webhook_id: str = request.path_params.get("webhook_id", "")


_Answer = Callable[[Webhooks, _Asked], Json]


def _create(webhooks: Webhooks, asked: _Asked) -> Json:
    return webhooks.registry.create(asked.body, asked.now)


def _list(webhooks: Webhooks, asked: _Asked) -> Json:
    size = asked.query.get("page_size", "50")
    token = asked.query.get("page_token") or "0"
    return webhooks.registry.list(int(size) if size.isdecimal() else 0, token)


def _get(webhooks: Webhooks, asked: _Asked) -> Json:
    return webhooks.registry.get(asked.webhook_id).described()


def _update(webhooks: Webhooks, asked: _Asked) -> Json:
    mask = asked.query.get("update_mask")
    return webhooks.registry.update(asked.webhook_id, asked.body, mask, asked.now)


def _delete(webhooks: Webhooks, asked: _Asked) -> Json:
    webhooks.registry.delete(asked.webhook_id)
    return {}


def _ping(webhooks: Webhooks, asked: _Asked) -> Json:
    webhooks.ping(webhooks.registry.get(asked.webhook_id))
    return {}


def _rotate(webhooks: Webhooks, asked: _Asked) -> Json:
    revocation = asked.body.get("revocation_behavior")
    return webhooks.registry.rotate(asked.webhook_id, revocation, asked.now)


class _Room:
    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._webhooks = backend.webhooks

    def guarded(self, answer: _Answer) -> Callable[..., object]:
        """An endpoint: who may ask, what was asked, and Google's errors where that cannot be."""

        async def endpoint(request: Request) -> Response:
            if refused := self._backend.refused(request):
                return _answered(refused)
            try:
                body = json.loads(await request.body() or b"{}")
                asked = _Asked(request, body, self._backend.clock())
                return JSONResponse(answer(self._webhooks, asked))
            except LookupError:
                return _answered(error(404, "Webhook not found."))
            except (WebhookError, ValueError, AttributeError) as problem:
                return _answered(error(400, str(problem)))

        return endpoint

    async def jwks(self, _: Request) -> Response:
        """Public, as Google's are."""
        return JSONResponse(self._webhooks.jwks())

    async def send(self, request: Request) -> Response:
        """Send ``{"type": …, "data": {…}, "config": {"uris": […]}}``; without a config to whoever is registered."""
        asked = await request.json()
        self._webhooks.emit(asked["type"], asked.get("data") or {}, asked.get("config"))
        return JSONResponse({})

    async def deliveries(self, _: Request) -> Response:
        """What was sent, and how each attempt was answered."""
        return JSONResponse({"deliveries": self._webhooks.deliveries()})

    async def rotate_keys(self, _: Request) -> Response:
        """Another key signs from now on."""
        self._webhooks.rotate_keys()
        return JSONResponse({})


def _answered(response: SimulatedResponse) -> Response:
    return Response(
        wire.encoded(response.body), response.status, response.headers, "application/json"
    )
