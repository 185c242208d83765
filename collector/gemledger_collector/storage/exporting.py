"""Rows to take away: pieces of a dataset within a range, small enough to be asked for one by one.

A piece ends after ``limit`` rows and says where the next begins, so that no export holds a snapshot for long, and one
that was broken off goes on where it was.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal, get_args

import pyarrow as pa

from gemledger_collector.storage.transaction import Snapshot

Dataset = Literal["focus", "charges", "calls", "ledger", "evaluations", "contents"]
DATASETS: tuple[Dataset, ...] = get_args(Dataset)
LABELLED: frozenset[Dataset] = frozenset({"charges", "calls", "focus"})
"""Datasets that can be filtered by a free label: those that look at spans."""

Position = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Filter:
    """Only rows with these values; None takes any."""

    team: str | None = None
    cost_center: str | None = None
    feature: str | None = None
    environment: str | None = None
    model: str | None = None
    service: str | None = None
    label_key: str | None = None
    label_value: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """What is asked for: rows of [since, until) in unix nanoseconds, behind position ``after``, ``limit`` at most."""

    dataset: Dataset
    since_unix_nano: int
    until_unix_nano: int
    after: Position | None = None
    limit: int = 50_000
    only: Filter = field(default_factory=Filter)


@dataclass(frozen=True, slots=True)
class Taken:
    """Rows in order, and the position behind which more follow; None: there are no more."""

    rows: pa.Table
    next: Position | None


def take(snapshot: Snapshot, piece: Piece) -> Taken:
    """The rows of one piece; of every dataset but ``focus``, which ``focus_sums`` is for."""
    start, identity = piece.after or (piece.since_unix_nano, -1)
    parameters = _filters(piece) | {
        "since": start,
        "until": piece.until_unix_nano,
        "after_start": start,
        "after_id": identity,
        "limit": piece.limit + 1,
    }
    found = snapshot.query(f"export_{piece.dataset}", parameters)
    rows = found.slice(0, piece.limit)
    last = None
    if len(found) > piece.limit:
        tail = rows.slice(len(rows) - 1, 1).to_pylist()[0]
        last = (int(tail["export_start"]), int(tail["export_id"]))
    return Taken(rows.drop_columns(["export_start", "export_id"]), last)


def focus_sums(snapshot: Snapshot, piece: Piece) -> tuple[pa.Table, pa.Table]:
    """The range in one row per SKU and attribution, and the quantities of what is billed but is no token.

    From the ledger, which outlives spans; with a free label from the charges, since the ledger has none.
    """
    source = "ledger" if piece.only.label_key is None else "charges"
    parameters = _filters(piece) | {"since": piece.since_unix_nano, "until": piece.until_unix_nano}
    labels = {"label_key", "label_value"}
    sums = parameters if source == "charges" else _without(parameters, labels)
    return (
        snapshot.query(f"export_focus_{source}", sums),
        snapshot.query("export_focus_quantities", parameters),
    )


def _filters(piece: Piece) -> dict[str, object]:
    chosen: dict[str, object] = dict(asdict(piece.only))
    return chosen if piece.dataset in LABELLED else _without(chosen, {"label_key", "label_value"})


def _without(parameters: Mapping[str, object], names: set[str]) -> dict[str, object]:
    return {name: value for name, value in parameters.items() if name not in names}
