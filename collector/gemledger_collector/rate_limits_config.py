"""Configuration of ``extensions.rate_limits``: limits that somebody looked up, and that win over learned ones."""

import re
from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from gemledger_collector.config_values import Listed, Strict


def _digest(written: object) -> str:
    """The digest of an API key; ValueError says what would be accepted."""
    if isinstance(written, str) and re.fullmatch("[0-9a-f]{8}", written):
        return written
    # YAML reads 12345678 as a number, and 00123456 as another one.
    raise ValueError(f"{written!r} is no digest of a key; write its 8 hex digits in quotes")


KeyDigest = Annotated[str, BeforeValidator(_digest)]
Count = Annotated[int, Field(ge=1, le=10**15)]
MEASURES = {
    "requests_per_minute": ("requests", "minute"),
    "input_tokens_per_minute": ("input_tokens", "minute"),
    "requests_per_day": ("requests", "day"),
    "input_tokens_per_day": ("input_tokens", "day"),
}
"""Name of a limit → its unit and window."""


class RateLimitConfig(Strict):
    """What a model may be asked for; of one project or key where these are given, else of each by itself.

    Google counts per project. ``key_digest`` is what the collector shows of an API key.
    """

    model: Annotated[str, Field(min_length=1, max_length=200)]
    project: Annotated[str, Field(min_length=1)] | None = None
    key_digest: KeyDigest | None = None
    requests_per_minute: Count | None = None
    input_tokens_per_minute: Count | None = None
    requests_per_day: Count | None = None
    input_tokens_per_day: Count | None = None

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if not any(True for _ in self.limits()):
            raise ValueError(f"the limits of {self.model} are missing; give {', '.join(MEASURES)}")
        return self

    def limits(self) -> Iterator[tuple[str, int]]:
        """What is limited, and to how much."""
        for name in MEASURES:
            limit = getattr(self, name)
            if limit is not None:
                yield name, limit


def _each_once(limits: tuple[RateLimitConfig, ...]) -> tuple[RateLimitConfig, ...]:
    seen = set()
    for limit in limits:
        key = (limit.model, limit.project, limit.key_digest)
        if key in seen:
            raise ValueError(f"{limit.model} is limited twice for the same project and key; merge")
        seen.add(key)
    return limits


RateLimits = Annotated[Listed[RateLimitConfig], AfterValidator(_each_once)]
