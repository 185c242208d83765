"""What the endpoints beside generateContent share: engine, clock, invoice, and who may ask."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from .context_caches import ContextCaches
from .engine import Engine, Platform, SimulatedResponse, error
from .file_store import FileStore
from .record import Record
from .webhook_sender import Webhooks


@dataclass(frozen=True, slots=True)
class Backend:
    """Handed to every room of endpoints. ``clock`` gives unix nanoseconds."""

    engine: Engine
    clock: Callable[[], int]
    record: Record = field(default_factory=Record)
    files: FileStore = field(default_factory=FileStore)
    webhooks: Webhooks = field(default_factory=Webhooks)
    """``webhooks.emit(…)`` tells of whatever has finished."""
    caches: ContextCaches = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "caches", ContextCaches(self.record))  # frozen for everybody else

    def refused(
        self, request: HTTPConnection, platform: Platform = "gemini_api"
    ) -> SimulatedResponse | None:
        """The error for a missing or wrong credential; None where it may pass."""
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        key = request.headers.get("x-goog-api-key") or request.query_params.get("key") or bearer
        wanted = self.engine.settings.api_key
        if not key:
            return error(401 if platform == "vertex_ai" else 403)
        if wanted is None or hmac.compare_digest(key, wanted):
            return None
        if bearer:
            return error(401)
        message = "API key not valid. Please pass a valid API key."
        return error(400, message, "API_KEY_INVALID")
