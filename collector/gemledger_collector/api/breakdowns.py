"""What questions about rollups have in common: a range, buckets of a zone, what to break down by, and which calls."""

from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import Depends, Query

from gemledger_collector.api.context import Instant, ZoneName, iso, unix_nano
from gemledger_collector.storage.buckets import Bucket, Width
from gemledger_collector.storage.spend import DIMENSIONS, Dimension, SpendQuestion

_MOST_CHOICES = 100

Choices = Annotated[list[str] | None, Query(max_length=_MOST_CHOICES)]
"""Any of these values; an empty one stands for calls that have none."""


@dataclass(frozen=True, slots=True)
class Buckets:
    """The range in buckets of a zone, and what each bucket is broken down by."""

    since: Instant
    until: Instant
    timezone: ZoneName = "UTC"
    bucket: Width = "total"
    by: Annotated[list[Dimension], Query()] = ()  # type: ignore[assignment]  # a dataclass takes no list


@dataclass(frozen=True, slots=True)
class OnlyJudged:
    """Which judged calls: of each dimension that is given, those with any of its values."""

    model: Choices = None
    team: Choices = None
    feature: Choices = None
    environment: Choices = None
    prompt_version: Choices = None

    @property
    def chosen(self) -> dict[str, list[str]]:
        """The dimensions that are given."""
        return {name: values for name, values in asdict(self).items() if values is not None}


@dataclass(frozen=True, slots=True)
class Only(OnlyJudged):
    """Which calls: the ledger also knows these dimensions."""

    cost_center: Choices = None
    service: Choices = None
    purpose: Choices = None
    platform: Choices = None
    service_tier: Choices = None


@dataclass(frozen=True, slots=True)
class _Breakdown:
    buckets: Annotated[Buckets, Depends()]
    only: Annotated[Only, Depends()]

    @property
    def question(self) -> SpendQuestion:
        """As the store is asked."""
        asked = self.buckets
        return SpendQuestion(
            unix_nano(asked.since),
            unix_nano(asked.until),
            asked.timezone,
            asked.bucket,
            [name for name in DIMENSIONS if name in asked.by],
            self.only.chosen,
        )

    def told(self, answered: Bucket) -> dict[str, object]:
        """What an answer repeats of its question: the range as it was widened, the rest as it was asked."""
        question = self.question
        return {
            "since": iso(answered.start * 10**9),
            "until": iso(answered.end * 10**9),
            "timezone": question.timezone,
            "bucket": question.bucket,
            "by": question.by,
            "only": question.only,
        }


Breakdown = Annotated[_Breakdown, Depends()]
"""The query parameters since, until, timezone, bucket, by, and a filter for each dimension."""
