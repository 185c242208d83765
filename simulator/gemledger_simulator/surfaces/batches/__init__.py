"""Batches: created, looked at, cancelled, deleted; done when the clock, or a test, says so."""

import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gemledger_simulator.backend import Backend
from gemledger_simulator.engine import SimulatedResponse, error
from gemledger_simulator.fields import Json, field, submessage
from gemledger_simulator.file_store import new_name
from gemledger_simulator.paging import page
from gemledger_simulator.surfaces.batches.job import Job
from gemledger_simulator.surfaces.batches.results import deliver
from gemledger_simulator.surfaces.batches.source import BadSource, lines_of
from gemledger_simulator.surfaces.batches.wish import ENDS, Wish, WishError
from gemledger_simulator.surfaces.files import answered
from gemledger_simulator.usage import UsageError
from gemledger_simulator.webhook_watch import Ended


def routes(backend: Backend) -> list[BaseRoute]:
    """Everything below ``batches``, and the methods of models that begin one."""
    room = _Batches(backend)
    return [
        Route("/{version}/models/{model}:batchGenerateContent", room.create, methods=["POST"]),
        Route("/{version}/models/{model}:asyncBatchEmbedContent", room.embed, methods=["POST"]),
        Route("/{version}/batches", room.listed, methods=["GET"]),
        Route("/{version}/batches/{name}:cancel", room.cancel, methods=["POST"]),
        Route("/{version}/batches/{name}", room.looked_at, methods=["GET"]),
        Route("/{version}/batches/{name}", room.deleted, methods=["DELETE"]),
    ]


class _Batches:
    """The endpoints."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._jobs: dict[str, Job] = {}

    async def create(self, request: Request) -> Response:
        """Begin a batch of generateContent requests."""
        return await self._created(request, embeds=False)

    async def embed(self, request: Request) -> Response:
        """Begin a batch of embedContent requests."""
        return await self._created(request, embeds=True)

    async def _created(self, request: Request, *, embeds: bool) -> Response:
        """A job that is pending, whatever becomes of it."""
        if refused := self._backend.refused(request):
            return answered(refused)
        try:
            batch = submessage(json.loads(await request.body()), "batch")
            wish = Wish.of(request.headers)
            lines, in_file = lines_of(submessage(batch, "inputConfig"), self._backend.files)
        except (WishError, UsageError, BadSource, ValueError) as problem:
            return answered(error(400, str(problem)))
        job = Job(
            name=new_name("batches/"),
            model=request.path_params["model"],
            embeds=embeds,
            lines=lines,
            in_file=in_file,
            wish=wish,
            created_unix_nano=self._backend.clock(),
            display_name=str(field(batch, "displayName") or ""),
        )
        self._jobs[job.name] = job
        self._backend.webhooks.when_ended(
            lambda now: _ended(job, now), submessage(batch, "webhookConfig")
        )
        return answered(SimulatedResponse(body=job.as_json("PENDING", job.created_unix_nano)))

    async def listed(self, request: Request) -> Response:
        """A page of jobs, the newest first."""
        if refused := self._backend.refused(request):
            return answered(refused)
        jobs, further = page(list(reversed(self._jobs.values())), request)
        body: Json = {"operations": [self._seen(job) for job in jobs]} if jobs else {}
        return answered(SimulatedResponse(body=body | further))

    async def looked_at(self, request: Request) -> Response:
        """One job, with its results once they are there."""
        return self._with_job(request, self._seen)

    async def cancel(self, request: Request) -> Response:
        """The job ends, unless it has ended."""

        def cancel(job: Job) -> Json:
            job.cancel(self._backend.clock())
            return {}

        return self._with_job(request, cancel)

    async def deleted(self, request: Request) -> Response:
        """The job is forgotten; what it cost is not."""

        def delete(job: Job) -> Json:
            del self._jobs[job.name]
            return {}

        return self._with_job(request, delete)

    def _seen(self, job: Job) -> Json:
        """The job as it is now; its results come to be, once, when somebody looks after it is done."""
        now = self._backend.clock()
        state = job.state(now)
        if job.output is None and job.lines_done(state):
            job.output = deliver(job, job.lines_done(state), self._backend)
        return job.as_json(state, now)

    def _with_job(self, request: Request, act: Callable[[Job], Json]) -> Response:
        """Something done with the job that a path names."""
        if refused := self._backend.refused(request):
            return answered(refused)
        job = self._jobs.get(f"batches/{request.path_params['name']}")
        return answered(error(404) if job is None else SimulatedResponse(body=act(job)))


def _ended(job: Job, now: int) -> Ended | None:
    """What webhooks tell of a job that has ended."""
    state = job.state(now).lower()
    return Ended(f"batch.{state}", {"id": job.name}) if state in ENDS else None
