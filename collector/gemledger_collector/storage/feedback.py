"""What people say of answers: kept as it comes, and joined to the calls when somebody asks, whichever came first."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gemledger_collector.processors.feedback import Given, given, without_comments
from gemledger_collector.storage.transaction import Snapshot, Transaction

GROUPS = ("feature", "prompt_version", "model", "team", "environment", "name")
"""What feedback can be counted by; all but the name is that of the call."""
_LATEST = 2**63 - 1
LOOKED_BACK_NANO = 7 * 86_400 * 10**9
"""Calls are looked for from so long before the first feedback that is asked for."""
_SCHEMA = pa.schema(
    [
        ("feedback_id", pa.string()),
        ("given_at_unix_nano", pa.int64()),
        ("received_at_unix_nano", pa.int64()),
        ("trace_id", pa.string()),
        ("span_id", pa.uint64()),
        ("response_id", pa.string()),
        ("name", pa.string()),
        ("label", pa.string()),
        ("score", pa.float64()),
        ("comment", pa.string()),
        ("user_id", pa.string()),
        ("source", pa.string()),
    ]
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackSearch:
    """Which feedback: given in ``[since, until)``, unix nanoseconds; of the call where a field of it is named."""

    since: int
    until: int
    name: str | None = None
    label: str | None = None
    feature: str | None = None
    prompt_version: str | None = None
    model: str | None = None
    trace_id: str | None = None
    response_id: str | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """Feedback of one group, of which the last of each user about each answer counts.

    ``unmatched`` is about no call that is stored.
    """

    group: tuple[str | None, ...]
    given: int
    up: int
    down: int
    scored: int
    score_total: float
    score_square_total: float
    comments: int
    unmatched: int


def note(
    transaction: Transaction, spans: pa.RecordBatch, received_unix_nano: int
) -> pa.RecordBatch:
    """Keep what new spans tell; gives them back as they are stored. Costs one comparison where none tells any."""
    append(transaction, given(spans), received_unix_nano, "app")
    return without_comments(spans)


def append(
    transaction: Transaction, feedback: Sequence[Given], received_unix_nano: int, source: str
) -> None:
    """Add feedbacks that are known to be new."""
    if not feedback:
        return
    arrived = {"received_at_unix_nano": received_unix_nano, "source": source}
    rows = [asdict(each) | arrived for each in feedback]
    transaction.append("feedback", pa.Table.from_pylist(rows, schema=_SCHEMA))


def is_known(snapshot: Snapshot, feedback_id: str) -> bool:
    """Whether one was stored before."""
    return bool(snapshot.rows("feedback_known", {"feedback_id": feedback_id}))


def listed(
    snapshot: Snapshot,
    search: FeedbackSearch,
    after: tuple[int, str] | None,
    limit: int,
    *,
    comments: bool,
) -> list[Row]:
    """Up to so many, the newest first, behind a key; each with the call it is about, and whether it counts."""
    key = after or (_LATEST, "")
    parameters = _parameters(search) | {
        "after_at": key[0],
        "after_id": key[1],
        "limit": limit,
        "comments": comments,
    }
    rows: list[Row] = snapshot.query("feedback_told", parameters).to_pylist()
    return rows


def counted(snapshot: Snapshot, search: FeedbackSearch, by: Sequence[str]) -> list[Counted]:
    """How answers were liked, by the keys of ``by`` (of GROUPS), what was said most of first."""
    everything = {"after_at": _LATEST, "after_id": "", "limit": _LATEST, "comments": False}
    told = snapshot.query("feedback_told", _parameters(search) | everything)
    told = told.filter(told["counts"])
    figures = _figures(told)
    keys = pa.table({name: told[name] for name in by} | {"all": pa.nulls(len(told), pa.int8())})
    for name, values in figures.items():
        keys = keys.append_column(name, values)
    groups = keys.group_by([*by, "all"], use_threads=False)
    sums = groups.aggregate([(name, "sum") for name in figures]).to_pylist()
    found = [
        Counted(
            group=tuple(row[name] for name in by),
            **{name: row[f"{name}_sum"] for name in figures},
        )
        for row in sums
    ]
    return sorted(found, key=lambda each: (-each.given, str(each.group)))


def _figures(told: pa.Table) -> dict[str, pa.ChunkedArray]:
    """What of each feedback is added up."""
    label, score = told["label"], told["score"]
    return {
        "given": _ones(pc.is_valid(told["feedback_id"])),
        "up": _ones(pc.equal(label, "up")),
        "down": _ones(pc.equal(label, "down")),
        "scored": _ones(pc.is_valid(score)),
        "score_total": pc.fill_null(score, 0.0),
        "score_square_total": pc.fill_null(pc.multiply(score, score), 0.0),
        "comments": _ones(told["has_comment"]),
        "unmatched": _ones(pc.invert(told["matched"])),
    }


def _ones(flags: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(flags, False).cast(pa.int64())


def _parameters(search: FeedbackSearch) -> dict[str, object]:
    return asdict(search) | {"calls_since": search.since - LOOKED_BACK_NANO}
