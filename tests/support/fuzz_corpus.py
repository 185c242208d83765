"""Bodies for fuzzing: good requests of every kind we know, spoiled. All follow from seed and number."""

import gzip
import json
import random
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import pyarrow as pa
from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from support.billed import KINDS
from support.mutations import BYTES, spoil_message, spoil_text, strange_value
from support.otlp import NOON, SECOND, add_exchange, call, call_attributes, request

PROTOBUF, JSON = "application/x-protobuf", "application/json"
SQL = (
    "select count(*) from charges",
    "select model, sum(cost_pico_usd) from calls group by all",
    "select * from ledger limit 3",
    "with x as (select 1 as a) select a from x",
    "select 'é', unnest([1, 2]), {'a': 1}, timestamp '2026-01-01'",
    "insert into ledger select * from ledger",
    "select * from read_csv('/etc/passwd')",
)


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent where, and how it says it is written."""

    path: str
    content: bytes
    media: str = PROTOBUF
    encoding: str = ""


@cache
def requests() -> Sequence[bytes]:
    """Good trace requests: whatever is billed, told by us and by others, singly and together."""
    told = [
        each for number, kind in enumerate(KINDS, 1) for each in kind(number, "search").deliveries
    ]
    found = [
        request(each.spans, scope=each.scope).SerializeToString() for each in told if each.spans
    ]
    for number in range(20, 26):
        span = call(number, attributes=call_attributes(response_id=f"r{number}"))
        for part in range(number % 3):
            add_exchange(span, call_attributes(response_id=f"r{number}-{part}"))
        found.append(
            request([span], scope="gemledger" if number % 2 else "other").SerializeToString()
        )
    found.append(request([call(number) for number in range(30, 60)]).SerializeToString())
    return found


def body(seed: int, number: int) -> Body:
    """The body of this number: always the same for the same seed."""
    chance = random.Random(f"{seed}:{number}")
    draw = chance.random()
    if draw < 0.82:
        return traces(chance)
    if draw < 0.99:
        return other_signal(chance)
    return question(chance)


def traces(chance: random.Random) -> Body:
    """A trace request, seldom good."""
    message = fresh(chance)
    if chance.random() < 0.6:
        spoil_message(chance, message)
    if chance.random() < 0.2:
        return as_json("/v1/traces", MessageToJson(message, indent=None), chance)
    content = message.SerializeToString()
    if chance.random() < 0.4:
        content = chance.choice(BYTES)(chance, content)
    if chance.random() < 0.05:  # two requests in one
        content += chance.choice(requests())
    return compressed("/v1/traces", content, chance)


def fresh(chance: random.Random) -> ExportTraceServiceRequest:
    """A good request whose spans nobody has sent yet, nine times in ten, nor as a rule their traces.

    Were all of the same few traces, every call would be told by thousands, which no application does.
    """
    message = ExportTraceServiceRequest.FromString(chance.choice(requests()))
    traces: dict[bytes, bytes] = {}
    moves = chance.random() < 0.95
    if chance.random() < 0.9:
        for emitter in message.resource_spans:
            for scoped in emitter.scope_spans:
                for span in scoped.spans:
                    span.span_id = chance.randbytes(8)
                    if moves:
                        span.trace_id = traces.setdefault(span.trace_id, chance.randbytes(16))
                    span.start_time_unix_nano = NOON + chance.randrange(3600 * SECOND)
    return message


def other_signal(chance: random.Random) -> Body:
    """A request of logs or metrics."""
    if chance.random() < 0.6:
        logs = ExportLogsServiceRequest()
        record = (
            logs.resource_logs.add()
            .scope_logs.add()
            .log_records.add(
                time_unix_nano=NOON,
                event_name=chance.choice(
                    ["gen_ai.evaluation.result", "gen_ai.client.inference.operation.details", ""]
                ),
                trace_id=chance.randbytes(16),
                span_id=chance.randbytes(8),
            )
        )
        for key in (
            "gen_ai.evaluation.name",
            "gen_ai.evaluation.score.value",
            "gen_ai.input.messages",
        ):
            strange_value(chance, record.attributes.add(key=key).value)
        strange_value(chance, record.body)
        content = logs.SerializeToString()
        path = "/v1/logs"
    else:
        metrics = ExportMetricsServiceRequest()
        metric = (
            metrics.resource_metrics.add()
            .scope_metrics.add()
            .metrics.add(name="gen_ai.client.token.usage")
        )
        metric.sum.data_points.add(as_int=chance.choice([0, 7, -1]), time_unix_nano=NOON)
        content, path = metrics.SerializeToString(), "/v1/metrics"
    if chance.random() < 0.5:
        content = chance.choice(BYTES)(chance, content)
    return compressed(path, content, chance)


def question(chance: random.Random) -> Body:
    """SQL, good and spoiled."""
    sql = chance.choice(SQL)
    if chance.random() < 0.6:
        sql = spoil_text(chance, sql)
    return Body("/api/v1/query", json.dumps({"sql": sql[:2000]}).encode(), JSON)


def as_json(path: str, text: str, chance: random.Random) -> Body:
    """JSON, two thirds of it spoiled."""
    if chance.random() < 0.66:
        text = spoil_text(chance, text)
    return Body(path, text.encode("utf-8", "surrogateescape"), JSON)


_COMPRESS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": lambda content: gzip.compress(content, 1),
    "deflate": lambda content: zlib.compress(content, 1),
    "zstd": lambda content: bytes(pa.compress(content, codec="zstd", asbytes=True)),
}


def compressed(path: str, content: bytes, chance: random.Random) -> Body:
    """Half of the time compressed, and then spoiled once more as often as not."""
    if chance.random() < 0.5:
        return Body(path, content)
    encoding = chance.choice(list(_COMPRESS))
    packed = _COMPRESS[encoding](content)
    if chance.random() < 0.3:
        packed = chance.choice(BYTES)(chance, packed)
    if chance.random() < 0.02:  # a small bomb
        packed = _COMPRESS[encoding](bytes(5_000_000))
    return Body(path, packed, PROTOBUF, encoding)
