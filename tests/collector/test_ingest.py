"""Spans in over real HTTP, figures out over real HTTP."""

import gzip
import json
import socket
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # publishes none
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from support.collector import RunningCollector, config_for
from support.otlp import NOON, SECOND, call, call_attributes, payload, payload_of, request

from gemledger import semconv

BILL = 1000 * 300_000 + 100 * 2_500_000
"""An ordinary call of support.otlp, in picoUSD."""
FIGURES = "select count(*), sum(input_tokens), sum(output_tokens), sum(cost_pico_usd) from calls"


def test_what_is_acknowledged_can_be_asked_for_at_once(collector: RunningCollector) -> None:
    """One request, one answer, and the calls are there, priced."""
    assert collector.send_gzipped(payload_of(1, 2, 3)).status_code == 200
    assert collector.select(FIGURES) == [[3, 3000, 300, 3 * BILL]]


def test_a_span_sent_again_counts_once(collector: RunningCollector) -> None:
    """In the same request, in another request, beside new ones."""
    for numbers in ((1, 2, 2), (1, 2), (2, 3)):
        assert collector.send(payload_of(*numbers)).status_code == 200
    assert collector.select(FIGURES) == [[3, 3000, 300, 3 * BILL]]
    assert collector.select("select sum(calls), sum(cost_pico_usd) from ledger") == [[3, 3 * BILL]]
    assert collector.metric("gemledger_collector_spans_duplicate_total") == 4


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "identity"])
def test_bodies_may_be_compressed(collector: RunningCollector, encoding: str) -> None:
    """As exporters know it."""
    plain = payload_of(1)
    packed = {"gzip": gzip.compress(plain), "deflate": zlib.compress(plain), "identity": plain}
    answer = collector.send(packed[encoding], **{"Content-Encoding": encoding})
    assert (answer.status_code, answer.content) == (200, b"")


def test_an_empty_request_is_a_good_request(collector: RunningCollector) -> None:
    """Some exporters send one to see whether anybody is there."""
    assert collector.send(b"").status_code == 200


def test_a_broken_payload_is_told_where_it_broke_and_counted(collector: RunningCollector) -> None:
    """400 with google.rpc.Status, as OTLP senders expect it."""
    answer = collector.send(payload_of(1)[:-3])
    status = Status.FromString(answer.content)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/x-protobuf")
    assert status.code == 3
    assert "at byte 1 of" in status.message
    assert "in resource_spans[0]" in status.message
    assert collector.metric('gemledger_collector_requests_rejected_total{reason="invalid"}') == 1


def test_a_broken_payload_is_refused_alone(collector: RunningCollector) -> None:
    """Its neighbours, decoded and committed with it, are unharmed."""
    bodies = [payload_of(number) for number in range(40)]
    bodies[7] = bodies[7][:-1]
    bodies[21] = b"\xff" + bodies[21]
    with ThreadPoolExecutor(max_workers=20) as senders:
        statuses = list(senders.map(lambda body: collector.send(body).status_code, bodies))
    assert [index for index, status in enumerate(statuses) if status != 200] == [7, 21]
    assert {statuses[7], statuses[21]} == {400}
    assert collector.select("select count(*) from calls") == [[38]]


def test_spans_that_otlp_excludes_are_left_out_and_counted(collector: RunningCollector) -> None:
    """The rest of the request is taken, and partial_success says so."""
    short, empty, late = call(1), call(2), call(3)
    short.trace_id = b"short"
    empty.span_id = bytes(8)
    late.start_time_unix_nano = 2**63
    answer = collector.send(payload([short, empty, late, call(4)]))
    partial = ExportTraceServiceResponse.FromString(answer.content).partial_success
    assert (answer.status_code, partial.rejected_spans) == (200, 3)
    assert "16 bytes" in partial.error_message
    assert collector.select("select count(*) from calls") == [[1]]


def test_other_methods_types_and_encodings_are_refused(collector: RunningCollector) -> None:
    """Each with its own status."""
    assert collector.http.get("/v1/traces").status_code == 405
    assert collector.send(b"", **{"Content-Type": "text/plain"}).status_code == 415
    assert collector.send(b"", **{"Content-Encoding": "br"}).status_code == 415
    assert collector.send(b"no gzip", **{"Content-Encoding": "gzip"}).status_code == 400
    cut = gzip.compress(payload_of(1))[:-9]
    assert collector.send(cut, **{"Content-Encoding": "gzip"}).status_code == 400


