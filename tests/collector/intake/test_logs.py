"""Log records: evaluations and content are kept, once, beside their span; everything else is counted."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.collector import PROTOBUF, RunningCollector, config_for
from support.otlp import NOON, SECOND, call, call_attributes, payload
from support.otlp_json import as_json
from support.otlp_logs import event, logs

from gemledger import semconv

DETAILS = "gen_ai.client.inference.operation.details"
SAID = [{"role": "user", "parts": [{"type": "text", "content": "mail ada@example.org"}]}]
CLEAN = [{"role": "user", "parts": [{"type": "text", "content": "mail [email]"}]}]
ANSWER = [{"role": "assistant", "parts": [{"type": "text", "content": "done"}]}]
CONTENTS = (
    "select start_time_unix_nano, team, model, input_messages, output_messages, system_instructions, origin "
    "from contents order by start_time_unix_nano"
)


def send(collector: RunningCollector, request: ExportLogsServiceRequest, **headers: str) -> None:
    """POST one request of logs, which is taken whole."""
    body = request.SerializeToString()
    answer = collector.http.post("/v1/logs", content=body, headers=PROTOBUF | headers)
    assert (answer.status_code, answer.content) == (200, b"")


def told(span: Span, **columns: object) -> LogRecord:
    """The event with all of a call's content."""
    return event(
        DETAILS,
        span,
        attributes={
            f"gen_ai.{key.replace('__', '.')}": json.dumps(value) for key, value in columns.items()
        },
    )


def contents(collector: RunningCollector) -> list[list[Any]]:
    """Rows of ``contents``, JSON read."""
    return [
        [*row[:3], *(None if text is None else json.loads(text) for text in row[3:6]), row[6]]
        for row in collector.select(CONTENTS)
    ]


def waiting(collector: RunningCollector) -> int:
    """How much content waits for its span."""
    count: int = collector.select("select count(*) from pending_contents")[0][0]
    return count


def kinds(collector: RunningCollector) -> dict[str, float]:
    """How many records of each kind were taken."""
    return {
        kind: found
        for kind in ("evaluation", "content", "incomplete", "other_event", "log")
        if (found := collector.metric(f'gemledger_collector_log_records_total{{kind="{kind}"}}'))
    }


@pytest.mark.parametrize("first", ["span", "log"])
def test_content_meets_its_span_whichever_comes_first(
    collector: RunningCollector, first: str
) -> None:
    """Redacted, with what the span knows: when, whose, which model."""
    span = call(1)
    record = told(span, input__messages=SAID, output__messages=ANSWER)
    if first == "span":
        assert collector.send(payload([span])).status_code == 200
    send(collector, logs([record]))
    if first == "log":
        assert waiting(collector) == 1
        assert contents(collector) == []
        assert collector.send(payload([call(2), span])).status_code == 200
    assert waiting(collector) == 0
    assert contents(collector) == [
        [NOON, "search", "gemini-2.5-flash", CLEAN, ANSWER, None, "logs"]
    ]
    send(collector, logs([record]))
    assert len(contents(collector)) == 1


OLD: list[tuple[str, Any]] = [
    ("gen_ai.system.message", {"content": "be brief"}),
    ("gen_ai.user.message", {"content": "mail ada@example.org"}),
    ("gen_ai.assistant.message", {"tool_calls": [{"id": "t", "function": {"name": "f", "arguments": "{}"}}]}),
    ("gen_ai.tool.message", {"id": "t", "content": "42"}),
    ("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": {"content": "done"}}),
]  # fmt: skip
CALLED = {"type": "tool_call", "id": "t", "name": "f", "arguments": "{}"}
RETURNED = {"type": "tool_call_response", "id": "t", "response": "42"}
CONVERSATION = [
    *CLEAN,
    {"role": "assistant", "parts": [CALLED]},
    {"role": "tool", "parts": [RETURNED]},
]


@pytest.mark.parametrize("span_comes_after", range(4))
def test_messages_that_come_one_by_one_become_a_conversation(
    collector: RunningCollector, span_comes_after: int
) -> None:
    """In however many requests, with the span before, between or behind them, and each request twice."""
    span = call(1)
    records = [event(name, span, body, time=NOON + at) for at, (name, body) in enumerate(OLD)]
    for turn, part in enumerate((records[:2], records[2:4], records[4:])):
        if turn == span_comes_after:
            assert collector.send(payload([span])).status_code == 200
        for _ in range(2):
            send(collector, logs(part))
    if span_comes_after == 3:
        assert collector.send(payload([span])).status_code == 200
    (row,) = contents(collector)
    assert row[3] == CONVERSATION
    assert row[4] == [ANSWER[0] | {"finish_reason": "stop"}]
    assert row[5] == [{"type": "text", "content": "be brief"}]
    assert waiting(collector) == 0


def test_google_s_own_shape_of_a_message_is_read(collector: RunningCollector) -> None:
    """As its official instrumentation logs it: the SDK's content in the body, the answer too."""
    span = call(1)
    user = {"content": {"role": "user", "parts": [{"text": "hello"}, {"text": "there"}]}}
    choice = {"index": 0, "content": {"parts": [{"text": "done"}]}, "finish_reason": "STOP"}
    said = [event("gen_ai.user.message", span, user), event("gen_ai.choice", span, choice)]
    send(collector, logs(said))
    assert collector.send(payload([span])).status_code == 200
    (row,) = contents(collector)
    assert [part["content"] for part in row[3][0]["parts"]] == ["hello", "there"]
    assert row[4] == [ANSWER[0] | {"finish_reason": "STOP"}]


