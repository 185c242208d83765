"""The collector's health as tiles and tables."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.drawing.tiles import Tile
from gemledger_dashboard.health.health_answers import Counts, Health, Service
from gemledger_dashboard.spend.grouping import UNSET


def intake(health: Health) -> list[Tile]:
    """What came in since the start, and what did not."""
    return [
        Tile("Spans taken in", formats.count(health.accepted), "committed to the store"),
        Tile(
            "Seen before",
            formats.count(health.duplicate),
            "not counted again",
            "A sender that got no answer sends again; a call that two instrumentations tell counts once.",
        ),
        Tile(
            "Repaired",
            formats.count(health.repaired),
            most_frequent(health.repairs),
            "Spans of other instrumentations whose total told of tokens that their parts left out.",
        ),
        Tile(
            "Left out",
            formats.count(sum(health.left_out.values())),
            most_frequent(health.left_out),
            "Spans of good requests that could not be stored; their senders were told.",
        ),
        Tile(
            "Turned away",
            formats.count(
                sum(health.refused_requests.values()) + sum(health.rejected_requests.values())
            ),
            most_frequent({**health.refused_requests, **health.rejected_requests}),
            "Requests: for now (queue full, disk full: the sender tries again), or because they were wrong.",
        ),
    ]


def condition(health: Health) -> list[Tile]:
    """How quick it is, and how much room there is."""
    return [
        Tile(
            "Queue",
            formats.share(health.queue_bytes, health.queue_limit_bytes),
            f"{formats.size(health.queue_bytes)} of {formats.size(health.queue_limit_bytes)}",
            "Requests that wait to be stored. When it is full, senders are asked to come again.",
        ),
        Tile("Commit time", formats.seconds(health.commit_seconds), "mean since the start"),
        Tile(
            "Lag",
            f"\N{LESS-THAN OR EQUAL TO} {formats.seconds(health.lag_seconds)}"
            if health.lag_seconds is not None
            else formats.MISSING,
            "for half of the calls",
            "From the end of a call to its commit. Calls that were sent late count.",
        ),
        Tile(
            "Database",
            formats.size(health.store_bytes),
            f"{formats.size(health.used_bytes)} of it in use"
            if health.used_bytes
            else "not written out yet",
            "A file does not shrink when rows are deleted: gemledger compact writes it anew.",
        ),
        Tile(
            "Free disk",
            formats.size(health.free_disk_bytes),
            f"and {formats.size(health.memory_bytes)} of memory used",
        ),
    ]


def most_frequent(counts: Counts) -> str:
    """The most frequent reason in words, and that there are more."""
    if not counts:
        return "none"
    first, *others = sorted(counts, key=lambda reason: -counts[reason])
    return f"{words(first)} and {len(others)} more reasons" if others else words(first)


def reasons(health: Health) -> pd.DataFrame:
    """One line per reason for which something was left out, turned away, or is not exactly priced."""
    kinds = {
        "Calls without a price": health.unpriced_calls,
        "Calls with an estimated price": health.estimated_calls,
        "Calls that cost at least so much": health.lower_bound_calls,
        "Spans repaired": health.repairs,
        "Spans left out": health.left_out,
        "Requests that were wrong": health.rejected_requests,
        "Requests turned away for now": health.refused_requests,
    }
    return pd.DataFrame(
        [
            {"What": kind, "Reason": words(reason), "How many": count}
            for kind, counts in kinds.items()
            for reason, count in counts.items()
        ]
    )


def services(found: Sequence[Service], now: datetime, zone: ZoneInfo) -> pd.DataFrame:
    """One line per service, quiet ones first, as the collector sorts them."""
    return pd.DataFrame(
        [
            {
                "Service": service.name or UNSET,
                "State": state(service),
                "Last call": f"{formats.duration(now - service.last_seen)} ago",
                "Usual gap": formats.MISSING
                if service.usual_gap_seconds is None
                else f"up to {formats.duration(timedelta(seconds=service.usual_gap_seconds))}",
                "Last hour": service.calls_last_hour,
                "Last day": service.calls_last_day,
                "Last week": service.calls_last_week,
                "First seen": formats.instant(service.first_seen, zone),
            }
            for service in found
        ]
    )


def state(service: Service) -> str:
    """In a word or two."""
    if service.quiet_since is not None:
        return "quiet"
    if service.no_tokens:
        return "tells no tokens"
    return "reports" if service.usual_gap_seconds is not None else "seldom calls"


def words(reason: str) -> str:
    """A reason as the collector names it, for reading."""
    return reason.replace("_", " ")
