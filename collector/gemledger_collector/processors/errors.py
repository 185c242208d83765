"""What went wrong with each call: the sender's word where it is one of ours, else found in what the span says."""

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from gemledger.error_kinds import ERROR_KINDS, SAFETY, is_withheld, kind_of_type

_KNOWN = pa.array(ERROR_KINDS)
_NONE = pa.scalar(None, pa.string())


def error_kinds(spans: pa.RecordBatch) -> pa.Array:
    """One of ERROR_KINDS for each call that failed, ``safety`` for each that was withheld, else null.

    A span with an ``error.type`` failed, whatever else it says; what it says is believed where it is one of ours.
    """
    given, types = spans.column("error_kind"), spans.column("error_type")
    withheld = _withheld(spans)
    if given.null_count == len(spans) == types.null_count and not pc.any(withheld).as_py():
        return given  # nearly always
    said = pc.if_else(pc.is_in(given, value_set=_KNOWN), given, _NONE)
    is_safety = pc.equal(said, SAFETY).fill_null(False)
    failed = pc.coalesce(pc.if_else(is_safety, _NONE, said), _each(types, kind_of_type))
    answered = pc.if_else(pc.or_(withheld, is_safety), SAFETY, _NONE)
    return pc.if_else(types.is_valid(), failed, answered)


def errors_by_kind(spans: pa.RecordBatch) -> Mapping[str, int]:
    """How many calls of a processed batch went wrong, by kind; a sum of unsampled calls counts as so many."""
    counted = pc.and_(spans.column("error_kind").is_valid(), spans.column("cost_status").is_valid())
    if not pc.any(counted).as_py():
        return {}
    wrong = spans.select(["error_kind", "unsampled_calls", "unsampled_errors"]).filter(counted)
    calls = pc.fill_null(wrong.column("unsampled_calls"), 1)
    errors = pc.coalesce(wrong.column("unsampled_errors"), calls)
    kind = wrong.column("error_kind")
    table = pa.table({"kind": kind, "calls": pc.if_else(pc.equal(kind, SAFETY), calls, errors)})
    sums = table.group_by("kind").aggregate([("calls", "sum")])
    return dict(zip(sums["kind"].to_pylist(), sums["calls_sum"].to_pylist(), strict=True))


def _withheld(spans: pa.RecordBatch) -> pa.Array:
    """Whether the prompt was blocked, or every candidate."""
    blocked = spans.column("prompt_block_reason").is_valid()
    reasons = _each(spans.column("finish_reasons"), _withheld_reasons)
    return pc.or_(blocked, reasons.is_valid())


def _withheld_reasons(joined: str) -> str | None:
    """The finish reasons of one answer, if each of them withholds it."""
    reasons = [reason.strip().lower() for reason in joined.split(",")]
    return SAFETY if is_withheld(reasons, None) else None


def _each(texts: pa.Array, function: Callable[[str], str | None]) -> pa.Array:
    """The function of each text, worked out once for each distinct one; null stays null."""
    distinct = pc.unique(texts).drop_null()
    values = pa.array([function(text) for text in distinct.to_pylist()], pa.string())
    return values.take(pc.index_in(texts, value_set=distinct))
