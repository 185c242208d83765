"""Explicit context caches: create, get, list, update, delete, as both platforms spell their paths.

``x-simulator-usage`` with a ``promptTokenCount`` makes a cache of exactly so many tokens, ``x-simulator-fault`` with a
status fails. ``GET /simulator/caches`` answers ``{"caches": […]}``: the life so far of every cache that still lives.
"""

import json
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gemledger_simulator import faults, models, wire
from gemledger_simulator.backend import Backend
from gemledger_simulator.context_caches import (
    MINIMUM_TOKENS,
    NANO,
    ContextCache,
    expiry,
    expiry_or_default,
    new_name,
)
from gemledger_simulator.engine import Platform, error
from gemledger_simulator.fields import Json, field
from gemledger_simulator.prompt import BadRequest, parse
from gemledger_simulator.tokens import by_modality
from gemledger_simulator.usage import Usage, UsageError

_PLACES = (
    "/{version}/cachedContents",
    "/{version}/projects/{project}/locations/{location}/cachedContents",
)
_PAGE = 1_000
Answer = Callable[[Request, Platform], Awaitable[Json]]


def routes(backend: Backend) -> list[BaseRoute]:
    """The paths of both platforms."""
    room = _Caches(backend)
    found: list[BaseRoute] = [Route("/simulator/caches", room.alive)]
    for place in _PLACES:
        for path, method, answer in (
            (place, "POST", room.create),
            (place, "GET", room.listed),
            (f"{place}/{{id}}", "GET", room.get),
            (f"{place}/{{id}}", "PATCH", room.update),
            (f"{place}/{{id}}", "DELETE", room.delete),
        ):
            found.append(Route(path, room.answering(answer), methods=[method]))
    return found


class _Refused(Exception):  # noqa: N818 - it is an answer, not a fault of ours
    """The request is answered with this status."""

    def __init__(self, status: int, message: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class _Caches:
    """The methods of the surface; each answers with a message, or raises."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def answering(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """An endpoint: whoever may not ask, and whatever is wrong, gets Google's error."""

        async def endpoint(request: Request) -> Response:
            now_ns = request.state.now_ns = self._backend.clock()
            platform: Platform = "vertex_ai" if "project" in request.path_params else "gemini_api"
            refused = self._backend.refused(request, platform)
            if refused is not None:
                return _sent(now_ns, refused.body, refused.status)
            try:
                _fail_if_told(request)
                return _sent(now_ns, await answer(request, platform))
            except _Refused as refusal:
                return _sent(now_ns, error(refusal.status, refusal.message).body, refusal.status)
            except ValueError as problem:  # bad requests, broken JSON, impossible usage
                return _sent(now_ns, error(400, str(problem)).body, 400)

        return endpoint

    async def alive(self, _: Request) -> Response:
        """Caches that still live."""
        now_ns = self._backend.clock()
        return _sent(now_ns, {"caches": self._backend.caches.alive(now_ns)})

    async def create(self, request: Request, platform: Platform) -> Json:
        """A new cache."""
        now_ns: int = request.state.now_ns
        message = await _message(request)
        model = str(field(message, "model") or "")
        if not model:
            raise BadRequest("* CreateCachedContentRequest.cached_content.model: is not specified")
        served = models.served_model(model.rpartition("/")[2], now_ns)
        tokens = _tokens(request, served, message)
        made = ContextCache(
            name=new_name(_parent(request), platform),
            model=f"{model.rpartition('/')[0]}/{served}".lstrip("/"),
            platform=platform,
            display_name=str(field(message, "displayName") or ""),
            tokens=tokens,
            created_ns=now_ns,
            updated_ns=now_ns,
            expires_ns=expiry_or_default(message, now_ns),
        )
        return self._backend.caches.create(made).message()

    async def listed(self, request: Request, platform: Platform) -> Json:
        """A page of caches; the next one begins where its token says."""
        size = int(request.query_params.get("pageSize") or _PAGE)
        start = int(request.query_params.get("pageToken") or 0)
        living = [
            cache
            for cache in self._backend.caches.all(request.state.now_ns)
            if cache.platform == platform
        ]
        body: Json = {"cachedContents": [each.message() for each in living[start : start + size]]}
        return body | ({"nextPageToken": str(start + size)} if start + size < len(living) else {})

    async def get(self, request: Request, _: Platform) -> Json:
        """One cache."""
        return self._found(request).message()

    async def update(self, request: Request, _: Platform) -> Json:
        """Another end of its life; nothing else of a cache can be changed."""
        cache, now_ns = self._found(request), request.state.now_ns
        ends = expiry(await _message(request), now_ns)
        if ends is None:
            raise BadRequest("nothing but ttl and expire_time of a cached content can be updated")
        return self._backend.caches.prolong(cache, ends, now_ns).message()

    async def delete(self, request: Request, _: Platform) -> Json:
        """No cache any more."""
        self._backend.caches.delete(self._found(request), request.state.now_ns)
        return {}

    def _found(self, request: Request) -> ContextCache:
        found = self._backend.caches.find(request.path_params["id"], request.state.now_ns)
        if found is None:
            raise _Refused(404, "CachedContent not found (or permission denied)")
        return found


def _sent(now_ns: int, body: Json, status: int = 200) -> Response:
    """An answer, dated by the clock by which it was found: a deletion is told at no other place."""
    date = formatdate(now_ns // NANO, usegmt=True)
    return Response(
        wire.encoded(body), status, {"date": date}, media_type="application/json; charset=UTF-8"
    )


def _fail_if_told(request: Request) -> None:
    """Raises what the header asks for."""
    fault = request.headers.get("x-simulator-fault")
    if fault:
        raise _Refused(int(faults.named(fault)))


def _parent(request: Request) -> str:
    """What stands before ``cachedContents`` in a name: nothing on the Gemini API."""
    place = request.path_params
    if "project" not in place:
        return ""
    return f"projects/{place['project']}/locations/{place['location']}/"


async def _message(request: Request) -> Json:
    message: Any = json.loads(await request.body())
    if not isinstance(message, dict):
        raise BadRequest("Invalid JSON payload received. Expected an object.")
    return message


def _tokens(request: Request, model: str, message: Json) -> dict[str, int]:
    """Tokens by modality: what the header says, else what is to be cached. Raises BadRequest or UsageError."""
    given = request.headers.get("x-simulator-usage")
    if given:
        usage = Usage.from_header(given)
        if not usage.prompt_tokens:
            raise UsageError("x-simulator-usage of a cache needs a promptTokenCount above 0")
        other = sum(usage.prompt_details.values()) - usage.prompt_details.get("TEXT", 0)
        return {**usage.prompt_details, "TEXT": usage.prompt_tokens - other}
    tokens = by_modality(parse(model, message).segments)
    if (total := sum(tokens.values())) < MINIMUM_TOKENS:
        raise BadRequest(
            f"Cached content is too small. total_token_count={total}, "
            f"min_total_token_count={MINIMUM_TOKENS}"
        )
    return tokens
