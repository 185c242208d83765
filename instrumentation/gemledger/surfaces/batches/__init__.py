"""Batches: created, looked at, listed; their results settle them, whether they come inlined or in a file.

Two of the methods are the SDK's own below its public ones: a pager asks for each of its pages through ``_list``, and
the warning that ``create_embeddings`` gives still names the line that called it.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any, cast

from gemledger.guard import guarded
from gemledger.one_exchange_call import OneExchangeCall
from gemledger.opening import Opener
from gemledger.surfaces.around import Wrap
from gemledger.surfaces.batches.calls import Created, Listed, Looked, Named
from gemledger.surfaces.batches.desk import desk_of
from gemledger.surfaces.batches.files import (
    wrap_async_download,
    wrap_async_upload,
    wrap_download,
    wrap_upload,
)
from gemledger.surfaces.one_exchange import Answered, Free, wrap_one, wrap_one_async
from gemledger.surfaces.surface import Coroutines, Function, Surface

KindOf = Callable[[Opener, Mapping[str, Any]], type[Answered]]


def _wrap_each(operation: str, kind_of: KindOf) -> Wrap:
    """As ``wrap_one``, with a kind that knows the call's own arguments."""
    kind_for = guarded(kind_of)

    def wrap(wrapped: Function, opener: Opener) -> Function:
        @functools.wraps(wrapped)
        def call_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
            recorded = wrap_one(operation, kind_for(opener, kwargs) or Free)
            return recorded(wrapped, opener)(self, *args, **kwargs)

        return call_method

    return wrap


def _wrap_each_async(operation: str, kind_of: KindOf) -> Callable[[Coroutines, Opener], Function]:
    """The same, async."""
    kind_for = guarded(kind_of)

    def wrap(wrapped: Coroutines, opener: Opener) -> Function:
        @functools.wraps(wrapped)
        async def call_method(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
            recorded = wrap_one_async(operation, kind_for(opener, kwargs) or Free)
            return await recorded(wrapped, opener)(self, *args, **kwargs)

        return call_method

    return wrap


def _created(opener: Opener, kwargs: Mapping[str, Any], *, embeds: bool = False) -> type[Answered]:
    """The kind that knows what is expected; an estimate that fails is none."""
    from gemledger.surfaces.batches import committed  # noqa: PLC0415 - for the few apps that have batches

    source, uploads = kwargs.get("src"), desk_of(opener).uploads
    estimate: committed.Estimate | None = guarded(committed.estimate_of)(
        source, uploads, embeds=embeds
    )
    return cast("type[Answered]", functools.partial(Created, estimate or committed.UNKNOWN))


def _named(_: Opener, kwargs: Mapping[str, Any]) -> type[Answered]:
    """The kind that knows which job is meant."""
    return cast("type[Answered]", functools.partial(Named, kwargs.get("name")))


def _looked(opener: Opener, call: OneExchangeCall, job: Any) -> None:  # noqa: ANN401 - a BatchJob
    desk_of(opener).look(opener.recorder, call.request.endpoint, job)


def _listed(opener: Opener, call: OneExchangeCall, page: Any) -> None:  # noqa: ANN401 - a ListBatchJobsResponse
    for job in page.batch_jobs or ():
        _looked(opener, call, job)


_embeds = functools.partial(_created, embeds=True)
BATCHES, FILES = "google.genai.batches", "google.genai.files"
_SYNC = (
    ("create", _wrap_each("batch_create", _created)),
    ("_create_embeddings", _wrap_each("batch_create", _embeds)),
    ("get", wrap_one("batch_get", Looked, then=_looked)),
    ("_list", wrap_one("batch_list", Listed, then=_listed)),
    ("cancel", _wrap_each("batch_cancel", _named)),
    ("delete", _wrap_each("batch_delete", _named)),
)
_ASYNC = (
    ("create", _wrap_each_async("batch_create", _created)),
    ("_create_embeddings", _wrap_each_async("batch_create", _embeds)),
    ("get", wrap_one_async("batch_get", Looked, then=_looked)),
    ("_list", wrap_one_async("batch_list", Listed, then=_listed)),
    ("cancel", _wrap_each_async("batch_cancel", _named)),
    ("delete", _wrap_each_async("batch_delete", _named)),
)
SURFACES: tuple[Surface, ...] = (
    *(Surface(BATCHES, "Batches", method, wrap, since="1.32") for method, wrap in _SYNC),
    *(Surface(BATCHES, "AsyncBatches", method, wrap, since="1.32") for method, wrap in _ASYNC),
    Surface(FILES, "Files", "upload", wrap_upload, since="1.32"),
    Surface(FILES, "Files", "download", wrap_download, since="1.32"),
    Surface(FILES, "AsyncFiles", "upload", wrap_async_upload, since="1.32"),
    Surface(FILES, "AsyncFiles", "download", wrap_async_download, since="1.32"),
)
