"""One answer of a data set: what its fields are and mean, and how a stored answer becomes one, redacted."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from gemledger.redaction import Redactor
from gemledger_collector.api.context import iso
from gemledger_collector.judge.transcript import Exchange, NothingToJudge, exchange
from gemledger_collector.processors.redact import redacted

Json = dict[str, Any]
_TEXT, _WHOLE, _SHARE = pa.string(), pa.int64(), pa.float64()

VERDICT = pa.struct(
    [
        ("dimension", _TEXT),
        ("label", _TEXT),
        ("score", _SHARE),
        ("evidence", _TEXT),
        ("reason", _TEXT),
        ("rule", _TEXT),
        ("rubric_version", _TEXT),
        ("judge_model", _TEXT),
        ("kind", _TEXT),
        ("inclusion_probability", _SHARE),
        ("at", _TEXT),
    ]
)
LABEL = pa.struct(
    [
        ("dimension", _TEXT),
        ("label", _TEXT),
        ("note", _TEXT),
        ("labelled_by", _TEXT),
        ("source", _TEXT),
        ("at", _TEXT),
    ]
)
FEEDBACK = pa.struct(
    [
        ("name", _TEXT),
        ("label", _TEXT),
        ("score", _SHARE),
        ("comment", _TEXT),
        ("source", _TEXT),
        ("at", _TEXT),
    ]
)

FIELDS: Sequence[tuple[str, pa.DataType, str]] = (
    ("id", _TEXT, "trace and span of the call, TRACE-SPAN"),
    ("time", _TEXT, "start of the call, UTC"),
    ("question", _TEXT, "what the user asked last; empty: not captured"),
    (
        "context",
        _TEXT,
        "all else the model was given: earlier turns, tools and what they gave, documents",
    ),
    ("answer", _TEXT, "what the model answered; null: no text, `problem` says why"),
    ("problem", _TEXT, "why there is no answer to judge"),
    ("system_instruction", _TEXT, "the system instruction, where captured"),
    ("messages", _TEXT, "every message of the request, JSON as OpenTelemetry shapes it"),
    ("model", _TEXT, "the model that answered"),
    ("service", _TEXT, "the app"),
    ("team", _TEXT, "who pays"),
    ("feature", _TEXT, "for what"),
    ("environment", _TEXT, "production, staging, …"),
    ("prompt_version", _TEXT, "of the prompt"),
    ("response_id", _TEXT, "Google's id of the answer"),
    ("conversation_id", _TEXT, "of the conversation, where there is one"),
    ("cost_pico_usd", _TEXT, "what the call cost, integer picoUSD (1e-12 USD); null: unpriced"),
    ("cost_status", _TEXT, "exact, estimated, lower_bound or unpriced"),
    ("input_tokens", _WHOLE, "tokens of the prompt, cached ones included"),
    ("output_tokens", _WHOLE, "tokens of the answer, thoughts included"),
    ("latency_seconds", _SHARE, "how long the call took"),
    ("verdicts", pa.list_(VERDICT), "what judges and checks said; label good, bad or cannot_tell"),
    ("labels", pa.list_(LABEL), "what people said; label good, bad or cannot_tell"),
    ("feedback", pa.list_(FEEDBACK), "what users said; label up or down, score 0 to 1"),
)
"""Name, type and meaning, in order."""

SCHEMA = pa.schema([(name, kind) for name, kind, _ in FIELDS])

_COPIED = (
    *("model", "service", "team", "feature", "environment", "prompt_version", "response_id"),
    *("conversation_id", "cost_status", "input_tokens", "output_tokens"),
)
_WRITTEN = {
    "verdicts": ("evidence", "reason"),
    "labels": ("note", "labelled_by"),
    "feedback": ("comment",),
}
"""Text that a judge or a person wrote: it may quote an answer, or name somebody."""


def table_of(stored: Sequence[Mapping[str, Any]], redactor: Redactor) -> pa.Table:
    """Stored answers as rows of a data set, without secrets and structured personal data."""
    return pa.Table.from_pylist([_row(each, redactor) for each in stored], schema=SCHEMA)


def _row(stored: Mapping[str, Any], redactor: Redactor) -> Json:
    messages, answered, system = (
        None if stored[name] is None else redacted(stored[name], redactor)
        for name in ("input_messages", "output_messages", "system_instructions")
    )
    cost, duration = stored["cost_pico_usd"], stored["duration_ms"]
    return {
        "id": f"{stored['trace_id']}-{stored['span_id']}",
        "time": iso(stored["start_time_unix_nano"]),
        **_asked_and_answered(messages, answered or "", system),
        "messages": messages,
        **{name: stored[name] for name in _COPIED},
        "cost_pico_usd": None if cost is None else str(cost),
        "latency_seconds": None if duration is None else duration / 1000,
        **{name: _said(stored[name], written, redactor) for name, written in _WRITTEN.items()},
    }


def _asked_and_answered(messages: str | None, answered: str, system: str | None) -> Json:
    try:
        found, problem = exchange(messages, answered, system), None
    except NothingToJudge as reason:
        found, problem = Exchange("", ""), str(reason)
    return {
        "question": found.question,
        "context": found.context or None,
        "answer": found.answer or None,
        "problem": problem,
        "system_instruction": found.instructions or None,
    }


def _said(
    said: Sequence[Mapping[str, Any]] | None, written: Sequence[str], redactor: Redactor
) -> list[Json]:
    return [
        {
            **{name: value for name, value in each.items() if name != "at_unix_nano"},
            **{name: redactor(each[name]) for name in written if each[name] is not None},
            "at": iso(each["at_unix_nano"]),
        }
        for each in said or ()
    ]
