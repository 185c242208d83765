"""The engine over HTTP, as google-genai expects it: an ASGI application.

Per request, headers ask for something special: ``x-simulator-usage`` (JSON of usageMetadata's own field names) is
answered with exactly those token counts, ``x-simulator-fault`` (a name of `faults.Fault`) fails, and
``x-simulator-script`` (see `scripted`) is answered word for word.
"""

import json
import re
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.datastructures import URL
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from . import faults, made_media, models, plain_methods, surfaces, wire
from .backend import Backend
from .cached_prompts import cached_tokens
from .delivery import Delivery, sent
from .engine import (
    Circumstances,
    Engine,
    Platform,
    SimulatedResponse,
    asked_tier,
    error,
    over_quota,
)
from .fields import Json
from .quotas import Quotas
from .scripted import SCRIPT, SCRIPT_ID, ScriptError, Scripts, Step
from .settings import Settings
from .usage import Usage, UsageError
from .webhook_sender import Webhooks
from .wire import Ending

_PATH = re.compile(
    r"/(?P<version>v1|v1beta|v1alpha|v1beta1)"
    r"(?:/projects/(?P<project>[^/]+)/locations/(?P<location>[^/]+))?"
    r"(?P<publisher>/publishers/[^/]+)?"
    r"/(?:models|tunedModels|endpoints)/(?P<model>[^/:]+):(?P<method>\w+)"
)


@dataclass(frozen=True, slots=True)
class Target:
    """What a path asks for."""

    model: str
    method: str
    platform: Platform
    events: bool
    """Whether a stream is wanted as server-sent events."""

    @classmethod
    def of(cls, url: URL) -> "Target | None":
        """Reads a URL of the Gemini API or of Vertex; None for any other."""
        match = _PATH.fullmatch(url.path)
        if match is None:
            return None
        vertex = match["project"] or match["publisher"]
        return cls(
            model=unquote(match["model"]),
            method=match["method"],
            platform="vertex_ai" if vertex else "gemini_api",
            events="alt=sse" in url.query,
        )


def create_app(
    settings: Settings | None = None, clock: Callable[[], int] = time.time_ns
) -> Starlette:
    """The simulator as an ASGI application with an engine of its own."""
    backend = Backend(Engine(settings), clock, webhooks=Webhooks(clock))
    gemini = _Gemini(backend)
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return Starlette(
        routes=[
            Route("/simulator/scripts/{script_id}", gemini.asked),
            Route("/simulator/record", gemini.recorded),
            *surfaces.routes(backend),
            Route("/{path:path}", gemini.answer, methods=methods),
        ]
    )


