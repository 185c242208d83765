"""What people say of answers, out of spans named ``gemledger.feedback``: no calls, whatever else they claim to be.

A batch without any costs one comparison of names. Comments are redacted as captured content is; they go into the table
``feedback`` alone, and no span keeps one.
"""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gemledger import semconv
from gemledger.redaction import Redactor
from gemledger_collector.processors.attributes import NESTED_MAP, TEXT_MAP
from gemledger_collector.processors.batches import Mask, mask, with_columns
from gemledger_collector.processors.decode import SpanBatch

USER_FEEDBACK = "user_feedback"
THUMBS = ("up", "down")
COMMENT_CHARACTERS, NAME_CHARACTERS, ID_CHARACTERS = 2_000, 64, 256
_TRACE, _SPAN = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{16}")

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Given:
    """One feedback: about the response, or about what ran in the span, whichever is known."""

    feedback_id: str
    given_at_unix_nano: int
    trace_id: str | None
    span_id: int | None
    response_id: str | None
    name: str
    label: str | None
    score: float | None
    comment: str | None
    user_id: str | None

    @property
    def kind(self) -> str:
        """The word under which it is counted."""
        if self.label is not None:
            return self.label
        return "score" if self.score is not None else "comment"


def set_apart(batch: SpanBatch, redactor: Redactor | None) -> SpanBatch:
    """The batch with what feedbacks say made clean, and nothing on them that would make them calls."""
    spans = batch.spans
    told = are_feedback(spans)
    if not told.any():
        return batch
    columns = {"attributes": _rewritten(spans.column("attributes"), told, _cleaning(redactor))}
    for name in ("operation", "provider", "settlement_id", "job_name", "response_id"):
        columns[name] = _without(spans.column(name), told)
    columns["nested_attributes"] = _without(spans.column("nested_attributes"), told, NESTED_MAP)
    return SpanBatch(with_columns(spans, columns), batch.exchanges)


def are_feedback(spans: pa.RecordBatch) -> Mask:
    """Which rows are."""
    return mask(pc.equal(spans.column("name"), semconv.FEEDBACK_SPAN))


def given(spans: pa.RecordBatch) -> list[Given]:
    """The feedbacks that say something about something."""
    rows = spans.filter(pa.array(are_feedback(spans)))
    if len(rows) == 0:
        return []
    wanted = ("trace_id", "span_id", "parent_span_id", "start_time_unix_nano", "attributes")
    found = [_given(row) for row in rows.select(wanted).to_pylist()]
    return [each for each in found if each is not None]


def without_comments(spans: pa.RecordBatch) -> pa.RecordBatch:
    """The spans as they are stored."""
    told = are_feedback(spans)
    if not told.any():
        return spans
    kept = _rewritten(spans.column("attributes"), told, _uncommented)
    return with_columns(spans, {"attributes": kept})


def kinds(spans: pa.RecordBatch) -> Mapping[str, int]:
    """How many feedbacks there are by kind; ``incomplete`` says nothing, or of nothing."""
    told = int(are_feedback(spans).sum())
    if not told:
        return {}
    counted = Counter(each.kind for each in given(spans))
    counted["incomplete"] = told - counted.total()
    return +counted


def clean_comment(comment: str, redactor: Redactor | None) -> str | None:
    """A comment, redacted and cut; None where nothing is left of it."""
    read = comment[: 2 * COMMENT_CHARACTERS]
    clean = redactor(read) if redactor is not None else read
    return clean[:COMMENT_CHARACTERS].strip() or None


def _cleaning(redactor: Redactor | None) -> Callable[[Pairs], Pairs]:
    def clean(pairs: Pairs) -> Pairs:
        return [
            (
                key,
                (clean_comment(value, redactor) or "")
                if key == semconv.FEEDBACK_COMMENT
                else value,
            )
            for key, value in pairs
        ]

    return clean


def _uncommented(pairs: Pairs) -> Pairs:
    return [pair for pair in pairs if pair[0] != semconv.FEEDBACK_COMMENT]


def _rewritten(maps: pa.Array, told: Mask, change: Callable[[Pairs], Pairs]) -> pa.Array:
    """The maps with those of some rows changed."""
    positions = np.flatnonzero(told)
    changed = [
        None if pairs is None else change(pairs) for pairs in maps.take(positions).to_pylist()
    ]
    index = np.arange(len(maps))
    index[positions] = len(maps) + np.arange(len(positions))
    return pa.concat_arrays([maps, pa.array(changed, TEXT_MAP)]).take(pa.array(index))


def _without(values: pa.Array, told: Mask, kind: pa.DataType | None = None) -> pa.Array:
    """The values with those of some rows null."""
    if values.null_count == len(values):
        return values
    index = pa.array(np.arange(len(values)), mask=told)
    return values.take(index) if kind is None else values.take(index).cast(kind)


def _given(row: Mapping[str, Any]) -> Given | None:
    told = dict(row["attributes"] or ())
    trace_id, span_id = _place(row, told)
    response_id = _text(told, semconv.FEEDBACK_RESPONSE_ID, ID_CHARACTERS)
    label = told.get(semconv.FEEDBACK_THUMBS)
    found = Given(
        feedback_id=_identity(row["trace_id"], row["span_id"]),
        given_at_unix_nano=row["start_time_unix_nano"],
        trace_id=trace_id,
        span_id=span_id,
        response_id=response_id,
        name=_text(told, semconv.FEEDBACK_NAME, NAME_CHARACTERS) or USER_FEEDBACK,
        label=label if label in THUMBS else None,
        score=_score(told.get(semconv.FEEDBACK_SCORE)),
        comment=_text(told, semconv.FEEDBACK_COMMENT, COMMENT_CHARACTERS),
        user_id=_text(told, semconv.FEEDBACK_USER_ID, ID_CHARACTERS),
    )
    says = (found.label, found.score, found.comment) != (None, None, None)
    return found if says and (response_id or trace_id) else None


def _place(row: Mapping[str, Any], told: Mapping[str, str]) -> tuple[str | None, int | None]:
    """The span that is meant: as it says, else its own parent."""
    trace_id = told.get(semconv.FEEDBACK_TRACE_ID, "").lower()
    span_id = told.get(semconv.FEEDBACK_SPAN_ID, "").lower()
    if _TRACE.fullmatch(trace_id):
        return trace_id, int(span_id, 16) if _SPAN.fullmatch(span_id) else None
    if row["parent_span_id"] is not None:
        return row["trace_id"].hex(), row["parent_span_id"]
    return None, None


def _identity(trace_id: bytes, span_id: int) -> str:
    """Of a feedback that came as a span: the same whenever that span comes again."""
    told = trace_id + span_id.to_bytes(8)
    return str(UUID(bytes=hashlib.blake2b(told, digest_size=16, person=b"feedback").digest()))


def _text(told: Mapping[str, str], key: str, most: int) -> str | None:
    return told.get(key, "")[:most] or None


def _score(text: str | None) -> float | None:
    try:
        score = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return score if 0 <= score <= 1 else None
