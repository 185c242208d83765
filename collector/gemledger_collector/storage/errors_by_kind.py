"""What went wrong over time, by kind and by whoever pays, and the money it cost: answered from the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gemledger.error_kinds import ERROR_KINDS, SAFETY
from gemledger_collector.storage.buckets import Bucket, label
from gemledger_collector.storage.spend import DIMENSIONS, SpendQuestion, bucketed
from gemledger_collector.storage.transaction import Snapshot

MONEY = ("cost_pico_usd", "cost_upper_pico_usd")
FIGURES = ("calls", "retries", *MONEY, "unbounded_calls")
Figures = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class KindRow:
    """One kind in one bucket of one combination; figures as in ``FIGURES``."""

    bucket_start: str | None
    kind: str
    keys: Mapping[str, str | None]
    figures: Figures


@dataclass(frozen=True, slots=True)
class KindAnswer:
    """Rows; each kind's figures over all of them; retries of every call, those that went well in the end included."""

    rows: Sequence[KindRow]
    kinds: Mapping[str, Figures]
    calls: int
    retries: int
    range: Bucket

    @property
    def errors(self) -> int:
        """Calls that failed: every kind but the withheld ones."""
        return sum(one["calls"] for kind, one in self.kinds.items() if kind != SAFETY)

    @property
    def cost(self) -> Figures:
        """The money of all kinds together."""
        return {name: sum(one[name] for one in self.kinds.values()) for name in MONEY}


def errors_by_kind(snapshot: Snapshot, question: SpendQuestion) -> KindAnswer:
    """What went wrong. Raises Rejected for an empty or endless question."""
    around, parameters = bucketed(question)
    found = snapshot.records("errors_by_kind", parameters)
    rows = [_row(each, question) for each in found if each["kind"] is not None]
    kinds = {
        kind: {name: sum(row.figures[name] for row in rows if row.kind == kind) for name in FIGURES}
        for kind in ERROR_KINDS
        if any(row.kind == kind for row in rows)
    }
    well = [each for each in found if each["kind"] is None]
    every_retry = sum(int(each["retries"]) for each in found)
    return KindAnswer(rows, kinds, _all_calls(kinds, well), every_retry, around)


def _all_calls(kinds: Mapping[str, Figures], well: Sequence[Mapping[str, object]]) -> int:
    return sum(int(str(each["calls"])) for each in well) + sum(
        one["calls"] for one in kinds.values()
    )


def _row(values: Mapping[str, object], question: SpendQuestion) -> KindRow:
    seconds = int(str(values["bucket_start"]))
    start = None if question.bucket == "total" else label(seconds, question.timezone)
    keys = {name: values[name] for name in DIMENSIONS if name in question.by}
    figures = {name: int(values[name]) for name in FIGURES}  # type: ignore[call-overload]  # ints and whole Decimals
    return KindRow(start, str(values["kind"]), keys, figures)  # type: ignore[arg-type]  # dimensions are text
