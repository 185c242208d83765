"""What a finished operation made, and what that costs: seconds times videos, at their resolution."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from gemledger import payer, semconv
from gemledger.attributes import Endpoint, Request, field
from gemledger.one_exchange_call import OneExchangeCall
from gemledger.pricing import Book
from gemledger.surfaces import video_file
from gemledger.surfaces.one_exchange import Answered

OPERATION = "generate_videos"
DEFAULT_SECONDS, DEFAULT_RESOLUTION = 8, "720p"
"""Of every Veo 3 model, where a request does not say."""


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


class Made(Answered):
    """The videos of a finished operation."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401 - a GenerateVideosResponse, or nothing
        """Seconds times videos, at their resolution; what was withheld is free. Neither leaves it without a price."""
        asked: Asked | None = self.given.get("asked")
        there = getattr(response, "generated_videos", None) or ()
        videos = [one.video for one in there if one.video is not None]
        withheld = getattr(response, "rai_media_filtered_count", None)
        if type(withheld) is int and withheld:
            self.told = {semconv.FILTERED: withheld}
            self.doubts = () if videos else ("all_filtered",)
        if videos:
            self._count(videos, asked)

    def _count(self, videos: list[Any], asked: Asked | None) -> None:
        """How many seconds there are, and of which resolution, by the best that is known of it."""
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
        seconds += DEFAULT_SECONDS if whole is None else whole
        resolution = resolution or ("" if found is None else found.resolution)
    return seconds, resolution or DEFAULT_RESOLUTION


def priced(
    book: Book,
    answer: Any,  # noqa: ANN401 - a GenerateVideosResponse
    asked: Asked | None,
    job: tuple[str, Endpoint, int],
) -> Made:
    """The videos of a job with their cost; ``job`` is the model in its name, where it ran, and since when."""
    model, endpoint, began_ns = job
    model = model if asked is None else asked.model
    made = Made(None, Request(OPERATION, model, None, None, False, endpoint), None)
    made.given = {"asked": asked}
    made.observe(answer)
    made.settle(book, began_ns, ())
    return made
