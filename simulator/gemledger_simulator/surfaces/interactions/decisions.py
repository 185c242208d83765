"""``/decisions``: questions that a model decides. The answer need not say what it counted."""

import json

from starlette.requests import Request
from starlette.responses import Response

from gemledger_simulator import faults, wire
from gemledger_simulator.backend import Backend

from .endpoints import error
from .wishes import WishError, Wishes


class Decisions:
    """The endpoint."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def create(self, request: Request) -> Response:
        """Answers every question with the same certainty; with usage if a header gives it."""
        if refused := self._backend.refused(request):
            return error(refused.status)
        try:
            wishes = Wishes.of(request)
            body = json.loads(await request.body())
        except (WishError, faults.UnknownFault, ValueError) as problem:
            return error(400, str(problem))
        if wishes.fault is not None and wishes.fault.isdigit():
            return error(int(wishes.fault))
        decided = {"type": "noul", "noul": 0.9, "confidence": 0.9}
        answer: dict[str, object] = {"answers": dict.fromkeys(body.get("questions", {}), decided)}
        if wishes.usage is not None:
            answer["usage"] = wishes.usage
        return Response(wire.encoded(answer), media_type="application/json")
