"""Who asks, and what they may: scopes, callers, and the door that every request passes.

A receiver or a route never looks at a token. It is handed a ``Caller`` that its door has let in; which scope a route
needs stands in one table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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


class Door(Protocol):
    """Lets callers in, by their ``Authorization`` header or gRPC metadata of that name."""

    def admit(self, authorization: str | None, scope: Scope | None) -> Caller:
        """The caller, when they may do what ``scope`` says; None asks for no more than a good token.

        Raises Unauthorized (no token, or none we know), Forbidden (not with this one), or RateLimited.
        """
        ...


class OpenDoor:
    """The door of a collector without tokens: it listens on loopback only."""

    def admit(self, authorization: str | None, scope: Scope | None) -> Caller:  # noqa: ARG002 - everybody may
        """Everybody."""
        return LOOPBACK


SCOPE_OF: Mapping[str, Scope | None] = {
    "/healthz": None,
    "/readyz": None,
    "/v1/": "ingest",
    "/api/v1/": "read",
}
"""Longest prefix of a path → the scope it needs; None lets in everybody. Commands and content say theirs."""
