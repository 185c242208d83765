"""How many answers of each feature and prompt version are judged at least, however rare they are."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from gemledger_collector.config_values import Duration, Strict

HOUR = timedelta(hours=1)
SHORTEST_SLOT = timedelta(seconds=10)


class FloorConfig(Strict):
    """At least ``per_hour`` traces (or conversations) of each feature and prompt version, where there are so many.

    They are drawn in slots of time, each of them when it is over. For ``burst_for`` after a prompt version or a model
    is new there are ``burst`` times as many. The daily budget stands above it.
    """

    per_hour: Annotated[int, Field(ge=1, le=100_000)] = 40
    slot: Duration = timedelta(minutes=5)
    burst: Annotated[int, Field(ge=1, le=1000)] = 10
    burst_for: Duration = timedelta(hours=2)

    @model_validator(mode="after")
    def _slots_divide_the_hour(self) -> Self:
        if not SHORTEST_SLOT <= self.slot <= HOUR or HOUR % self.slot:
            raise ValueError(
                f"slot is {self.slot}; give one that divides an hour, from 10s to 1h, such as 5m"
            )
        return self

    @model_validator(mode="after")
    def _there_are_not_too_many(self) -> Self:
        if self.per_hour * self.burst > 500_000:
            raise ValueError(
                f"per_hour {self.per_hour} times burst {self.burst} is above 500,000; give less"
            )
        return self
