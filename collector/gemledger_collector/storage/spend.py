"""Spend over time, by whoever pays: answered from the ledger, never from spans."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import islice
from operator import itemgetter
from typing import Literal, get_args

from gemledger import semconv
from gemledger_collector.errors import Rejected
from gemledger_collector.storage.buckets import Bucket, Width, buckets, grid, label, slots_around
from gemledger_collector.storage.transaction import Snapshot

Dimension = Literal[
    "model",
    "team",
    "cost_center",
    "feature",
    "environment",
    "prompt_version",
    "service",
    "purpose",
    "platform",
    "service_tier",
]
DIMENSIONS: tuple[str, ...] = get_args(Dimension)
COUNTS = (
    "calls",
    "errors",
    "input_tokens",
    "cache_read_tokens",
    "tool_use_tokens",
    "output_tokens",
    "thoughts_tokens",
)
MONEY = (
    "cost_pico_usd",
    "known_pico_usd",
    "estimated_pico_usd",
    "unowned_pico_usd",
    "cost_upper_pico_usd",
    *(f"{line}_pico_usd" for line in semconv.COST_LINES),
)
FIGURES = (*COUNTS, *MONEY, "unpriced_calls", "unbounded_calls")
MOST_BUCKETS = 10_000
_figures_of = itemgetter(*FIGURES)


@dataclass(frozen=True, slots=True)
class SpendQuestion:
    """Which calls (by start, unix nanoseconds, until exclusive), and how to break them down.

    ``by`` is a selection of DIMENSIONS; ``only`` leaves those calls whose value of each named dimension is among the
    given ones, the empty text standing for none. The range is widened to whole 15-minute slots.
    """

    since_unix_nano: int
    until_unix_nano: int
    timezone: str = "UTC"
    bucket: Width = "total"
    by: Sequence[str] = ()
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SpendRow:
    """One bucket of one combination: ``figures`` are integers, money in picoUSD.

    ``cost_upper_pico_usd`` is the most it can have been, ``unbounded_calls`` apart, of which no upper bound is known.
    """

    bucket_start: str | None
    keys: Mapping[str, str | None]
    figures: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SpendAnswer:
    """Rows, their totals, and the range they are about, in unix seconds."""

    rows: Sequence[SpendRow]
    totals: Mapping[str, int]
    range: Bucket


def bucketed(question: SpendQuestion) -> tuple[Bucket, dict[str, object]]:
    """The range in whole slots, and a query's parameters. Raises Rejected for an empty or endless question."""
    if question.until_unix_nano <= question.since_unix_nano:
        raise Rejected("until is not after since; give a range that is not empty")
    around = slots_around(question.since_unix_nano, question.until_unix_nano)
    found = list(islice(buckets(around, question.bucket, question.timezone), MOST_BUCKETS + 1))
    if len(found) > MOST_BUCKETS:
        raise Rejected(
            f"more than {MOST_BUCKETS} buckets; ask for a shorter range or a wider bucket"
        )
    table = grid(found)
    parameters: dict[str, object] = {
        "since": around.start,
        "until": around.end,
        "bucket_starts": table.starts,
        "first": table.first,
        "step": table.step,
    }
    parameters.update({f"by_{name}": name in question.by for name in DIMENSIONS})
    parameters.update({f"only_{name}": question.only.get(name) for name in DIMENSIONS})
    return around, parameters


def spend(snapshot: Snapshot, question: SpendQuestion) -> SpendAnswer:
    """What was spent. Raises Rejected for an empty or endless question."""
    around, parameters = bucketed(question)
    starts = labels(question)
    rows = [
        SpendRow(
            starts(each["bucket_start"]),
            {name: each[name] for name in question.by},
            dict(zip(FIGURES, _figures_of(each), strict=True)),
        )
        for each in snapshot.records("spend_by_bucket", parameters)
    ]
    totals = {name: sum(row.figures[name] for row in rows) for name in FIGURES}
    return SpendAnswer(rows, totals, around)


def labels(question: SpendQuestion) -> Callable[[int], str | None]:
    """What the buckets of a question are called by their start, each reckoned once: a bucket has many rows."""
    if question.bucket == "total":
        return lambda _: None
    return cache(partial(label, timezone=question.timezone))
