"""Prompts and answers that came as log records, put beside the span they belong to, whichever came first.

What a span captured itself stays as it is. Messages that come one by one become one conversation.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gemledger.sampling import unit_position
from gemledger_collector.storage.content_facts import (
    CONTENT,
    CONTENT_FACTS,
    answer_facts,
)
from gemledger_collector.storage.transaction import Transaction

ORIGIN = "logs"
LONGEST_WAIT_NANO = 24 * 3600 * 10**9
"""Content whose span has not come by then never had one: it was sampled out, or is no call."""
_SPAN_BEFORE_NANO = 24 * 3600 * 10**9
"""How long before its content a span may have started, and after."""

PENDING = pa.schema(
    [
        ("digest", pa.binary(16)),
        ("time_unix_nano", pa.int64()),
        ("received_unix_nano", pa.int64()),
        ("trace_id", pa.binary(16)),
        ("span_id", pa.uint64()),
        ("whole", pa.bool_()),
        *((name, pa.string()) for name in CONTENT),
    ]
)
_KEYS = pa.schema(
    [
        ("trace_id", pa.binary(16)),
        ("span_id", pa.uint64()),
        ("start_time_unix_nano", pa.int64()),
    ]
)

Row = dict[str, Any]
Key = tuple[bytes, int]


@dataclass(slots=True)
class PendingContents:
    """What waits for its span. Used inside the write transaction only, so by one thread at a time."""

    _some: bool = True
    """False once the table was seen empty: then an arriving span costs nothing."""

    def add(self, transaction: Transaction, rows: Sequence[Row], now_unix_nano: int) -> int:
        """Keep the rows, join those whose span is there; how many were given up for want of a span."""
        given_up = self._expire(transaction, now_unix_nano)
        if not rows:
            return given_up
        self._some = True
        table = pa.Table.from_pylist(list(rows), schema=PENDING)
        transaction.append("pending_contents", table)
        times = pc.min_max(table["time_unix_nano"])
        span = {
            "first_start": times["min"].as_py() - _SPAN_BEFORE_NANO,
            "last_start": times["max"].as_py() + _SPAN_BEFORE_NANO,
        }
        with transaction.bound("arriving_contents", table.select(["trace_id", "span_id"])):
            found = transaction.query("spans_with_pending_contents", span).to_pylist()
        _attach(transaction, {_key(row): row for row in found})
        return given_up

    def join(self, transaction: Transaction, spans: pa.RecordBatch) -> None:
        """Put what waited for these new spans beside them."""
        if not self._some:
            return
        self._some = bool(transaction.rows("count_pending_contents", {"received_before": 0})[0][0])
        if not self._some:
            return
        with transaction.bound("given_spans", pa.table(spans.select(_KEYS.names))):
            pieces = transaction.query("pending_contents_of").to_pylist()
        wanted = {_key(piece) for piece in pieces}
        if not wanted:
            return
        named = {name: spans.column(name) for name in CONTENT_FACTS}
        facts = pa.table(named | answer_facts(spans))
        model = pc.coalesce(spans.column("response_model"), spans.column("request_model"))
        rows = facts.append_column("model", model).to_pylist()
        keyed = {(row["trace_id"], row["span_id"]): row for row in rows}
        _attach(transaction, {key: keyed[key] for key in wanted})

    def _expire(self, transaction: Transaction, now_unix_nano: int) -> int:
        if not self._some:
            return 0
        before = {"received_before": now_unix_nano - LONGEST_WAIT_NANO}
        waiting, too_long = transaction.rows("count_pending_contents", before)[0]
        self._some = bool(waiting)
        if too_long:
            transaction.execute("expire_pending_contents", before)
        return int(str(too_long))


def _key(row: Mapping[str, Any]) -> Key:
    return bytes.fromhex(row["trace_id"]), row["span_id"]


def _attach(transaction: Transaction, spans: Mapping[Key, Row]) -> None:
    """Join what is pending for these spans with what they have."""
    if not spans:
        return
    keys = [
        {"trace_id": trace, "span_id": span, "start_time_unix_nano": facts["start_time_unix_nano"]}
        for (trace, span), facts in spans.items()
    ]
    starts = [key["start_time_unix_nano"] for key in keys]
    within = {"first_start": min(starts), "last_start": max(starts)}
    with transaction.bound("given_spans", pa.Table.from_pylist(keys, schema=_KEYS)):
        pieces: dict[Key, list[Row]] = {}
        for piece in transaction.query("pending_contents_of").to_pylist():
            pieces.setdefault(_key(piece), []).append(piece)
        there = transaction.query("contents_of_spans", within).to_pylist()
        had = {_key(row): row for row in there}
        transaction.execute("drop_contents_of_spans", within)
        transaction.execute("drop_pending_contents")
    rows = [
        {**_placed(spans[key], key[0]), **_together(had.get(key), pieces.get(key, []))}
        for key in {*had, *pieces}
    ]
    transaction.append("contents", pa.Table.from_pylist(rows, schema=_CONTENTS))


_CONTENTS = pa.schema(
    [
        *_KEYS,
        *((name, pa.string()) for name in CONTENT_FACTS if name not in _KEYS.names),
        ("model", pa.string()),
        ("origin", pa.string()),
        *((name, pa.string()) for name in CONTENT),
        ("answered", pa.bool_()),
        ("capture_rate", pa.float64()),
        ("trace_position", pa.float64()),
        ("conversation_position", pa.float64()),
        ("finish_reasons", pa.string()),
        ("answer_tokens", pa.int64()),
        ("cost_pico_usd", pa.int64()),
        ("avg_logprobs", pa.float64()),
    ]
)


def _placed(facts: Row, trace_id: bytes) -> Row:
    """What is known of a call, and where the judge's sample has it."""
    conversation = facts["conversation_id"]
    return {
        **facts,
        "trace_id": trace_id,
        "trace_position": unit_position(trace_id.hex()),
        "conversation_position": None if conversation is None else unit_position(conversation),
    }


def _together(had: Row | None, pieces: Sequence[Row]) -> Row:
    """The content columns of a span that had some, or none, with these pieces in order."""
    by_span = had is not None and had["origin"] is None
    joined: Row = {"origin": None if by_span else ORIGIN}
    joined["capture_rate"] = None if had is None else had["capture_rate"]
    for name in CONTENT:
        told = None if had is None else had[name]
        joined[name] = told if by_span and told is not None else _column(told, name, pieces)
    joined["answered"] = joined["output_messages"] is not None
    return joined


def _column(told: str | None, name: str, pieces: Sequence[Row]) -> str | None:
    for piece in pieces:
        text: str | None = piece[name]
        if text is not None:
            told = text if told is None or piece["whole"] else _appended(told, text)
    return told


def _appended(messages: str, more: str) -> str:
    """Two JSON arrays as one; what is none, cut off by some exporter, in lines below each other."""
    try:
        first, second = json.loads(messages), json.loads(more)
    except (ValueError, RecursionError):
        return f"{messages}\n{more}"
    if not isinstance(first, list) or not isinstance(second, list):
        return f"{messages}\n{more}"
    return json.dumps([*first, *second], ensure_ascii=False)
