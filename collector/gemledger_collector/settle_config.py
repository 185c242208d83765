"""Configuration of ``extensions.settle``: what is billed without a call at hand."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from gemledger_collector.config_values import Duration, Strict
from gemledger_collector.webhooks_config import WebhooksConfig

_DURATIONS = ("interval", "catch_up", "longest_cache_life", "orphan_after")


class SettleConfig(Strict):
    """All of ``extensions.settle``.

    ``catch_up``: for how long a cache's storage is billed after the last sign of the cache, up to its expiry;
    ``longest_cache_life`` and ``most_cache_tokens``: what lies beyond is refused and flagged;
    ``orphan_after``: how long a cache that nobody reads counts as one that may be read yet.
    """

    interval: Duration = timedelta(minutes=1)
    catch_up: Duration = timedelta(days=31)
    longest_cache_life: Duration = timedelta(days=366)
    most_cache_tokens: Annotated[int, Field(ge=1, le=10**9)] = 100_000_000
    orphan_after: Duration = timedelta(hours=6)
    webhooks: WebhooksConfig = WebhooksConfig()

    @model_validator(mode="after")
    def _durations_are_positive(self) -> Self:
        for name in _DURATIONS:
            if (given := getattr(self, name)) <= timedelta(0):
                raise ValueError(f"{name} is {given}; give a duration above 0")
        return self