def test_a_body_beyond_the_limits_is_refused_before_and_after_decompression(tmp_path: Path) -> None:
    """413 for a large body, and for a small one that would become large."""
    limits = {"max_request_bytes": "1MiB", "max_decompressed_bytes": "2MiB"}
    with RunningCollector(config_for(tmp_path / "x.duckdb", http=limits)) as collector:
        assert collector.send(bytes(2**20 + 1)).status_code == 413
        bomb = gzip.compress(bytes(64 * 2**20))
        assert len(bomb) < 2**20
        assert collector.send(bomb, **{"Content-Encoding": "gzip"}).status_code == 413
        assert collector.send(payload_of(1)).status_code == 200


def test_a_full_queue_answers_503_and_loses_nothing(tmp_path: Path) -> None:
    """Senders are told when to come back; what was taken before is answered and stored."""
    config = config_for(tmp_path / "x.duckdb", otlp={"queue_bytes": "1MiB"})
    filler = "x" * 200_000
    bodies = [
        payload([call(number, attributes=call_attributes() | {"filler": filler})])
        for number in range(40)
    ]
    with RunningCollector(config) as collector, ThreadPoolExecutor(max_workers=40) as senders:
        answers = list(senders.map(collector.send, bodies))
        taken = [answer for answer in answers if answer.status_code == 200]
        refused = [answer for answer in answers if answer.status_code == 503]
        assert len(taken) + len(refused) == len(answers)
        assert refused, "forty requests of 200 kB at once do not fit in 1 MiB"
        assert {answer.headers["retry-after"] for answer in refused} == {"1"}
        assert Status.FromString(refused[0].content).code == 14
        assert collector.select("select count(*) from calls") == [[len(taken)]]


def test_stopping_answers_what_was_taken(tmp_path: Path) -> None:
    """Every request in flight at the end is answered, and what was acknowledged is in the file."""
    path = tmp_path / "x.duckdb"
    acknowledged = 0
    with RunningCollector(config_for(path)) as collector:
        answers: list[int] = []

        def send_until_gone() -> None:
            for number in range(10_000):
                try:
                    answers.append(collector.send(payload_of(number)).status_code)
                except httpx.TransportError:
                    return

        sender = threading.Thread(target=send_until_gone)
        sender.start()
        while len(answers) < 20:
            threading.Event().wait(0.01)
        collector.stop()
        sender.join()
        acknowledged = answers.count(200)
    with RunningCollector(config_for(path)) as collector:
        assert collector.select("select count(*) from calls")[0][0] >= acknowledged


def test_a_sender_that_goes_away_in_mid_body_harms_nobody(collector: RunningCollector) -> None:
    """Half a body is no span and no error."""
    host, port = collector.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as half:
        half.sendall(
            b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/x-protobuf\r\nContent-Length: 1000\r\n\r\nabc"
        )
    assert collector.send(payload_of(1)).status_code == 200
    assert collector.select("select count(*) from calls") == [[1]]


def test_contents_are_kept_apart_and_redacted(collector: RunningCollector) -> None:
    """Prompts and answers go into ``contents`` without secrets; spans have none."""
    said = '[{"role":"user","parts":[{"type":"text","content":"mail me: ada@example.org"}]}]'
    attributes = call_attributes(input_messages=said, attribution_prompt_version="v7")
    assert collector.send(payload([call(1, attributes=attributes), call(2)])).status_code == 200
    rows = collector.select(
        "select input_messages, output_messages, prompt_version, model from contents"
    )
    kept = [[json.loads(row[0]), *row[1:]] for row in rows]
    clean = json.loads(said.replace("ada@example.org", "[email]"))
    assert kept == [[clean, None, "v7", "gemini-2.5-flash"]]
    assert collector.select("select count(*) from spans where attributes is not null") == [[0]]


def test_everything_a_sender_says_can_be_found_again(collector: RunningCollector) -> None:
    """Labels and unknown attributes in the map, the resource as JSON."""
    spans = [call(1, attributes=call_attributes() | {"gemledger.label.tier": "gold", "odd": 1.5})]
    resource = {"service.name": "shop", "host.name": "h1"}
    assert collector.send(request(spans, resource=resource).SerializeToString()).status_code == 200
    rows = collector.select(
        "select attributes['gemledger.label.tier'], attributes['odd'], service_name, resource from spans"
    )
    assert rows == [["gold", "1.5", "shop", '{"host.name": "h1"}']]


def test_a_price_the_app_saw_otherwise_is_counted_by_reason(collector: RunningCollector) -> None:
    """The bill is ours; theirs is kept."""
    attributes = call_attributes(cost_pico_usd=7, cost_status="exact")
    assert collector.send(payload([call(1, attributes=attributes)])).status_code == 200
    assert collector.select("select cost_pico_usd, app_cost_pico_usd from calls") == [[BILL, 7]]
    assert collector.metric('gemledger_collector_price_disagreement_total{reason="amount"}') == 1