class _Gemini:
    """One endpoint for every path: they differ by what stands after the colon."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._engine = backend.engine
        self._clock = backend.clock
        self._scripts = Scripts()
        self._delivery = Delivery(backend.engine.settings.latency_scale)
        self._quotas = Quotas(backend.engine.settings)

    async def recorded(self, _: Request) -> Response:
        """The invoice so far."""
        self._backend.caches.expire(self._clock())
        return sent(SimulatedResponse(body={"entries": self._backend.record.entries()}))

    async def asked(self, request: Request) -> Response:
        """Which requests came under a script's id."""
        asked = self._scripts.asked(request.path_params["script_id"])
        return sent(SimulatedResponse(body={"requests": asked}))

    async def answer(self, request: Request) -> Response:
        target = Target.of(request.url)
        if target is None or request.method != "POST":
            return sent(error(404, f"Path {request.url.path} is not one the simulator knows."))
        if refused := self._backend.refused(request, target.platform):
            return sent(refused)
        try:
            circumstances = _circumstances(request, target)
            message = json.loads(await request.body())
            if not isinstance(message, dict):
                raise ValueError("Expected an object.")  # noqa: TRY004, TRY301 - answered as JSON that is broken
        except (UsageError, faults.UnknownFault) as problem:
            return sent(error(400, str(problem)))
        except (ValueError, ClientDisconnect) as problem:
            return sent(error(400, f"Invalid JSON payload received. {problem}"))
        if script := request.headers.get(SCRIPT):
            return self._performed(script, request, target, message)
        return await self._dispatch(target, message, circumstances)

    async def _dispatch(
        self, target: Target, message: Json, circumstances: Circumstances
    ) -> Response:
        if over := self._over_quota(target, circumstances.account):
            return await self._delivery.whole(over)
        if target.method in ("generateContent", "streamGenerateContent"):
            return await self._generate(target, message, circumstances)
        if circumstances.fault is not None:
            return await self._delivery.whole(
                self._engine.failed(circumstances.fault, target.model)
            )
        asked = plain_methods.Asked(target.method, target.model, target.platform, message)
        response = plain_methods.respond(self._backend, asked)
        if response is None:
            return sent(error(404, f"Method {target.method} is not one the simulator knows."))
        return await self._delivery.whole(response)

    async def _generate(
        self, target: Target, message: Json, circumstances: Circumstances
    ) -> Response:
        """Content, at once or as a stream; what the request names of explicit caches is read from there."""
        at = self._clock()
        cached = cached_tokens(self._backend.caches, target.model, message, at)
        if isinstance(cached, SimulatedResponse):
            return await self._delivery.whole(cached)
        asked = replace(circumstances, cached=cached)
        response = self._engine.respond(target.model, message, at, asked)
        self._note(target, response, at)
        self._quotas.read(circumstances.account, response.body)
        if target.method == "streamGenerateContent":
            return await self._delivery.streamed(response, as_events=target.events)
        return await self._delivery.whole(response)

    def _over_quota(self, target: Target, account: str) -> SimulatedResponse | None:
        """The 429 of a request that would break a limit; None where it may pass."""
        if target.method == "countTokens":  # has a limit of its own, and a high one
            return None
        at = self._clock()
        model = models.served_model(target.model, at)
        exceeded = self._quotas.admit(account, model, at)
        return None if exceeded is None else over_quota(exceeded, model)

    def _note(self, target: Target, response: SimulatedResponse, at: int) -> None:
        """Put an answer of generateContent on the invoice."""
        usage = response.body.get("usageMetadata")
        if response.status == 200 and usage is not None:
            self._backend.record.note(
                "generate_content",
                model=response.body["modelVersion"],
                tier=response.headers.get(_TIER_HEADER, "standard"),
                platform=target.platform,
                at_unix_nano=at,
                usageMetadata=usage,
                **made_media.songs(response.body),
            )

    def _performed(self, script: str, request: Request, target: Target, message: Json) -> Response:
        """The next step of the script that the request carries."""
        asked = {"path": request.url.path, "headers": dict(request.headers), "body": message}
        try:
            step = self._scripts.next_step(script, request.headers.get(SCRIPT_ID), asked)
        except ScriptError as problem:
            return sent(error(400, str(problem)))
        at = self._clock()
        identity = {
            "modelVersion": models.served_model(target.model, at),
            "responseId": f"scripted-{at:x}",
        }
        tier = {} if target.platform == "vertex_ai" else {_TIER_HEADER: asked_tier(message)}
        headers = {n: v for n, v in ({**tier, **step.headers}).items() if v is not None}
        if step.status == 200 and target.events:
            return wire.Events(_scripted_events(step, identity), headers)
        body = step.body(identity)
        if body is None:
            return wire.Dropped(b"") if step.end is Ending.DISCONNECT else wire.Silence()
        if step.end is Ending.DISCONNECT:
            return wire.Dropped(wire.encoded(body)[:40])
        return sent(SimulatedResponse(body=body, status=step.status, headers=headers))


async def _scripted_events(step: Step, identity: Json) -> AsyncIterator[bytes | Ending]:
    for body in step.events(identity):
        yield wire.event(body)
    if step.end is not Ending.COMPLETE:
        yield step.end


_TIER_HEADER = "x-gemini-service-tier"


def _circumstances(request: Request, target: Target) -> Circumstances:
    usage = request.headers.get("x-simulator-usage")
    fault = request.headers.get("x-simulator-fault")
    account = request.headers.get("x-goog-api-key") or request.headers.get("authorization")
    return Circumstances(
        account=account or "",
        platform=target.platform,
        usage=Usage.from_header(usage) if usage else None,
        fault=faults.named(fault) if fault else None,
    )
