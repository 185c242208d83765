"""What watchers look at beside the store's snapshot: one for the whole process, whatever is configured."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gemledger.pricing import Book, load_book
from gemledger_collector.judge_standing import JudgeStanding
from gemledger_collector.rate_limits_config import MEASURES, RateLimitConfig
from gemledger_collector.storage.minutes import Minutes
from gemledger_collector.storage.rate_limits import CONFIGURED, Limit


@dataclass(frozen=True, slots=True)
class Sources:
    """The last minutes, the rate limits that are configured, and the book that knows which prices will change.

    ``external_url`` is where people reach the collector, for links to what an alert is about; ``judge`` whether it
    judges; ``rubrics`` the folder of one's own rubrics.
    """

    minutes: Minutes
    limits: Sequence[Limit] = ()
    book: Book = field(default_factory=load_book)
    external_url: str = ""
    judge: JudgeStanding | None = None
    rubrics: Path | None = None


def configured_limits(config: Sequence[RateLimitConfig]) -> list[Limit]:
    """Limits as they are configured."""
    return [
        Limit(one.model, one.project, one.key_digest, *MEASURES[name], limit, CONFIGURED)
        for one in config
        for name, limit in one.limits()
    ]
