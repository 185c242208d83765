"""Videos that are being made, and when they are done: what Google remembers of each operation."""

import base64
from collections import OrderedDict
from dataclasses import dataclass

from . import mp4
from .engine import Platform
from .fields import Json, field, submessage, submessages, whole_number
from .media_wishes import Wishes
from .prompt import BadRequest

_REMEMBERED = 10_000
_SHORT_SIDES = {"720p": 720, "1080p": 1080, "4k": 2160}
_PROLONGED_SECONDS = 8
"""Of any video that is to be made longer."""
_VERTEX_RESPONSE = "type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse"
_GEMINI_RESPONSE = (
    "type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse"
)


@dataclass(slots=True)
class VideoJob:
    """One request for videos."""

    name: str
    platform: Platform
    seconds: int
    resolution: str
    count: int
    storage_uri: str | None
    prolongs: bool
    wishes: Wishes
    looks: int = 0

    @classmethod
    def of(cls, name: str, platform: Platform, request: Json, wishes: Wishes) -> "VideoJob":
        """What a request asks for: 8 seconds of 720p, once, where it does not say. Raises BadRequest."""
        instances = submessages(request, "instances")
        if not instances or not instances[0]:
            raise BadRequest("* PredictLongRunningRequest.instances: instances is not specified")
        parameters = submessage(request, "parameters")
        resolution = str(field(parameters, "resolution") or "720p").lower()
        if resolution not in _SHORT_SIDES:
            raise BadRequest(f"resolution must be one of {', '.join(_SHORT_SIDES)}")
        storage = field(parameters, "storageUri")
        return cls(
            name=name,
            platform=platform,
            seconds=whole_number(parameters, "durationSeconds") or 8,
            resolution=resolution,
            count=whole_number(parameters, "sampleCount") or 1,
            storage_uri=None if storage is None else str(storage),
            prolongs=bool(field(instances[0], "video")),
            wishes=wishes,
        )

    @property
    def delivered(self) -> int:
        """Videos that are not withheld, and billed; none of a job that fails."""
        return 0 if self.wishes.error else max(0, self.count - self.wishes.filtered)

    def looked_at(self) -> Json:
        """The operation as it is now."""
        self.looks += 1
        if self.looks <= self.wishes.pending_looks:
            return {"name": self.name}
        if self.wishes.error:
            problem = {"code": self.wishes.error, "message": "The video could not be generated."}
            return {"name": self.name, "done": True, "error": problem}
        return {"name": self.name, "done": True, "response": self._response()}

    def _response(self) -> Json:
        filtered = self.count - self.delivered
        withheld: Json = {"raiMediaFilteredCount": filtered} if filtered else {}
        if filtered:
            withheld["raiMediaFilteredReasons"] = ["58061214: violates the usage guidelines."]
        if self.platform == "vertex_ai":
            videos = [self._video(number) for number in range(self.delivered)]
            return {"@type": _VERTEX_RESPONSE, **withheld, **({"videos": videos} if videos else {})}
        files = [
            f"https://example.com/v1beta/files/{number}:download"
            for number in range(self.delivered)
        ]
        samples: Json = {"generatedSamples": [{"video": {"uri": uri}} for uri in files]}
        made = {**withheld, **(samples if files else {})}
        return {"@type": _GEMINI_RESPONSE, "generateVideoResponse": made}

    def _video(self, number: int) -> Json:
        if self.storage_uri is not None:
            uri = f"{self.storage_uri.rstrip('/')}/sample_{number}.mp4"
            return {"gcsUri": uri, "mimeType": "video/mp4"}
        short = _SHORT_SIDES[self.resolution]
        # A video that was prolonged comes back whole; only what was added is billed.
        seconds = self.seconds + (_PROLONGED_SECONDS if self.prolongs else 0)
        video = mp4.header(seconds, short * 16 // 9, short)
        return {"bytesBase64Encoded": base64.b64encode(video).decode(), "mimeType": "video/mp4"}


class VideoJobs:
    """All of them by name; the oldest are forgotten."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, VideoJob] = OrderedDict()

    def submit(self, job: VideoJob) -> Json:
        """Begin a job; the operation as its request is answered."""
        self._jobs[job.name] = job
        if len(self._jobs) > _REMEMBERED:
            self._jobs.popitem(last=False)
        return {"name": job.name}

    def look(self, name: str) -> Json | None:
        """The operation as it is now; None where there is none of this name."""
        job = self._jobs.get(name)
        return None if job is None else job.looked_at()
