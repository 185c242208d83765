"""What people say of judged answers, and how that meets the judge's verdicts; typed questions to the store."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from gemledger_collector.estimation.correction import LabelCounts
from gemledger_collector.storage.transaction import Snapshot, Transaction

LABELS = ("good", "bad", "cannot_tell")
END = 2**63 - 1

_SCHEMA = pa.schema(
    [
        ("trace_id", pa.string()),
        ("span_id", pa.uint64()),
        ("call_start_unix_nano", pa.int64()),
        ("dimension", pa.string()),
        ("label", pa.string()),
        ("note", pa.string()),
        ("labelled_by", pa.string()),
        ("source", pa.string()),
        ("labelled_at_unix_nano", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Label:
    """What one person said of one answer; ``note`` is redacted already, ids are hexadecimal."""

    trace_id: str
    span_id: str
    dimension: str
    label: str
    note: str | None
    labelled_by: str
    source: str

    @property
    def answer(self) -> tuple[str, int]:
        """Which answer it is about."""
        return self.trace_id, int(self.span_id, 16)


@dataclass(frozen=True, slots=True)
class Grading:
    """A judge: what it looks for, in which words, and which model reads them. Any change makes another one."""

    dimension: str
    rubric_version: str
    judge_model: str


@dataclass(frozen=True, slots=True)
class Labelled:
    """What people's labels say of one judge."""

    grading: Grading
    counts: LabelCounts
    labels: int
    """Answers that both a person and the judge could decide."""
    judged: int
    people_cannot_tell: int
    judge_cannot_tell: int
    """Answers that a person could decide and the judge could not."""
    judged_at_unix_nano: int
    """When it last judged anything."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Which labels are wanted, newest first: of [since, until) in unix nanoseconds, and before one that was read."""

    dimension: str | None = None
    labelled_by: str | None = None
    since: int = 0
    until: int = END
    before_time: int = END
    before_row: int = END
    notes: bool = False
    limit: int = 100


def record(transaction: Transaction, labels: Sequence[Label], now: int) -> Sequence[Label]:
    """Append those whose answer is known; the others are given back. A person's last label of an answer counts."""
    starts = _starts(transaction, {label.answer for label in labels})
    known = [label for label in labels if label.answer in starts]
    rows = [
        asdict(label)
        | {
            "span_id": label.answer[1],
            "call_start_unix_nano": starts[label.answer],
            "labelled_at_unix_nano": now,
        }
        for label in known
    ]
    transaction.append("human_labels", pa.Table.from_pylist(rows, schema=_SCHEMA))
    return [label for label in labels if label.answer not in starts]


def _starts(
    transaction: Transaction, answers: Iterable[tuple[str, int]]
) -> Mapping[tuple[str, int], int]:
    traces, spans = zip(*answers, strict=True) if answers else ((), ())
    wanted = pa.table(
        {"trace_id": pa.array(traces, pa.string()), "span_id": pa.array(spans, pa.uint64())}
    )
    with transaction.bound("labelled_answers", wanted):
        found = transaction.query("labels_places").to_pylist()
    return {(row["trace_id"], row["span_id"]): row["call_start_unix_nano"] for row in found}


def listed(snapshot: Snapshot, wanted: Listing) -> list[dict[str, Any]]:
    """Labels, the newest first; without notes unless they are wanted."""
    rows: list[dict[str, Any]] = snapshot.query("labels_list", asdict(wanted)).to_pylist()
    return rows


def to_label(
    snapshot: Snapshot, dimension: str, feature: str | None, limit: int
) -> list[dict[str, Any]]:
    """Answers with their content that nobody has labelled yet, as many flagged as passed, in the order of a hash."""
    asked = {"dimension": dimension, "feature": feature, "limit": limit}
    rows: list[dict[str, Any]] = snapshot.query("labels_next", asked).to_pylist()
    return rows


def dimensions(snapshot: Snapshot) -> Mapping[str, int]:
    """Dimension → answers that people have labelled good or bad."""
    rows = snapshot.query("labels_dimensions").to_pylist()
    return {row["dimension"]: row["labelled"] for row in rows}


def number(snapshot: Snapshot, dimension: str) -> int:
    """How many labels a dimension has, those that were replaced included: a cheap way to know that one came."""
    (row,) = snapshot.records("labels_number", {"dimension": dimension})
    return int(row["labels"])


def label_counts(snapshot: Snapshot, grading: Grading) -> LabelCounts:
    """How the verdicts of one judge and the labels of people meet; all zero where there are none."""
    found = labelled(snapshot, grading)
    return found[0].counts if found else LabelCounts(0, 0, 0, 0)


def labelled(
    snapshot: Snapshot,
    grading: Grading | None = None,
    *,
    dimension: str | None = None,
    labelled_only: bool = False,
) -> list[Labelled]:
    """The same for every judge, by dimension, the last to judge first; or only for ``grading``, or a dimension.

    ``labelled_only`` leaves out dimensions that nobody has labelled, of which there are many verdicts to count.
    """
    every = {**dict.fromkeys(Grading.__slots__), "dimension": dimension}
    asked = {"labelled_only": labelled_only, **(every if grading is None else asdict(grading))}
    return [_labelled(row) for row in snapshot.query("labels_counts", asked).to_pylist()]


def _labelled(row: Mapping[str, Any]) -> Labelled:
    return Labelled(
        grading=Grading(row["dimension"], row["rubric_version"], row["judge_model"]),
        counts=_counts(row),
        labels=row["labels"],
        judged=row["judged"],
        people_cannot_tell=row["people_cannot_tell"],
        judge_cannot_tell=row["judge_cannot_tell"],
        judged_at_unix_nano=row["judged_at_unix_nano"],
    )


def _counts(row: Mapping[str, Any]) -> LabelCounts:
    """Counts as if every answer had been as likely to be judged as any other."""
    flagged_bad, flagged_good = _half(row, "flagged")
    passed_bad, passed_good = _half(row, "passed")
    judged = row["flagged_weight"] + row["passed_weight"]
    return LabelCounts(
        flagged_bad=flagged_bad,
        flagged_good=flagged_good,
        passed_bad=passed_bad,
        passed_good=passed_good,
        flagged_share=row["flagged_weight"] / judged if judged else None,
        judged=judged**2 / row["judged_square_weight"] if judged else 0,
    )


def _half(row: Mapping[str, Any], half: str) -> tuple[float, float]:
    """Bad and good ones of what the judge flagged, or passed."""
    weight = row[f"{half}_labelled_weight"]
    if not weight:
        return 0.0, 0.0
    effective = weight**2 / row[f"{half}_labelled_square_weight"]
    bad = effective * row[f"{half}_bad_weight"] / weight
    return bad, max(0.0, effective - bad)
