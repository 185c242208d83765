"""Who asks, and what they may: scopes, callers, the door that every request passes, and what each route needs.

A receiver or a route never looks at a token. It is handed a ``Caller`` that its door has let in; which scope a route
needs stands in one table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol, get_args

Scope = Literal["ingest", "read", "content", "write", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who was let in: a name for the audit, and what they may do."""

    name: str
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Whether the caller has this scope; ``admin`` has every one."""
        return scope in self.scopes or "admin" in self.scopes


LOOPBACK = Caller("loopback", frozenset(SCOPES))
"""Whoever reaches a collector without tokens: a process of this machine."""

COLLECTOR = Caller("collector", frozenset(SCOPES))
"""The collector itself, in the audit of what it does by its schedule."""

ANYBODY = Caller("anybody", frozenset())
"""Whoever asks a route that is open to everybody, though the collector has tokens."""


class Door(Protocol):
    """Lets callers in, by their ``Authorization`` header or gRPC metadata of that name."""

    def admit(self, authorization: str | None, scope: Scope | None, *, peer: str = "") -> Caller:
        """The caller, when they may do what ``scope`` says; None asks for no more than a good token.

        ``peer`` is the address they call from. Raises Unauthorized (no token, or none we know), Forbidden
        (not with this one), or RateLimited.
        """
        ...


class OpenDoor:
    """The door of a collector without tokens: it listens on loopback only."""

    def admit(
        self,
        authorization: str | None,  # noqa: ARG002 - everybody may
        scope: Scope | None,  # noqa: ARG002 - anything
        *,
        peer: str = "",  # noqa: ARG002 - from anywhere on this machine
    ) -> Caller:
        """Everybody."""
        return LOOPBACK


SCOPE_OF: Mapping[str, Scope | None] = {
    "/healthz": None,
    "/readyz": None,
    "/webhooks/gemini": None,  # Google signs these: settle/gate.py decides
    "/metrics": "read",
    "/openapi.json": "read",
    "/v1/": "ingest",
    "/api/v1/": "read",
    "POST /api/v1/": "write",
    "PUT /api/v1/": "write",
    "PATCH /api/v1/": "write",
    "DELETE /api/v1/": "write",
    "POST /api/v1/query": "read",
    "POST /api/v1/sql": "read",
    "POST /api/v1/alerts/preview": "read",
    "POST /api/v1/alerts/backtest": "read",
    # Whoever may send spans can use up a budget anyway: an app asks with the token it has, and needs no other.
    "POST /api/v1/budgets/check": "ingest",
    "POST /api/v1/budgets/reservations/": "ingest",
    "POST /api/v1/feedback": "ingest",  # so may whoever sends calls: people speak through the app
    "/api/v1/contents/": "content",
    "/api/v1/labels/next": "content",
    "/api/v1/audit": "admin",
    "GET /api/v1/export/contents": "content",
    "GET /api/v1/datasets": "content",
    "POST /api/v1/upkeep/": "admin",
    "POST /api/v1/reprice": "admin",
}
"""Path → the scope it needs; None lets in everybody, to exactly that path.

``METHOD /path`` holds for one method, a path that ends with / for all below it, any other for itself and all below
it; ``*`` stands for one segment. The longest entry wins, then the one with a method. What nothing here covers is left
to ``admin``.
"""

_LONGEST_REMEMBERED = 256
"""Of a path: strangers make up longer ones, and a thousand of them."""


def scope_of(method: str, path: str) -> Scope | None:
    """The scope that a request needs; None for what is open to everybody."""
    return entry_of("GET" if method == "HEAD" else method, path)[1]


def entry_of(method: str, path: str) -> tuple[str, Scope | None]:
    """The entry of SCOPE_OF that decides about a request, and its scope; an empty one where none does."""
    look = _entry if len(path) <= _LONGEST_REMEMBERED else _entry.__wrapped__
    return look(method, path)


@lru_cache(maxsize=1024)
def _entry(method: str, path: str) -> tuple[str, Scope | None]:
    best: tuple[int, int, int] = (-1, 0, 0)
    found: tuple[str, Scope | None] = ("", "admin")
    for entry, needed in SCOPE_OF.items():
        named, _, pattern = entry.rpartition(" ")
        covers = path == pattern if needed is None else _covers(pattern, path)
        if covers and named in ("", method):
            parts = [part for part in pattern.split("/") if part]
            rank = (len(parts), -parts.count("*"), len(named))
            if rank > best:
                best, found = rank, (entry, needed)
    return found


def _covers(pattern: str, path: str) -> bool:
    below = pattern.endswith("/")
    wanted, asked = pattern.rstrip("/").split("/"), path.rstrip("/").split("/")
    if len(asked) < len(wanted) + below:
        return False
    return all(want in ("*", part) for want, part in zip(wanted, asked, strict=False))
