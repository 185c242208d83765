"""What only reports ask of the store: which were sent, what is new, and what was priced again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from gemledger_collector.storage.transaction import Snapshot, Transaction

_DAY_SECONDS = 86_400
_SECOND = 10**9


@dataclass(frozen=True, slots=True)
class Told:
    """A report that was sent: of which day, and where to."""

    report: str
    day: str
    timezone: str
    channels: Sequence[str]
    told_at_unix_nano: int


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """A model, or a feature's prompt version, since it was first seen."""

    kind: str
    name: str
    feature: str | None
    first_unix_nano: int
    calls: int
    pico_usd: int
    unpriced_calls: int


def is_told(snapshot: Snapshot, report: str, day: str) -> bool:
    """Whether this report of this day was sent."""
    return bool(snapshot.rows("reports_told", {"report": report, "day": day}))


def remember(transaction: Transaction, told: Told) -> None:
    """Note that it is sent, in the transaction that puts it into the outbox."""
    row = {
        "report": [told.report],
        "day": [told.day],
        "timezone": [told.timezone],
        "channels": [json.dumps(list(told.channels))],
        "told_at_unix_nano": [told.told_at_unix_nano],
    }
    transaction.append("reports", pa.table(row))


def newcomers(snapshot: Snapshot, since: int, until: int, days: int) -> list[FirstSeen]:
    """Models and prompt versions of ``[since, until)`` that were not there in the days before; unix nanoseconds."""
    asked = {
        "since": since // _SECOND,
        "until": until // _SECOND,
        "looked_back": since // _SECOND - days * _DAY_SECONDS,
    }
    return [
        FirstSeen(
            str(row["kind"]),
            str(row["name"]),
            row["feature"],
            int(row["first_slot"]) * _SECOND,
            int(row["calls"]),
            int(row["cost_pico_usd"]),
            int(row["unpriced_calls"]),
        )
        for row in snapshot.records("reports_newcomers", asked)
    ]


def repriced(snapshot: Snapshot, since: int, until: int) -> tuple[int, int]:
    """How many charges were priced again in that time, and by how many picoUSD that changed the bill."""
    (row,) = snapshot.records("reports_repriced", {"since": since, "until": until})
    return int(row["charges"]), int(row["change_pico_usd"])


def captured(snapshot: Snapshot, since: int, until: int) -> int:
    """How many answers of calls in that time are in the store."""
    (row,) = snapshot.records("reports_captured", {"since": since, "until": until})
    return int(row["answers"])