def test_a_cost_that_is_not_exact_is_counted_by_its_reason(collector: RunningCollector) -> None:
    """One reason a call, of our own vocabulary: what a sender makes up is no name for a metric."""
    changes: list[dict[str, Any]] = [
        {},
        {"server_address": "llm-proxy.example.com", "cost_reasons": ["total_mismatch"]},
        {"cost_reasons": ["partial_usage", "total_mismatch"]},
        {"service_tier": "odd"},
        {"cost_reasons": ["no such word"]},
    ]
    spans = [
        call(number, attributes=call_attributes(**each)) for number, each in enumerate(changes)
    ]
    assert collector.send(payload(spans)).status_code == 200
    status = collector.get("/api/v1/status")
    assert status["estimated_calls"] == {"other": 1, "total_mismatch": 1}
    assert status["lower_bound_calls"] == {"partial_usage": 1}
    assert status["unpriced_calls"] == {"no_rate": 1}
    for kind, reason in (
        ("estimated", "other"),
        ("lower_bound", "partial_usage"),
        ("unpriced", "no_rate"),
    ):
        name = f'gemledger_collector_{kind}_calls_total{{reason="{reason}"}}'
        assert collector.metric(name) == 1


@pytest.fixture(params=["ours first", "theirs first", "together", "one at a time in one commit"])
def doubled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningCollector]:
    """A collector to which two instrumentations told of the same call, in some order."""
    same_trace = {"trace": 99}
    attributes = call_attributes(response_id="r1")
    ours = payload([call(1, attributes=attributes, **same_trace)])
    theirs = payload(
        [call(2, attributes=attributes, start=NOON + 1000, **same_trace)],
        scope="opentelemetry.instrumentation.google_genai",
    )
    orders = {
        "ours first": [ours, theirs],
        "theirs first": [theirs, ours],
        "together": [theirs + ours],  # protobuf messages concatenate
        "one at a time in one commit": [ours + theirs],
    }
    with RunningCollector(config_for(tmp_path / "x.duckdb")) as collector:
        for body in orders[request.param]:
            assert collector.send(body).status_code == 200
        yield collector


def test_a_call_told_by_two_instrumentations_counts_once(doubled: RunningCollector) -> None:
    """Ours counts, the other is marked, whichever came first; the ledger says the same."""
    assert doubled.select("select count(*), sum(cost_pico_usd) from calls") == [[1, BILL]]
    assert doubled.select("select sum(calls), sum(cost_pico_usd) from ledger") == [[1, BILL]]
    assert doubled.select(
        "select o.superseded_by is null, t.superseded_by = o.span_id from spans o, spans t "
        "where o.scope_name = 'gemledger' and t.scope_name <> 'gemledger'"
    ) == [[True, True]]
    assert doubled.metric("gemledger_collector_spans_superseded_total") == 1


def test_other_calls_of_the_trace_are_no_doubles(collector: RunningCollector) -> None:
    """Same trace with another response id, or the same id in another trace, is another call."""

    def of(number: int, response_id: str, trace: int, scope: str) -> bytes:
        return payload(
            [call(number, attributes=call_attributes(response_id=response_id), trace=trace)],
            scope=scope,
        )

    for body in (of(1, "a", 9, "gemledger"), of(2, "b", 9, "other"), of(3, "a", 8, "other")):
        assert collector.send(body).status_code == 200
    assert collector.select("select count(*) from calls") == [[3]]


def test_a_double_is_found_by_any_response_id_of_the_call(collector: RunningCollector) -> None:
    """Function calling: ours has two exchanges, the other saw the first only."""
    ours = call(1, attributes=call_attributes(response_id="r2"), trace=9)
    for response_id in ("r1", "r2"):
        event = ours.events.add(name=semconv.EXCHANGE_EVENT)
        event.attributes.add(key=semconv.RESPONSE_ID).value.string_value = response_id
        event.attributes.add(key=semconv.INPUT_TOKENS).value.int_value = 10
    theirs = call(2, attributes=call_attributes(response_id="r1"), trace=9, start=NOON + SECOND)
    assert collector.send(payload([theirs], scope="other")).status_code == 200
    assert collector.send(payload([ours])).status_code == 200
    assert collector.select("select span_id from calls") == [[int.from_bytes(ours.span_id)]]
    assert collector.select("select sum(calls) from ledger") == [[1]]
