"""Tuning jobs of Vertex AI: begun, looked at, done when a test says so, with the tokens they billed."""

import json
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gemledger_simulator.backend import Backend
from gemledger_simulator.engine import SimulatedResponse, error
from gemledger_simulator.fields import Json, field
from gemledger_simulator.file_store import new_name, stamp
from gemledger_simulator.media_wishes import HEADER, WishError, Wishes
from gemledger_simulator.surfaces.files import answered

_JOBS = "/{version}/projects/{project}/locations/{location}/tuningJobs"
_TOKENS = 1_000_000


def routes(backend: Backend) -> list[BaseRoute]:
    """Everything below ``tuningJobs``."""
    room = _Tunings(backend)
    return [
        Route(_JOBS, room.created, methods=["POST"]),
        Route(_JOBS + "/{job}", room.looked_at, methods=["GET"]),
    ]


class _Tunings:
    """The endpoints, and the jobs with what is wished of each."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._jobs: dict[str, tuple[Json, Wishes]] = {}
        self._looks: dict[str, int] = {}

    async def created(self, request: Request) -> Response:
        """A new job, pending; what it will have billed is on the invoice from now on."""
        if refused := self._backend.refused(request, "vertex_ai"):
            return answered(refused)
        try:
            wishes = Wishes.from_header(request.headers.get(HEADER))
            asked: Json = json.loads(await request.body())
        except (WishError, ValueError) as problem:
            return answered(error(400, str(problem)))
        at = self._backend.clock()
        job = {
            "name": request.url.path.lstrip("/").partition("/")[2] + new_name("/"),
            "state": "JOB_STATE_PENDING",
            "createTime": stamp(datetime.fromtimestamp(at / 1e9, UTC)),
            "baseModel": field(asked, "baseModel"),
        }
        self._jobs[str(job["name"])] = (job, wishes)
        if not wishes.error:
            self._note(job, at)
        return answered(SimulatedResponse(body=job))

    async def looked_at(self, request: Request) -> Response:
        """The job as it is now."""
        if refused := self._backend.refused(request, "vertex_ai"):
            return answered(refused)
        name = request.url.path.lstrip("/").partition("/")[2]
        if name not in self._jobs:
            return answered(error(404))
        job, wishes = self._jobs[name]
        looks = self._looks[name] = self._looks.get(name, 0) + 1
        return answered(SimulatedResponse(body=job | _progress(looks, wishes)))

    def _note(self, job: Json, at: int) -> None:
        self._backend.record.note(
            "tuning",
            model=job["baseModel"],
            tier="tuning",
            platform="vertex_ai",
            at_unix_nano=at,
            job=job["name"],
            usageMetadata={"promptTokenCount": _TOKENS, "totalTokenCount": _TOKENS},
        )


def _progress(looks: int, wishes: Wishes) -> Json:
    """What a job says of itself at a look."""
    if looks <= wishes.pending_looks:
        return {"state": "JOB_STATE_RUNNING"}
    if wishes.error:
        problem: dict[str, Any] = {"code": wishes.error, "message": "The data could not be read."}
        return {"state": "JOB_STATE_FAILED", "error": problem}
    stats = {"totalBillableTokenCount": str(_TOKENS), "tuningStepCount": "100"}
    return {
        "state": "JOB_STATE_SUCCEEDED",
        "tuningDataStats": {"supervisedTuningDataStats": stats},
    }
