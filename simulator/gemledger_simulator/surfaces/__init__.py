"""The endpoints beside generateContent: one room for each kind of thing that Google bills.

A room offers ``routes(backend)``; its paths come before the one that answers everything else.
"""

from collections.abc import Callable

from starlette.routing import BaseRoute

from gemledger_simulator.backend import Backend
from gemledger_simulator.surfaces import (
    batches,
    caches,
    file_search,
    files,
    interactions,
    live,
    media,
    tunings,
    webhooks,
)

_ROOMS: tuple[Callable[[Backend], list[BaseRoute]], ...] = (
    batches.routes,
    caches.routes,
    file_search.routes,
    files.routes,
    interactions.routes,
    live.routes,
    media.routes,
    tunings.routes,
    webhooks.routes,
)


def routes(backend: Backend) -> list[BaseRoute]:
    """Every room's routes."""
    return [route for room in _ROOMS for route in room(backend)]
