"""Explicit context caches: created, updated, deleted, looked at.

Creation is billed at the input rate for the tokens Google counted; the answer does not say of which modality they are,
so they are priced as text. The rest is free. Storage has no call: the collector accrues it from the times told here.
What a call reads from a cache is on that call's own span, with the cache's name.
"""

import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from gemledger import semconv
from gemledger.attributes import Attributes, field
from gemledger.call import current_call
from gemledger.guard import guarded
from gemledger.one_exchange_call import OneExchangeCall
from gemledger.opening import Opener
from gemledger.pricing import Usage
from gemledger.surfaces.one_exchange import Answered, Free, wrap_one, wrap_one_async
from gemledger.surfaces.surface import Coroutines, Function, Surface
from gemledger.usage import Reading

_MOST_LISTED = 1_000
_NOT_FOUND = "CachedContent not found"


def _creation(_: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Without what is to be cached: a cache is not a prompt to be captured."""
    options = field(kwargs.get("config"), "http_options")
    return {"model": kwargs.get("model"), "config": {"http_options": options}}


def _by_name(_: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """As a call that names a cache does, so that a failed one tells of which cache it was."""
    asked = {"http_options": field(kwargs.get("config"), "http_options")}
    name = kwargs.get("name")
    return {"config": asked | ({"cached_content": _full(name)} if isinstance(name, str) else {})}


def _full(name: str) -> str:
    """The SDK takes a name without the collection as well."""
    return name if "/" in name else f"cachedContents/{name}"


class _Created(Answered):
    """A new cache, paid for as input."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - a CachedContent
        self.told = _facts(response)
        self.model = response.model
        tokens = self.told.get(semconv.CACHE_TOKENS)
        if tokens is not None:
            usage = Usage(tokens, 0, 0, 0, 0)
            self.usage_read = Reading(usage, tokens, (), {})


class _Looked(Free):
    """An update, or a look: what holds of the cache now."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - a CachedContent
        super().read(response)
        self.model = response.model
        self.told = _facts(response)


class _Deleted(Free):
    """The cache ends with the answer, which is dated by Google's clock."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - a DeleteCachedContentResponse
        super().read(response)
        self.told = {semconv.CACHE_NAME: field(self.request.config, "cached_content")}
        ended = _dated(self.headers)
        if ended is not None:
            self.told[semconv.CACHE_EXPIRE_TIME_UNIX_SECONDS] = ended


class _Listed(Free):
    """The first page of a list; further ones are fetched while the app goes through it."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - a Pager of CachedContent
        super().read(response)
        entries = [
            f"{cache.name} {_seconds(cache.expire_time)}"
            for cache in response.page[:_MOST_LISTED]
            if cache.name and cache.expire_time
        ]
        if entries:
            self.told = {semconv.CACHES_LISTED: ",".join(entries)}


def _facts(cache: Any) -> Attributes:  # noqa: ANN401 - a CachedContent
    """What the storage of a cache is billed by."""
    told: Attributes = {semconv.CACHE_NAME: cache.name}
    tokens = getattr(cache.usage_metadata, "total_token_count", None)
    if tokens is not None:
        told[semconv.CACHE_TOKENS] = tokens
    for attribute, moment in (
        (semconv.CACHE_CREATE_TIME_UNIX_SECONDS, cache.create_time),
        (semconv.CACHE_EXPIRE_TIME_UNIX_SECONDS, cache.expire_time),
    ):
        if moment is not None:
            told[attribute] = _seconds(moment)
    return told


def _seconds(moment: datetime) -> int:
    """Unix seconds, whole ones."""
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _dated(headers: Mapping[str, str] | None) -> int | None:
    """The time of an answer in its own words."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - of no use to an app that deletes no cache

    for name, value in (headers or {}).items():
        if name.lower() == "date":
            try:
                return _seconds(parsedate_to_datetime(value))
            except ValueError:
                return None
    return None


@guarded
def _note_gone(error: BaseException) -> None:
    """Google may say 403 of a cache that is gone, and the text tells it from one that may not be seen."""
    call = current_call()
    if isinstance(call, OneExchangeCall) and _NOT_FOUND in str(getattr(error, "message", "")):
        call.tell(semconv.CACHE_GONE, True)


def _noting(wrapped: Function) -> Function:
    @functools.wraps(wrapped)
    def call_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        try:
            return wrapped(self, *args, **kwargs)
        except Exception as error:
            _note_gone(error)
            raise

    return call_method


def _noting_async(wrapped: Coroutines) -> Coroutines:
    @functools.wraps(wrapped)
    async def call_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        try:
            return await wrapped(self, *args, **kwargs)
        except Exception as error:
            _note_gone(error)
            raise

    return call_method


def _surfaces(method: str, kind: type[Answered]) -> tuple[Surface, Surface]:
    """A method of both clients."""
    arguments = _creation if kind is _Created else _by_name
    plain = wrap_one(f"cache_{method}", kind, arguments=arguments)
    awaited = wrap_one_async(f"cache_{method}", kind, arguments=arguments)

    def wrap(wrapped: Function, opener: Opener) -> Function:
        return plain(_noting(wrapped), opener)

    def wrap_async(wrapped: Coroutines, opener: Opener) -> Function:
        return awaited(_noting_async(wrapped), opener)

    module = "google.genai.caches"
    return (
        Surface(module, "Caches", method, wrap, since="1.0"),
        Surface(module, "AsyncCaches", method, wrap_async, since="1.0"),
    )


SURFACES: tuple[Surface, ...] = (
    *_surfaces("create", _Created),
    *_surfaces("get", _Looked),
    *_surfaces("update", _Looked),
    *_surfaces("delete", _Deleted),
    *_surfaces("list", _Listed),
)
