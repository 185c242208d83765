"""Videos: the request costs nothing, and what was made is billed when somebody sees that it is done.

The finished operation does not say how long a video is or how large. The request did: whoever made it, in this
process, prices to the second. Another process that only polls measures the video, where it came along, or takes the
model's defaults; that is an estimate, and says so. Both tell the same settlement.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from gemledger import attributes, payer, receipts, semconv, settlement
from gemledger.attributes import Endpoint, Request, field
from gemledger.one_exchange_call import OneExchangeCall
from gemledger.opening import Opener
from gemledger.remembered import Remembered
from gemledger.surfaces import video_file
from gemledger.surfaces.generate_content import MODELS
from gemledger.surfaces.one_exchange import Answered, Free, wrap_one, wrap_one_async
from gemledger.surfaces.surface import Surface

OPERATIONS = "google.genai.operations"
_OPERATION = "generate_videos"
_DEFAULT_SECONDS, _DEFAULT_RESOLUTION = 8, "720p"
"""Of every Veo 3 model, where a request does not say."""
_MODEL = re.compile(r"models/([^/]+)/operations/")


class Asked(NamedTuple):
    """A request for videos, as it is remembered until they are there. Without ``seconds`` nobody said."""

    model: str
    seconds: int | None
    resolution: str
    extends: bool
    """Whether a video was prolonged: then its length is not what was made of it."""
    start_ns: int
    paying: Mapping[str, str]

    @classmethod
    def of(cls, call: OneExchangeCall) -> "Asked":
        """What a call asked for."""
        config, given = call.request.config, getattr(call.exchanges[0], "given", {})
        seconds = field(config, "duration_seconds")
        return cls(
            model=call.request.model,
            seconds=seconds if type(seconds) is int and seconds > 0 else None,
            resolution=str(field(config, "resolution") or "").lower(),
            extends=bool(given.get("video") or field(given.get("source"), "video")),
            start_ns=call.start_ns,
            paying=payer.current_attributes(),
        )


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


class LookedAt(Free):
    """A look at an operation."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - an operation of any kind
        """How far a video is. Other operations are billed when they are asked for, and are no jobs of ours."""
        super().read(response)
        if _is_of_videos(response):
            self.told = _job(response)


class Made(Answered):
    """The videos of a finished operation."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - a GenerateVideosResponse
        """Seconds times videos, at their resolution; what was withheld is free."""
        asked: Asked | None = self.given.get("asked")
        videos = [one.video for one in response.generated_videos or () if one.video is not None]
        withheld = response.rai_media_filtered_count
        if type(withheld) is int and withheld:
            self.told = {semconv.FILTERED: withheld}
        if not videos:
            self.doubts = ("all_filtered",)
            return
        seconds, resolution = _measured(videos, asked)
        if asked is not None and asked.seconds is not None:
            seconds = asked.seconds * len(videos)
        else:
            self.doubts += ("video_seconds_assumed",)
        if asked is not None and asked.resolution:
            resolution = asked.resolution
        else:
            self.doubts += ("resolution_assumed",)
        self.quantities, self.resolution = {"video_second": seconds}, resolution


def _measured(videos: list[Any], asked: Asked | None) -> tuple[int, str]:
    """Seconds of all videos and their resolution, as the files say, else as models make them."""
    seconds, resolution = 0, ""
    for video in videos:
        found = video_file.measured(getattr(video, "video_bytes", None))
        whole = None if found is None or (asked is not None and asked.extends) else found.seconds
        seconds += _DEFAULT_SECONDS if whole is None else whole
        resolution = resolution or ("" if found is None else found.resolution)
    return seconds, resolution or _DEFAULT_RESOLUTION


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
    answer = operation.response
    if not operation.done or operation.error or answer is None or not _is_of_videos(operation):
        return
    asked, recorder = _ASKED.get(operation.name), opener.recorder
    began_ns = call.start_ns if asked is None else asked.start_ns
    began_ns = _created_ns(operation.metadata) or began_ns
    made = _priced(recorder.book, answer, asked, (operation.name, call.request.endpoint, began_ns))
    receipts.file(operation, made.cost)
    if not _SETTLED.keep(operation.name, thing=True):
        return
    told = settlement.told_by(made.request, made, recorder.book.version, calls=0)
    told.update({} if asked is None else asked.paying)
    times = (began_ns, recorder.clock())
    settlement.settle(recorder, f"video:{operation.name}", operation.name, told, times)


def _priced(
    book: Any,  # noqa: ANN401 - the price book
    answer: Any,  # noqa: ANN401 - a GenerateVideosResponse
    asked: Asked | None,
    job: tuple[str, Endpoint, int],
) -> Made:
    """What a finished job made and what that costs; ``job`` is its name, where it ran, and since when."""
    name, endpoint, began_ns = job
    model = model_of(name) if asked is None else asked.model
    made = Made(None, Request(_OPERATION, model, None, None, False, endpoint), None)
    made.given = {"asked": asked}
    made.observe(answer)
    made.settle(book, began_ns, ())
    return made


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
        submit = wrapped(_OPERATION, Submitted, arguments=_asking, then=_submitted)
        look = wrapped("operation_get", LookedAt, arguments=_looking, then=_looked_at)
        yield Surface(MODELS, owners[0], _OPERATION, submit, since="3.4")
        yield Surface(OPERATIONS, owners[1], "get", look, since="3.4")


SURFACES = tuple(_surfaces())
