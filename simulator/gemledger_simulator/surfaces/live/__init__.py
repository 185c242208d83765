"""Live sessions over a WebSocket, as ``client.aio.live.connect`` of the SDK opens them.

The SDK insists on TLS where it has an API key: start the simulator with ``--tls-port`` and let the client trust its
certificate (environment variable ``SSL_CERT_FILE``, or an SSL context as ``async_client_args={"ssl": …}``).

Headers of the connection ask for something special (each of at most 8,000 characters): ``x-simulator-usage`` is the
``usageMetadata`` of every turn, word for word; ``x-simulator-live`` scripts the answers, see `script`.
"""

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from gemledger_simulator.backend import Backend
from gemledger_simulator.engine import Platform

from .conversation import Handles
from .session import LiveSession

_GEMINI_API = "/ws/google.ai.generativelanguage.{version}.GenerativeService.{method}"
_VERTEX_AI = "/ws/google.cloud.aiplatform.{version}.LlmBidiService/BidiGenerateContent"


def routes(backend: Backend) -> list[BaseRoute]:
    """The Gemini API's endpoint, and Vertex AI's."""
    handles = Handles()

    def endpoint(path: str, platform: Platform) -> WebSocketRoute:
        async def serve(socket: WebSocket) -> None:
            await LiveSession(backend, socket, platform, handles).serve()

        return WebSocketRoute(path, serve)

    return [endpoint(_GEMINI_API, "gemini_api"), endpoint(_VERTEX_AI, "vertex_ai")]
