"""Log records of OpenTelemetry: GenAI evaluations and content, read and redacted; every other kind is counted.

Content comes as one event with all of it (``gen_ai.client.inference.operation.details``), or as one event a
message, by the older conventions; those become messages in the shape of the newer ones.
"""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from gemledger import semconv
from gemledger.redaction import Redactor
from gemledger_collector.processors.columns import CONTENT_COLUMNS
from gemledger_collector.processors.old_messages import OLD_MESSAGES
from gemledger_collector.processors.redact import redacted

EVALUATION = "gen_ai.evaluation.result"
DETAILS = "gen_ai.client.inference.operation.details"
_LATEST = 2**63

Clean = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Kept:
    """A record to be stored: a row of ``external_evaluations``, or of ``pending_contents``."""

    kind: Literal["evaluation", "content"]
    digest: bytes
    row: dict[str, Any]


@dataclass(slots=True)
class LogBatch:
    """What one request holds: ``kinds`` counts every record, ``invalid`` those that OTLP itself excludes."""

    kept: list[Kept] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    invalid: int = 0


def read_logs(payload: bytes, redactor: Redactor | None) -> LogBatch:
    """The records of one encoded request. Raises google.protobuf.message.DecodeError."""
    batch = LogBatch()
    for service, scope, record in _records(ExportLogsServiceRequest.FromString(payload)):
        if record.time_unix_nano >= _LATEST or record.observed_time_unix_nano >= _LATEST:
            batch.invalid += 1
            continue
        name = record.event_name or _named(record, "event.name")
        kept = _kept(name, record, redactor)
        batch.kinds[_kind(name, kept)] += 1
        if kept is not None:
            kept.row["service_name"], kept.row["scope_name"] = service or None, scope or None
            batch.kept.append(kept)
    return batch


def _records(request: ExportLogsServiceRequest) -> Iterator[tuple[str, str, LogRecord]]:
    for resource_logs in request.resource_logs:
        service = next(
            (
                pair.value.string_value
                for pair in resource_logs.resource.attributes
                if pair.key == semconv.SERVICE_NAME
            ),
            "",
        )
        for scope_logs in resource_logs.scope_logs:
            for record in scope_logs.log_records:
                yield service, scope_logs.scope.name, record


def _kind(name: str, kept: Kept | None) -> str:
    """The word under which a record is counted: few, whatever senders make up."""
    if kept is not None:
        return kept.kind
    if name in (EVALUATION, DETAILS) or name in OLD_MESSAGES:
        return "incomplete"
    return "other_event" if name else "log"


def _named(record: LogRecord, key: str) -> str:
    return next((pair.value.string_value for pair in record.attributes if pair.key == key), "")


def _kept(name: str, record: LogRecord, redactor: Redactor | None) -> Kept | None:
    """The record as a row; None where it is of another kind, or lacks what makes it useful."""
    clean: Clean = (lambda text: redacted(text, redactor)) if redactor is not None else str
    kind: Literal["evaluation", "content"] = "content"
    if name == EVALUATION:
        kind, row = "evaluation", _evaluation(record, clean)
    elif name == DETAILS or name in OLD_MESSAGES:
        row = _content(name, record, clean)
    else:
        return None
    if row is None:
        return None
    digest = _digest(record)
    known = {
        "digest": digest,
        "time_unix_nano": record.time_unix_nano or record.observed_time_unix_nano,
        "trace_id": record.trace_id if len(record.trace_id) == 16 else None,
        "span_id": int.from_bytes(record.span_id) if len(record.span_id) == 8 else None,
    }
    return Kept(kind, digest, known | row)


def _digest(record: LogRecord) -> bytes:
    """Of all that the record says, but for when somebody saw it."""
    said = LogRecord()
    said.CopyFrom(record)
    if said.time_unix_nano:
        said.observed_time_unix_nano = 0
    return hashlib.blake2b(said.SerializeToString(deterministic=True), digest_size=16).digest()


def _evaluation(record: LogRecord, clean: Clean) -> dict[str, Any] | None:
    told = {pair.key: plain(pair.value) for pair in record.attributes}
    name = told.get("gen_ai.evaluation.name")
    if not isinstance(name, str) or not name:
        return None
    score = told.get("gen_ai.evaluation.score.value")
    explanation = _text(told, "gen_ai.evaluation.explanation")
    return {
        "name": name,
        "score": _finite(score),
        "label": _text(told, "gen_ai.evaluation.score.label"),
        "explanation": clean(explanation) if explanation is not None else None,
        "response_id": _text(told, semconv.RESPONSE_ID),
        "error_type": _text(told, "error.type"),
    }


def _finite(score: object) -> float | None:
    if isinstance(score, bool) or not isinstance(score, int | float):
        return None
    return float(score) if math.isfinite(score) else None


def _text(told: Mapping[str, Any], key: str) -> str | None:
    value = told.get(key)
    return value if isinstance(value, str) and value else None


def _content(name: str, record: LogRecord, clean: Clean) -> dict[str, Any] | None:
    """Content columns. Without the ids of a span it would belong to nobody."""
    if len(record.trace_id) != 16 or len(record.span_id) != 8:
        return None
    told = {pair.key: plain(pair.value) for pair in record.attributes}
    body = plain(record.body)
    if name == DETAILS:
        told = {**(body if isinstance(body, dict) else {}), **told}
        columns = {column.name: told.get(column.attribute) for column in CONTENT_COLUMNS}
    else:
        columns = OLD_MESSAGES[name](body)
    texts = {
        column: clean(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for column, value in columns.items()
        if value is not None
    }
    return {"whole": name == DETAILS, **texts} if texts else None


def plain(value: AnyValue) -> Any:  # noqa: ANN401 - whatever a sender says
    """A value of OTLP as JSON has it."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [plain(each) for each in value.array_value.values]
    if kind == "kvlist_value":
        return {pair.key: plain(pair.value) for pair in value.kvlist_value.values}
    if kind == "bytes_value":
        return value.bytes_value.hex()
    return getattr(value, kind)
