"""Images by `predict`, and videos as long-running operations of both platforms."""

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route

from gemledger_simulator import draw, wire
from gemledger_simulator.backend import Backend
from gemledger_simulator.engine import Platform, SimulatedResponse, error
from gemledger_simulator.fields import Json, field, submessage, submessages, whole_number
from gemledger_simulator.file_store import new_name
from gemledger_simulator.media_wishes import HEADER, WishError, Wishes
from gemledger_simulator.prompt import BadRequest
from gemledger_simulator.scripted import SCRIPT
from gemledger_simulator.videos import VideoJob, VideoJobs
from gemledger_simulator.webhook_watch import Ended

_VERTEX = "/{version}/projects/{project}/locations/{location}/publishers/{publisher}/models/{model}"
_GEMINI = "/{version}/models/{model}"
_IMAGE_WORDS = ("imagen", "image", "try-on", "segmentation")
_OFFERED_BY_DEFAULT = 4


class _Unscripted(Route):
    """A route that leaves requests with a script of their own to whoever performs those."""

    def matches(self, scope: Any) -> tuple[Match, Any]:  # noqa: ANN401 - starlette's own types
        """As a route does, but for the script."""
        match, child = super().matches(scope)
        scripted = any(name == SCRIPT.encode() for name, _ in scope.get("headers", ()))
        return (Match.NONE, {}) if scripted else (match, child)


class _ImageRoute(_Unscripted):
    """`predict` of a model that makes images; the same method of others embeds texts."""

    def matches(self, scope: Any) -> tuple[Match, Any]:  # noqa: ANN401 - starlette's own types
        """As a route does, but for the model's name."""
        match, child = super().matches(scope)
        model = child.get("path_params", {}).get("model", "")
        is_image = any(word in model for word in _IMAGE_WORDS)
        return (match, child) if is_image else (Match.NONE, {})


def routes(backend: Backend) -> list[BaseRoute]:
    """Making and changing images, making videos, and looking how far those are."""
    media = _Media(backend)
    return [
        *(
            _ImageRoute(path + ":predict", media.images, methods=["POST"])
            for path in (_VERTEX, _GEMINI)
        ),
        *(
            _Unscripted(path + ":predictLongRunning", media.submit, methods=["POST"])
            for path in (_VERTEX, _GEMINI)
        ),
        _Unscripted(_VERTEX + ":fetchPredictOperation", media.fetch, methods=["POST"]),
        _Unscripted(_GEMINI + "/operations/{operation}", media.get, methods=["GET"]),
    ]


def _guarded(
    answer: Callable[["_Media", Request], Awaitable[SimulatedResponse]],
) -> Callable[["_Media", Request], Awaitable[Response]]:
    """An endpoint whose complaints are answered 400."""

    async def endpoint(self: "_Media", request: Request) -> Response:
        refused = self.backend.refused(request, _platform(request)) or _fault(request)
        try:
            response = refused or await answer(self, request)
        except (BadRequest, WishError) as problem:
            response = error(400, str(problem))
        except ValueError as problem:
            response = error(400, f"Invalid JSON payload received. {problem}")
        return Response(wire.encoded(response.body), response.status, media_type="application/json")

    return endpoint


class _Media:
    """The endpoints, and the videos being made."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._videos = VideoJobs()

    @_guarded
    async def images(self, request: Request) -> SimulatedResponse:
        """So many images as were asked for, but for those that are withheld."""
        message = await _message(request)
        wishes = Wishes.from_header(request.headers.get(HEADER))
        parameters = submessage(message, "parameters")
        count = _image_count(message, parameters)
        delivered = max(0, count - wishes.filtered)
        predictions = [_image(request.path_params["model"], number) for number in range(delivered)]
        if field(parameters, "includeRaiReason"):
            reason = {"raiFilteredReason": "Unable to show the generated images. Code 58061214."}
            predictions += [reason] * (count - delivered)
        if delivered:
            self._note("image", request, images=delivered, resolution=_size(parameters))
        return SimulatedResponse(body={"predictions": predictions} if predictions else {})

    @_guarded
    async def submit(self, request: Request) -> SimulatedResponse:
        """A new operation; what it will have made is on the invoice from now on."""
        platform = _platform(request)
        wishes = Wishes.from_header(request.headers.get(HEADER))
        path = request.url.path.removesuffix(":predictLongRunning").lstrip("/").partition("/")[2]
        name = new_name(f"{path}/operations/")
        job = VideoJob.of(name, platform, await _message(request), wishes)
        if job.delivered:
            seconds, resolution = job.seconds * job.delivered, job.resolution
            self._note("video", request, seconds=seconds, resolution=resolution, operation=name)
        self.backend.webhooks.when_ended(lambda _: _generated(job))
        return SimulatedResponse(body=self._videos.submit(job))

    @_guarded
    async def fetch(self, request: Request) -> SimulatedResponse:
        """An operation of Vertex AI."""
        return self._looked_at(str(field(await _message(request), "operationName") or ""))

    @_guarded
    async def get(self, request: Request) -> SimulatedResponse:
        """An operation of the Gemini API."""
        model, operation = request.path_params["model"], request.path_params["operation"]
        return self._looked_at(f"models/{model}/operations/{operation}")

    def _looked_at(self, name: str) -> SimulatedResponse:
        operation = self._videos.look(name)
        if operation is None:
            return error(404, f"Operation {name} is not found.")
        return SimulatedResponse(body=operation)

    def _note(self, kind: str, request: Request, **facts: Any) -> None:  # noqa: ANN401 - see Record.note
        self.backend.record.note(
            kind,
            model=request.path_params["model"],
            tier="standard",
            platform=_platform(request),
            at_unix_nano=self.backend.clock(),
            **facts,
        )


def _generated(job: VideoJob) -> Ended | None:
    """What webhooks tell of a video, once the next look would find it done; of one that fails, nothing."""
    done = job.looks >= job.wishes.pending_looks and not job.wishes.error
    return Ended("video.generated", {"id": job.name}) if done else None


def _fault(request: Request) -> SimulatedResponse | None:
    """The error that ``x-simulator-fault`` asks for; of faults these methods know statuses alone."""
    fault = request.headers.get("x-simulator-fault", "")
    return error(int(fault)) if fault.isdigit() else None


def _platform(request: Request) -> Platform:
    return "vertex_ai" if "project" in request.path_params else "gemini_api"


async def _message(request: Request) -> Json:
    message = json.loads(await request.body())
    if not isinstance(message, dict):
        raise BadRequest("Expected an object.")
    return message


def _image_count(message: Json, parameters: Json) -> int:
    """As asked; else four of what is imagined, and one of what is changed. Raises BadRequest."""
    instances = submessages(message, "instances")
    if not instances:
        raise BadRequest("* PredictRequest.instances: instances is not specified")
    asked = whole_number(parameters, "sampleCount")
    return asked or (_OFFERED_BY_DEFAULT if set(instances[0]) == {"prompt"} else 1)


def _size(parameters: Json) -> str:
    return str(field(parameters, "sampleImageSize") or "1K").lower()


def _image(model: str, number: int) -> Json:
    """Bytes that begin as a PNG does."""
    picture = b"\x89PNG\r\n\x1a\n" + draw.digest(model, number)
    return {"mimeType": "image/png", "bytesBase64Encoded": base64.b64encode(picture).decode()}
