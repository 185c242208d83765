"""Judgements: what was said, and how it adds up; typed questions to the store."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from gemledger_collector.estimation.weighted import Sums
from gemledger_collector.storage.buckets import Grid, Width, buckets, grid, slots_around
from gemledger_collector.storage.sampled_answers import Answer
from gemledger_collector.storage.transaction import Snapshot, Transaction

GROUPS = ("team", "feature", "environment", "prompt_version", "model", "rule")
"""What judgements can be grouped by, beside dimension and time."""

NARROWING = ("team", "feature", "environment", "prompt_version", "model")
"""What judgements can be narrowed to; the empty text stands for calls that have none."""
EVERY_CALL: Mapping[str, Sequence[str]] = {}

ALL_OF_TIME = Grid(0, 2**40, (0,))
"""One bucket."""

SCHEMA = pa.schema(
    [
        ("rule", pa.string()),
        ("dimension", pa.string()),
        ("rubric_version", pa.string()),
        ("trace_id", pa.string()),
        ("span_id", pa.uint64()),
        ("call_start_unix_nano", pa.int64()),
        ("response_id", pa.string()),
        ("conversation_id", pa.string()),
        ("team", pa.string()),
        ("feature", pa.string()),
        ("environment", pa.string()),
        ("prompt_version", pa.string()),
        ("model", pa.string()),
        ("label", pa.string()),
        ("score", pa.float64()),
        ("evidence", pa.string()),
        ("reason", pa.string()),
        ("error", pa.string()),
        ("attempt", pa.int32()),
        ("judge_model", pa.string()),
        ("sample_rate", pa.float64()),
        ("judged_at_unix_nano", pa.int64()),
        ("kind", pa.string()),
        ("inclusion_probability", pa.float64()),
        ("sampled_because", pa.string()),
        ("representative", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class Tally:
    """Judgements of one bucket, judge and group, ready to be added up; ``kind`` is judge or check."""

    bucket_unix_seconds: int
    dimension: str
    kind: str
    rubric_version: str
    judge_model: str
    group: tuple[str | None, ...]
    judged: int
    bad: int
    cannot_tell: int
    errors: int
    slots: Sequence[int]
    """Where asked for: the quarters of an hour they are of, in order, in unix seconds."""
    flags: Sums
    scores: Sums


def durations(snapshot: Snapshot, answers: Sequence[Answer]) -> dict[tuple[str, int], float]:
    """Seconds that the calls of these answers took, by trace and span; none of those without a span."""
    if not answers:
        return {}
    starts = [answer.start_time_unix_nano for answer in answers]
    asked = {
        "first": min(starts),
        "last": max(starts),
        "starts": starts,
        "span_ids": [answer.span_id for answer in answers],
    }
    rows = snapshot.query("evaluations_durations", asked).to_pylist()
    return {(row["trace_id"], row["span_id"]): row["seconds"] for row in rows}


def record(transaction: Transaction, evaluations: Sequence[dict[str, Any]]) -> None:
    """Append evaluations; each holds every column of ``SCHEMA``."""
    transaction.append("evaluations", pa.Table.from_pylist(list(evaluations), schema=SCHEMA))


def judge_spend(snapshot: Snapshot, since_slot: int) -> int:
    """PicoUSD that the judge's own calls have cost since the slot."""
    return int(
        snapshot.query("evaluations_judge_spend", {"since_slot": since_slot})["cost_pico_usd"][
            0
        ].as_py()
    )


def tallies(  # noqa: PLR0913 - one question, each part of which can be left out
    snapshot: Snapshot,
    since: int,
    until: int,
    by: Sequence[str],
    only: Mapping[str, Sequence[str]] = EVERY_CALL,
    *,
    grid: Grid = ALL_OF_TIME,
    slots: bool = False,
) -> list[Tally]:
    """Judgements of calls in ``[since, until)`` by bucket, dimension, judge and the keys of ``by`` (of GROUPS).

    ``only`` leaves those calls whose value of each named dimension (of NARROWING) is among the given ones.
    """
    asked = {"since": since, "until": until, "by": list(by), "slots": slots}
    table = {"bucket_starts": list(grid.starts), "first": grid.first, "step": grid.step}
    narrowed = {f"only_{name}": only.get(name) for name in NARROWING}
    found = snapshot.query("evaluations_by_bucket", asked | table | narrowed)
    return [_tally(row, by) for row in found.to_pylist()]


def _tally(row: dict[str, Any], by: Sequence[str]) -> Tally:
    told = {name: value for name, value in row.items() if name not in GROUPS}
    flags, scores = (Sums(**told.pop(name)) for name in ("flags", "scores"))
    slots = sorted(told.pop("slots"))
    return Tally(
        group=tuple(row[key] for key in by), flags=flags, scores=scores, slots=slots, **told
    )


def grid_of(snapshot: Snapshot, since: int, until: int, width: Width, timezone: str) -> Grid:
    """The buckets of all calls in ``[since, until)`` that were judged."""
    ends = snapshot.query("evaluations_ends", {"since": since, "until": until}).to_pylist()[0]
    if width == "total" or ends["first_unix_nano"] is None:
        return ALL_OF_TIME
    around = slots_around(ends["first_unix_nano"], ends["last_unix_nano"] + 1)
    return grid(list(buckets(around, width, timezone)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Which judgements are wanted: of calls in ``[since, until)``, the newest call first, or the lowest score first."""

    since: int
    until: int
    label: str | None = None
    dimension: str | None = None
    trace_id: str | None = None
    worst: bool = False
    limit: int


def listed(snapshot: Snapshot, wanted: Listing) -> list[dict[str, Any]]:
    """Single judgements; of several rows of one the last."""
    rows: list[dict[str, Any]] = snapshot.query("evaluations_list", asdict(wanted)).to_pylist()
    return rows
