"""What the judge said of answers whose labels are known, day by day; typed questions to the store."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from gemledger_collector.storage.transaction import Snapshot, Transaction

BASELINE_DAYS = 7
"""The first days of a judge, which later ones are compared with."""

_SCHEMA = pa.schema(
    [
        ("canary", pa.string()),
        ("canary_version", pa.string()),
        ("item", pa.string()),
        ("dimension", pa.string()),
        ("rubric_version", pa.string()),
        ("judge_model", pa.string()),
        ("expected", pa.string()),
        ("label", pa.string()),
        ("score", pa.float64()),
        ("error", pa.string()),
        ("day", pa.string()),
        ("judged_at_unix_nano", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Scored:
    """One verdict, or one error, on an item."""

    canary: str
    canary_version: str
    item: str
    dimension: str
    rubric_version: str
    judge_model: str
    expected: str
    label: str | None
    score: float | None
    error: str | None
    day: str
    judged_at_unix_nano: int


@dataclass(frozen=True, slots=True)
class Tried:
    """How often an item was tried on a day, when last, and whether there is a verdict."""

    attempts: int
    last_unix_nano: int
    settled: bool


@dataclass(frozen=True, slots=True)
class Day:
    """One judge on one day: how often it agreed with what is known, and with its own first days.

    ``lost`` are items that it had right in its first days and has wrong now, ``gained`` those the other way round;
    ``nth`` is 1 on its first day.
    """

    canary: str
    canary_version: str
    dimension: str
    rubric_version: str
    judge_model: str
    day: str
    nth: int
    scored: int
    agreed: int
    cannot_tell: int
    errors: int
    lost: int
    gained: int


def tried(
    snapshot: Snapshot, canary: str, version: str, judge_model: str, day: str
) -> Mapping[tuple[str, str, str], Tried]:
    """(dimension, rubric version, item) → what was done of it that day."""
    asked = {"canary": canary, "canary_version": version, "judge_model": judge_model, "day": day}
    rows = snapshot.query("canary_tried", asked).to_pylist()
    return {
        (row["dimension"], row["rubric_version"], row["item"]): Tried(
            row["attempts"], row["last_unix_nano"], row["settled"]
        )
        for row in rows
    }


def record(transaction: Transaction, rows: Sequence[Scored]) -> None:
    """Append what was said; of an item and day the last row counts."""
    table = pa.Table.from_pylist([asdict(row) for row in rows], schema=_SCHEMA)
    transaction.append("canary_verdicts", table)


def days(snapshot: Snapshot, since_day: str) -> list[Day]:
    """Every judge and day from that one on, in order."""
    asked: dict[str, Any] = {"since_day": since_day, "baseline_days": BASELINE_DAYS}
    return [Day(**row) for row in snapshot.query("canary_days", asked).to_pylist()]
