"""What of a configuration may change while the collector runs, and what that makes of two of them. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel

from gemledger_collector.config import Config

Section = TypeVar("Section", bound=BaseModel)

SAFE = (
    "extensions.alerts",
    "extensions.api",
    "extensions.judge",
    "extensions.rate_limits",
    "extensions.reports",
    "exporters.duckdb.compact",
    "exporters.duckdb.retention",
    "exporters.duckdb.upkeep_interval",
    "processors",
    "receivers.otlp.protocols.http.tls.cert_file",
    "receivers.otlp.protocols.http.tls.key_file",
    "receivers.otlp.protocols.grpc.tls.cert_file",
    "receivers.otlp.protocols.grpc.tls.key_file",
)
"""Keys that take effect at once, with all below them; any other needs a restart."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Keys that differ: those that take effect at once, and those that need a restart."""

    at_once: Sequence[str]
    after_restart: Sequence[str]


def difference(old: Config, new: Config) -> Difference:
    """How the configuration that runs differs from the one that was read."""
    keys = list(_differing(old, new, ""))
    return Difference(
        [key for key in keys if is_below(key, SAFE)],
        [key for key in keys if not is_below(key, SAFE)],
    )


def effective(old: Config, new: Config) -> Config:
    """The configuration that runs from now on: the new one where that is safe, the old one elsewhere."""
    return _merged(old, new, "")


def is_below(key: str, roots: Iterable[str]) -> bool:
    """Whether the key is one of these, or lies in one of them."""
    return any(key == root or key.startswith(f"{root}.") for root in roots)


def _differing(old: BaseModel, new: BaseModel, where: str) -> Iterator[str]:
    for name in type(old).model_fields:
        key = f"{where}.{name}".lstrip(".")
        before, after = getattr(old, name), getattr(new, name)
        if isinstance(before, BaseModel) and isinstance(after, BaseModel):
            yield from _differing(before, after, key)
        elif before != after:
            yield key


def _merged(old: Section, new: Section, where: str) -> Section:
    """``old`` with every safe key taken from ``new``; what was valid apart is valid together, key by key."""
    changes = {}
    for name in type(old).model_fields:
        key = f"{where}.{name}".lstrip(".")
        before, after = getattr(old, name), getattr(new, name)
        if is_below(key, SAFE):
            changes[name] = after
        elif isinstance(before, BaseModel) and isinstance(after, BaseModel):
            changes[name] = _merged(before, after, key)
    return old.model_copy(update=changes)