def test_what_the_span_captured_itself_stays(collector: RunningCollector) -> None:
    """A log fills in only what the span left open."""
    own = json.dumps([{"role": "user", "parts": []}])
    span = call(1, attributes=call_attributes() | {semconv.INPUT_MESSAGES: own})
    send(collector, logs([told(span, input__messages=SAID)]))
    assert collector.send(payload([span])).status_code == 200
    send(collector, logs([told(span, input__messages=SAID, output__messages=ANSWER)]))
    assert contents(collector) == [
        [NOON, "search", "gemini-2.5-flash", json.loads(own), ANSWER, None, None]
    ]


def test_content_whose_span_does_not_come_is_given_up_after_a_day(tmp_path: Path) -> None:
    """It was sampled out, and nothing of it stays."""
    now = [NOON]
    with RunningCollector(config_for(tmp_path / "x.duckdb"), clock=lambda: now[0]) as collector:
        send(collector, logs([told(call(1), input__messages=SAID)]))
        now[0] += 25 * 3600 * SECOND
        late = call(2)
        send(collector, logs([told(late, input__messages=SAID)]))
        assert waiting(collector) == 1
        assert collector.metric("gemledger_collector_log_contents_dropped_total") == 1


def test_where_redaction_is_off_it_is_off_for_logs_too(tmp_path: Path) -> None:
    """The same setting, the same outcome."""
    config = config_for(tmp_path / "x.duckdb", processors={"redact": {"content": False}})
    with RunningCollector(config) as collector:
        assert collector.send(payload([call(1)])).status_code == 200
        send(collector, logs([told(call(1), input__messages=SAID)]))
        assert contents(collector)[0][3] == SAID


def evaluated(span: Span | None, name: str = "relevance", **changes: object) -> LogRecord:
    """Somebody's verdict."""
    attributes: dict[str, Any] = {
        "gen_ai.evaluation.name": name,
        "gen_ai.evaluation.score.value": 0.25,
        "gen_ai.evaluation.score.label": "fail",
        "gen_ai.evaluation.explanation": "it names ada@example.org",
        "gen_ai.response.id": "r1",
        **changes,
    }
    return event("gen_ai.evaluation.result", span, attributes=attributes)


def test_evaluations_of_others_are_kept_apart_from_the_judge_s(
    collector: RunningCollector,
) -> None:
    """Each once, whether it came as protobuf or as JSON, gzipped or not; no figure of quality has them."""
    span = call(1)
    request = logs([evaluated(span), evaluated(None, "tone")])
    for _ in range(2):
        send(collector, request)
    answer = collector.http.post(
        "/v1/logs",
        content=gzip.compress(as_json(request)),
        headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
    )
    assert (answer.status_code, answer.json()) == (200, {})
    rows = collector.select(
        "select name, score, label, explanation, response_id, service_name, scope_name, span_id "
        "from external_evaluations order by name"
    )
    kept = [0.25, "fail", "it names [email]", "r1", "shop", "evaluator"]
    assert rows == [
        ["relevance", *kept, int.from_bytes(span.span_id)],
        ["tone", *kept, None],
    ]
    assert collector.select("select count(*) from evaluations") == [[0]]
    assert kinds(collector) == {"evaluation": 6}
    assert collector.metric("gemledger_collector_log_records_stored_total") == 2


def test_everything_else_is_counted_by_kind(collector: RunningCollector) -> None:
    """An app's own log lines, events of other libraries, and ours with nothing in them."""
    late = event("x", None, "y")
    late.time_unix_nano = 2**63
    old_name = event(
        "", call(1), {"content": "hi"}, attributes={"event.name": "gen_ai.user.message"}
    )
    records = [
        event("", None, "connection refused"),
        event("exception", None, "boom"),
        evaluated(None, ""),
        event("gen_ai.user.message", None, {"content": "of no span"}),
        event("gen_ai.choice", call(1), attributes={"event.name": "x"}),
        old_name,
        late,
    ]
    body = logs(records).SerializeToString()
    answer = collector.http.post("/v1/logs", content=body, headers=PROTOBUF)
    partial = ExportLogsServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, partial.rejected_log_records) == (200, 1)
    assert kinds(collector) == {"incomplete": 2, "other_event": 1, "log": 1, "content": 2}


def test_a_broken_request_is_refused(collector: RunningCollector) -> None:
    """400 in both encodings, and its neighbours are unharmed."""
    body = logs([evaluated(call(1))]).SerializeToString()
    for content, media in ((body[:-3], PROTOBUF), (b"{", {"Content-Type": "application/json"})):
        answer = collector.http.post("/v1/logs", content=content, headers=media)
        assert answer.status_code == 400
    send(collector, logs([evaluated(call(1))]))
    assert collector.select("select count(*) from external_evaluations") == [[1]]


def test_what_is_acknowledged_is_there_after_a_restart(tmp_path: Path) -> None:
    """Content that waits, too; and what was sent before is known."""
    span = call(1)
    request = logs([evaluated(span), told(span, input__messages=SAID)])
    with RunningCollector(config_for(tmp_path / "x.duckdb")) as collector:
        send(collector, request)
    with RunningCollector(config_for(tmp_path / "x.duckdb")) as collector:
        send(collector, request)
        assert collector.send(payload([span])).status_code == 200
        assert contents(collector)[0][3] == CLEAN
        assert collector.select("select count(*) from external_evaluations") == [[1]]
