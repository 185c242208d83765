"""Live sessions over a WebSocket."""

from starlette.routing import BaseRoute

from gemledger_simulator.backend import Backend


def routes(backend: Backend) -> list[BaseRoute]:  # noqa: ARG001 - nothing here yet
    """None yet."""
    return []
