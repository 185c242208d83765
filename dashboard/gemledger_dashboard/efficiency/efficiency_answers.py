"""What the collector tells of caches, conversations and needless cost, typed; money is an integer of picoUSD."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gemledger_dashboard.drawing.formats import parse_pico
from gemledger_dashboard.frame import json_parts
from gemledger_dashboard.spend.sums import Json


@dataclass(frozen=True, slots=True)
class Bill:
    """Calls of one kind, and what they cost: at most `cost_upper`, unbounded calls apart."""

    kind: str
    calls: int
    cost_pico_usd: int
    cost_upper_pico_usd: int
    unbounded_calls: int


@dataclass(frozen=True, slots=True)
class JustAbove:
    """Calls to one model whose prompts lie just above its context step; `below` is of the reckoned ones."""

    model: str
    platform: str
    service_tier: str
    step_tokens: int
    calls: int
    above_tokens: int
    cost_pico_usd: int
    reckoned_calls: int
    below_pico_usd: int | None
    difference_pico_usd: int | None


@dataclass(frozen=True, slots=True)
class Waste:
    """What was paid and may not have had to be."""

    within_ratio: float
    long_calls: int
    long_cost_pico_usd: int
    just_above: tuple[JustAbove, ...]
    above_calls: int
    reckoned_calls: int
    difference_pico_usd: int
    streams: tuple[Bill, ...]
    blocked: Bill
    failed: tuple[Bill, ...]
    calls: int
    retries: int


@dataclass(frozen=True, slots=True)
class Cache:
    """A context cache: what it has cost and saved so far, and how often it is read."""

    name: str
    model: str
    state: str
    tokens: int | None
    created: datetime | None
    ends: datetime | None
    feature: str | None
    reads: int
    paid_pico_usd: int
    saved_pico_usd: int | None
    net_pico_usd: int | None
    reads_per_hour: str | None
    break_even_reads_per_hour: str | None
    verdict: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Caches:
    """Caches that lived, the newest first, and the sums of all of them."""

    caches: tuple[Cache, ...]
    count: int
    orphans: int
    paid_pico_usd: int
    saved_pico_usd: int
    net_pico_usd: int


@dataclass(frozen=True, slots=True)
class Reuse:
    """How much of the prompts of a feature was cached without anybody asking for it."""

    feature: str | None
    prompt_version: str | None
    model: str
    calls: int
    prompt_tokens: int
    hit_share: float
    possible_share: float | None
    saved_pico_usd: int | None
    could_save_pico_usd: int | None
    seen_calls: int
    short_calls: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """The calls of one conversation."""

    conversation_id: str
    calls: int
    errors: int
    unpriced_calls: int
    cost_pico_usd: int | None
    team: str | None
    feature: str | None
    first_call: datetime
    last_call: datetime


def waste(body: Json) -> Waste:
    """`/api/v1/waste`."""
    step = body["context_step"]
    return Waste(
        within_ratio=float(step["within_ratio"]),
        long_calls=int(step["long_calls"]),
        long_cost_pico_usd=parse_pico(step["long_cost_pico_usd"]),
        just_above=tuple(JustAbove(**_fields(row, JustAbove)) for row in step["just_above"]),
        above_calls=int(step["calls"]),
        reckoned_calls=int(step["reckoned_calls"]),
        difference_pico_usd=parse_pico(step["difference_pico_usd"]),
        streams=tuple(_bill(row, str(row["state"])) for row in body["streams"]),
        blocked=_bill(body["blocked"], "safety"),
        failed=tuple(_bill(row, str(row["kind"])) for row in body["failed"]),
        calls=int(body["calls"]),
        retries=int(body["retries"]),
    )


def caches(body: Json) -> Caches:
    """`/api/v1/caches`."""
    totals = body["totals"]
    return Caches(
        tuple(_cache(row) for row in body["caches"]),
        int(totals["caches"]),
        int(totals["orphans"]),
        *(parse_pico(totals[f"{name}_pico_usd"]) for name in ("paid", "saved", "net")),
    )


def caching(body: Json) -> tuple[Reuse, ...]:
    """`/api/v1/caching`."""
    return tuple(Reuse(**_fields(row, Reuse)) for row in body["rows"])


def conversations(body: Json) -> tuple[Conversation, ...]:
    """`/api/v1/conversations`."""
    return tuple(
        Conversation(**_fields(row, Conversation) | _moments(row, "first_call", "last_call"))
        for row in body["conversations"]
    )


def _cache(row: Json) -> Cache:
    model = {"model": str(row["model"] or "")}
    return Cache(**_fields(row, Cache) | model | _moments(row, "created", "ends"))


def _bill(row: Json, kind: str) -> Bill:
    return Bill(**_fields(dict(row) | {"kind": kind}, Bill))


def _fields(row: Json, kind: type) -> dict[str, Any]:
    """What a record needs of a row; money as integers. KeyError where something is missing."""
    return {
        name: parse_pico(row[name])
        if name.endswith("_pico_usd") and row[name] is not None
        else row[name]
        for name in kind.__annotations__
    }


def _moments(row: Json, *names: str) -> dict[str, Any]:
    return {name: json_parts.moment(row[name]) for name in names}
