"""Interactions, agents and decisions: JSON in snake case, server-sent events, ids that are billed once.

`wishes` says by which headers a test decides an answer.
"""

from starlette.routing import BaseRoute, Route

from gemledger_simulator.backend import Backend

from .decisions import Decisions
from .endpoints import Interactions

_ROOTS = ("/{version}", "/{version}/projects/{project}/locations/{location}")


def routes(backend: Backend) -> list[BaseRoute]:
    """Of the Gemini API, and of Vertex AI."""
    interactions, decisions = Interactions(backend), Decisions(backend)
    found: list[BaseRoute] = []
    for root in _ROOTS:
        one = root + "/interactions/{interaction_id}"
        found += [
            Route(f"{root}/interactions", interactions.create, methods=["POST"]),
            Route(one, interactions.look, methods=["GET", "DELETE"]),
            Route(f"{one}/cancel", interactions.cancel, methods=["POST"]),
            Route(f"{root}/decisions", decisions.create, methods=["POST"]),
        ]
    return found
