"""Spend by day and payer, what was spent since a moment, and what calls are made of: what forecasts ask the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gemledger import semconv
from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.spend_cells import FILTERS
from gemledger_collector.storage.transaction import Snapshot

GROUPS = (
    *("team", "cost_center", "feature", "model", "environment", "prompt_version", "service"),
    *("platform", "service_tier", "purpose"),
)
LINES = semconv.COST_LINES


@dataclass(frozen=True, slots=True)
class Traffic:
    """Which spend: what the filter names, of one account where one is named, apart by each of ``groups``."""

    labels: Mapping[str, str] = field(default_factory=dict)
    groups: Sequence[str] = ()
    account_project: str | None = None
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Any of several values, where one is not enough: for `priced_use` alone."""

    @property
    def parameters(self) -> dict[str, object]:
        """Of a query."""
        return {
            "account_project": self.account_project,
            **{name: self.labels.get(name) for name in FILTERS},
        }


@dataclass(frozen=True, slots=True)
class DaySpend:
    """What a day cost, and what of it by a time of day, in picoUSD."""

    pico_usd: int
    by_now_pico_usd: int


Key = tuple[str, ...]
"""A value for each of the groups; empty where there is none."""


def spend_by_day(
    snapshot: Snapshot, traffic: Traffic, starts: Sequence[int], now: tuple[int, int]
) -> dict[Key, dict[int, DaySpend]]:
    """Spend of days that begin at ``starts`` (unix seconds) and follow one another, by group and start.

    ``now`` is where the last of them ends so far, and how many seconds into a day that is.
    """
    until, elapsed = now
    parameters = traffic.parameters | {
        "day_starts": _by_slot(starts, until),
        "since": starts[0],
        "until": until,
        "elapsed": elapsed,
        **{f"by_{name}": name in traffic.groups for name in GROUPS},
    }
    found: dict[Key, dict[int, DaySpend]] = {}
    for row in snapshot.query("forecast_days", parameters).to_pylist():
        key = tuple(row[name] or "" for name in traffic.groups)
        spent = DaySpend(int(row["cost_pico_usd"]), int(row["by_now_pico_usd"]))
        found.setdefault(key, {})[row["day_start"]] = spent
    return found


def _by_slot(starts: Sequence[int], until: int) -> list[int]:
    """For each slot from the first start on the start it belongs to."""
    ends = [*starts[1:], until]
    return [
        start
        for start, end in zip(starts, ends, strict=True)
        for _ in range(start, end, SLOT_SECONDS)
    ]


def spent_between(snapshot: Snapshot, traffic: Traffic, since: int, until: int) -> int:
    """PicoUSD of the slots in ``[since, until)``, unix seconds."""
    parameters = traffic.parameters | {"since": since, "until": until}
    return int(snapshot.query("forecast_spent", parameters)["cost_pico_usd"][0].as_py())


@dataclass(frozen=True, slots=True)
class PricedUse:
    """What calls of one kind cost, by line, at the rates of one row of the price book."""

    platform: str
    model: str
    service_tier: str
    long_context: bool
    price_row: str
    pico_usd: Mapping[str, int]

    @property
    def total_pico_usd(self) -> int:
        """All lines."""
        return sum(self.pico_usd.values())


def priced_use(snapshot: Snapshot, traffic: Traffic, since: int, until: int) -> list[PricedUse]:
    """What was priced by the book in ``[since, until)``, unix seconds of slots."""
    labels = {name: [value] for name, value in traffic.labels.items()}
    chosen: Mapping[str, Sequence[str]] = {**labels, **traffic.only}
    parameters = {
        "account_project": traffic.account_project,
        "since": since,
        "until": until,
        **{f"only_{name}": chosen.get(name) for name in FILTERS},
    }
    return [
        PricedUse(
            row["platform"],
            row["model"],
            row["service_tier"],
            row["long_context"],
            row["price_row"],
            {line: int(row[f"{line}_pico_usd"]) for line in LINES},
        )
        for row in snapshot.query("forecast_priced_use", parameters).to_pylist()
    ]
