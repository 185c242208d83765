"""Videos: the request costs nothing, and what was made is billed when somebody sees that it is done.

The finished operation does not say how long a video is or how large. The request did: whoever made it, in this
process, prices to the second. Another process that only polls measures the video, where it came along, or takes the
model's defaults; that is an estimate, and says so. Both tell the same settlement.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from gemledger import attributes, receipts, semconv, settlement
from gemledger.attributes import field
from gemledger.one_exchange_call import OneExchangeCall
from gemledger.opening import Opener
from gemledger.pricing import Book, price_exchange
from gemledger.remembered import Remembered
from gemledger.surfaces.generate_content import MODELS
from gemledger.surfaces.made_videos import (
    DEFAULT_RESOLUTION,
    DEFAULT_SECONDS,
    OPERATION,
    Asked,
    priced,
)
from gemledger.surfaces.one_exchange import Answered, Free, wrap_one, wrap_one_async
from gemledger.surfaces.surface import Surface

OPERATIONS = "google.genai.operations"
_MODEL = re.compile(r"models/([^/]+)/operations/")


_ASKED: Remembered[Asked] = Remembered()
_SETTLED: Remembered[bool] = Remembered()


class Submitted(Answered):
    """The answer to a request for videos: an operation."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - a GenerateVideosOperation
        """Whatever it makes is billed later; what was asked for is told, for whoever sees the end of it."""
        self.doubts = ("settled_later",)
        told: attributes.Attributes = _job(response)
        for name, given in (
            (semconv.VIDEO_COUNT, "number_of_videos"),
            (semconv.VIDEO_DURATION_SECONDS, "duration_seconds"),
        ):
            value = field(self.request.config, given)
            if type(value) is int:
                told[name] = value
        resolution = field(self.request.config, "resolution")
        if resolution:
            told[semconv.VIDEO_RESOLUTION] = str(resolution).lower()
        self.told = told

    def settle(self, book: Book, at_unix_nano: int, reasons: tuple[str, ...]) -> None:
        """Free; and what it is expected to cost, of as many seconds as will be made if nothing is withheld."""
        super().settle(book, at_unix_nano, reasons)
        seconds = self.told.get(semconv.VIDEO_DURATION_SECONDS, DEFAULT_SECONDS)
        quantities = {"video_second": seconds * self.told.get(semconv.VIDEO_COUNT, 1)}
        resolution = self.told.get(semconv.VIDEO_RESOLUTION, DEFAULT_RESOLUTION)
        if self.facts is None:
            return
        made = self.facts._replace(quantities=quantities, resolution=resolution, reasons=())
        expected = price_exchange(book, made).total_pico_usd
        if expected is not None:
            self.told[semconv.JOB_COMMITTED_PICO_USD] = expected


class LookedAt(Free):
    """A look at an operation."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - an operation of any kind
        """How far a video is. Other operations are billed when they are asked for, and are no jobs of ours."""
        super().read(response)
        if _is_of_videos(response):
            self.told = _job(response)


def _job(operation: Any) -> attributes.Attributes:  # noqa: ANN401 - an operation of the SDK
    """Its name and state; Google has no words for the state of an operation but done and failed."""
    if not operation.name:
        return {}
    state = "running"
    if operation.done:
        state = "failed" if operation.error else "succeeded"
    return {semconv.JOB_NAME: operation.name, semconv.JOB_STATE: state}


def _is_of_videos(operation: Any) -> bool:  # noqa: ANN401 - as above
    return type(operation).__name__ == "GenerateVideosOperation"


def _submitted(opener: Opener, call: OneExchangeCall, operation: Any) -> None:  # noqa: ANN401 - as above
    """Keep in mind what was asked for. An operation may be done at once."""
    if operation.name:
        _ASKED.keep(operation.name, Asked.of(call))
        _looked_at(opener, call, operation)


def _looked_at(opener: Opener, call: OneExchangeCall, operation: Any) -> None:  # noqa: ANN401 - as above
    """Settle an operation that is done, the first time that this process sees it so."""
    if not operation.done or operation.error or not _is_of_videos(operation):
        return
    asked, recorder = _ASKED.get(operation.name), opener.recorder
    began_ns = call.start_ns if asked is None else asked.start_ns
    began_ns = _created_ns(operation.metadata) or began_ns
    job = (model_of(operation.name), call.request.endpoint, began_ns)
    made = priced(recorder.book, operation.response, asked, job)
    receipts.file(operation, made.cost)
    if not _SETTLED.keep(operation.name, thing=True):
        return
    told = settlement.told_by(made.request, made, recorder.book.version, calls=0)
    told.update({} if asked is None else asked.paying)
    times = (began_ns, recorder.clock())
    settlement.settle(recorder, f"video:{operation.name}", operation.name, told, times)


def model_of(operation_name: str) -> str:
    """The model in the name of an operation; empty where it has none."""
    found = _MODEL.search(operation_name)
    return "" if found is None else found[1]


def _created_ns(metadata: Any) -> int | None:  # noqa: ANN401 - any JSON, as Google sends it
    """When Google took the job, in nanoseconds since the epoch, where it says so."""
    generic = field(metadata, "generic_metadata") or metadata
    created = field(generic, "create_time")
    if not isinstance(created, str):
        return None
    try:
        return int(datetime.fromisoformat(created).timestamp() * 1_000_000) * 1_000
    except ValueError:
        return None


def _looking(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The operation may be given by position or by name; its model is in its own name."""
    operation = args[0] if args else kwargs.get("operation")
    model = model_of(getattr(operation, "name", None) or "")
    return {"model": model, "config": kwargs.get("config")}


def _asking(_: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The prompt is what the call's content is."""
    prompt = kwargs.get("prompt") or field(kwargs.get("source"), "prompt")
    return {**kwargs, "contents": prompt}


def _surfaces() -> Iterator[Surface]:
    """Requests for videos, and looks at operations of every kind."""
    for wrapped, owners in (
        (wrap_one, ("Models", "Operations")),
        (wrap_one_async, ("AsyncModels", "AsyncOperations")),
    ):
        submit = wrapped(OPERATION, Submitted, arguments=_asking, then=_submitted)
        look = wrapped("operation_get", LookedAt, arguments=_looking, then=_looked_at)
        yield Surface(MODELS, owners[0], OPERATION, submit, since="3.4")
        yield Surface(OPERATIONS, owners[1], "get", look, since="3.4")


SURFACES = tuple(_surfaces())
