"""Files that have to do with batches: those that hold their requests, and those with their results.

Nothing is downloaded here, and nothing is recorded of a file but what is billed by: the bytes are the user's.
"""

import functools
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from opentelemetry import context as otel

from gemledger.current import is_suppressed
from gemledger.guard import guarded
from gemledger.opening import Opener
from gemledger.surfaces.batches.desk import desk_of
from gemledger.surfaces.surface import Coroutines, Function

if TYPE_CHECKING:
    from gemledger.surfaces.batches.reader import Reader


def wrap_upload(wrapped: Function, opener: Opener) -> Function:
    """How large a file is that may hold the requests of a batch."""

    @functools.wraps(wrapped)
    def call_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        file = wrapped(self, *args, **kwargs)
        if opener.active:
            desk_of(opener).uploaded(kwargs.get("file"), file)
        return file

    return call_method


def wrap_async_upload(wrapped: Coroutines, opener: Opener) -> Function:
    """The same, async."""

    @functools.wraps(wrapped)
    async def call_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        file = await wrapped(self, *args, **kwargs)
        if opener.active:
            desk_of(opener).uploaded(kwargs.get("file"), file)
        return file

    return call_method


def wrap_download(wrapped: Function, opener: Opener) -> Function:
    """What a file of results says of the bill of its job."""

    @functools.wraps(wrapped)
    def call_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        reader = _reader(opener, self, kwargs)
        if reader is None:
            return wrapped(self, *args, **kwargs)
        content = wrapped(self, *args, **_seen(kwargs, reader))
        _arrived(reader, kwargs, content)
        return content

    return call_method


def wrap_async_download(wrapped: Coroutines, opener: Opener) -> Function:
    """The same, async."""

    @functools.wraps(wrapped)
    async def call_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
        reader = _reader(opener, self, kwargs)
        if reader is None:
            return await wrapped(self, *args, **kwargs)
        content = await wrapped(self, *args, **_seen(kwargs, reader))
        _arrived(reader, kwargs, content)
        return content

    return call_method


@guarded
def _reader(opener: Opener, module: Any, kwargs: Mapping[str, Any]) -> "Reader | None":  # noqa: ANN401 - the SDK's Files
    """What reads along; None where there is nothing to be learned."""
    if not opener.active or is_suppressed(otel.get_current()):
        return None
    return desk_of(opener).reader_of(opener, module, kwargs.get("file"))


def _is_path(destination: object) -> bool:
    return isinstance(destination, str | os.PathLike)


def _seen(kwargs: Mapping[str, Any], reader: "Reader") -> Mapping[str, Any]:
    """The arguments, with a stream that a reader sees in place of the user's."""
    stream = kwargs.get("destination")
    if stream is None or _is_path(stream) or not hasattr(stream, "write"):
        return kwargs
    from gemledger.surfaces.batches.reader import Tee  # noqa: PLC0415 - loaded by now, for the reader

    return {**kwargs, "destination": Tee(stream, reader)}


@guarded
def _arrived(reader: "Reader", kwargs: Mapping[str, Any], content: Any) -> None:  # noqa: ANN401 - bytes, or None
    """The download is over, and went well."""
    destination = kwargs.get("destination")
    if isinstance(content, bytes):
        reader.read(content)
    elif _is_path(destination):
        reader.read_path(destination)
    elif destination is not None:
        reader.close()
