"""Six captured answers on three days, with what judges, people and users said of them."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
from support.blank import open_blank
from support.otlp import NOON, SECOND, call, call_attributes

from gemledger import semconv
from gemledger_collector.storage import evaluations

DAY = 86_400 * SECOND
ANSWERS = 6
EMAIL = "ann.smith@example.com"


def message(role: str, text: str) -> str:
    """One message, in OpenTelemetry's shape."""
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]}])


def ids(number: int) -> dict[str, Any]:
    """Of a call with this number, as the store has them."""
    span = call(number)
    return {"trace_id": span.trace_id.hex(), "span_id": int.from_bytes(span.span_id, "big")}


def start(number: int) -> int:
    """When the call with this number began: two on each day."""
    return NOON + number % 3 * DAY + number * SECOND


def answered(number: int) -> Any:
    """A call whose question and answer were captured, without redaction in the app."""
    attributes = call_attributes() | {
        semconv.INPUT_MESSAGES: message("user", f"Write to {EMAIL}? (case {number})"),
        semconv.OUTPUT_MESSAGES: message("model", f"Yes, number {number}."),
        semconv.SYSTEM_INSTRUCTIONS: json.dumps([{"type": "text", "content": "Be brief."}]),
        semconv.ATTRIBUTION_FEATURE: "chat" if number % 2 else "search",
        semconv.RESPONSE_ID: f"response-{number}",
    }
    return call(number, start=start(number), attributes=attributes)


def verdict(number: int, label: str | None, score: float | None, **columns: Any) -> dict[str, Any]:
    """What a judge said of the call."""
    empty: dict[str, Any] = dict.fromkeys(evaluations.SCHEMA.names)
    return empty | {
        "rule": "quality",
        "dimension": "accuracy",
        "rubric_version": "1",
        "label": label,
        "score": score,
        "evidence": f"as {EMAIL} says",
        "reason": "so",
        "attempt": 1,
        "judge_model": "gemini-2.5-flash",
        "sample_rate": 0.5,
        "call_start_unix_nano": start(number),
        "judged_at_unix_nano": start(number) + SECOND,
        **ids(number),
        **columns,
    }


def label(number: int, said: str, at: int, by: str = "maria") -> dict[str, Any]:
    """What a person said of it."""
    return {
        **ids(number),
        "call_start_unix_nano": start(number),
        "dimension": "accuracy",
        "label": said,
        "note": f"ask {EMAIL}",
        "labelled_by": by,
        "source": "csv",
        "labelled_at_unix_nano": at,
    }


def feedback(number: int, **columns: Any) -> dict[str, Any]:
    """What a user said of it, told by the response's id."""
    return {
        "feedback_id": f"{number:032x}",
        "given_at_unix_nano": start(number) + SECOND,
        "received_at_unix_nano": start(number) + SECOND,
        "response_id": f"response-{number}",
        "name": "user_feedback",
        "label": "down",
        "comment": f"I am {EMAIL}",
        "source": "app",
        **columns,
    }


def fill(path: Path) -> None:
    """Verdicts of four answers, labels of one, feedback of one."""
    store = open_blank(path)
    rows = [verdict(0, "bad", 0.1), verdict(1, "good", 0.9), verdict(2, "bad", 0.3)]
    rows += [verdict(3, "bad", 0.2, attempt=1), verdict(3, "good", 0.8, attempt=2)]
    rows += [verdict(4, None, None, error="the judge answered nothing")]
    labels = [label(1, "good", NOON), label(1, "bad", NOON + 1), label(1, "good", NOON, "paul")]
    with store.writing() as transaction:
        evaluations.record(transaction, rows)
        table = pa.Table.from_pylist([{**each, "span_id": str(each["span_id"])} for each in labels])
        span_ids = table.column("span_id").cast(pa.uint64())
        table = table.set_column(table.column_names.index("span_id"), "span_id", span_ids)
        transaction.append("human_labels", table)
        transaction.append("feedback", pa.Table.from_pylist([feedback(5)]))
    store.close()
