"""Tokens for tests: secrets, and the configuration that lets them in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from gemledger_collector.access import SCOPES
from gemledger_collector.tokens import TokenHash, new_secret


@dataclass(frozen=True)
class Issued:
    """A token and both of its sides."""

    name: str
    scopes: Iterable[str]
    settings: dict[str, Any] = field(default_factory=dict)
    secret: str = field(default_factory=new_secret)
    hash: str = field(init=False)

    def __post_init__(self) -> None:
        """Hash it once: the same token stands in the configuration as the same line."""
        object.__setattr__(self, "hash", str(TokenHash.of(self.secret)))

    @property
    def header(self) -> dict[str, str]:
        """What its holder sends."""
        return {"Authorization": f"Bearer {self.secret}"}

    @property
    def entry(self) -> dict[str, Any]:
        """What stands in the configuration."""
        return {
            "name": self.name,
            "hash": self.hash,
            "scopes": list(self.scopes),
            **self.settings,
        }


def one_of_each_scope() -> dict[str, Issued]:
    """A token for each scope, named as it."""
    return {scope: Issued(scope, [scope]) for scope in SCOPES}


def extensions(*tokens: Issued, **api: Any) -> dict[str, Any]:
    """The section ``extensions`` with these tokens."""
    return {"api": {"tokens": [token.entry for token in tokens], **api}}
