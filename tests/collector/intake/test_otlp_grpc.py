"""OTLP over gRPC: the same spans, the same acknowledgement, statuses as the specification has them."""

import re
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]  # publishes none
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # publishes none
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from support.collector import RunningCollector, config_for
from support.otlp import call, call_attributes, payload, payload_of
from support.tokens import Issued, extensions, one_of_each_scope

from gemledger_cli.children import gemledger
from gemledger_collector.config import Config
from gemledger_collector.errors import PortInUse

TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
Export = Callable[..., bytes]


def config(path: Path, **changes: Any) -> Config:
    """A collector with gRPC on a free port."""
    return config_for(path, grpc={"enabled": True} | changes.pop("grpc", {}), **changes)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[RunningCollector]:
    """One with gRPC."""
    with RunningCollector(config(tmp_path / "x.duckdb")) as running:
        yield running


class Client:
    """An OTLP/gRPC sender: bytes in, bytes out."""

    def __init__(self, collector: RunningCollector, method: str = TRACES) -> None:
        assert collector.grpc_address is not None
        options = [("grpc.use_local_subchannel_pool", 1)]
        self._channel = grpc.insecure_channel(collector.grpc_address, options)
        self._export: Any = self._channel.unary_unary(method)

    def __enter__(self) -> Export:
        return self.export

    def __exit__(self, *ignored: object) -> None:
        self._channel.close()

    def export(self, body: bytes, **settings: Any) -> bytes:
        """Send one request; the response, or grpc.RpcError."""
        answer: bytes = self._export(body, timeout=20, **settings)
        return answer


def refused(export: Export, body: bytes, **settings: Any) -> tuple[grpc.StatusCode, str, bool]:
    """The code of a refusal, its message, and whether it says when to send again."""
    with pytest.raises(grpc.RpcError) as caught:
        export(body, **settings)
    error: Any = caught.value
    details = dict(error.trailing_metadata()).get("grpc-status-details-bin", b"")
    status = Status.FromString(details)
    assert not details or (status.code, status.message) == (error.code().value[0], error.details())
    retry = any(each.Is(RetryInfo.DESCRIPTOR) for each in status.details)
    return error.code(), error.details(), retry


def test_what_comes_by_grpc_lands_and_counts_once(collector: RunningCollector) -> None:
    """Plain, gzipped, and once more over HTTP."""
    with Client(collector) as export:
        assert export(payload_of(1, 2)) == b""
        assert export(payload_of(2, 3), compression=grpc.Compression.Gzip) == b""
    assert collector.send(payload_of(3)).status_code == 200
    assert collector.select("select count(*), sum(input_tokens) from calls") == [[3, 3000]]
    via = 'gemledger_collector_requests_received_total{via="traces grpc"}'
    assert collector.metric(via) == 2


def test_what_is_left_out_is_in_partial_success(collector: RunningCollector) -> None:
    """The rest of the request is taken."""
    short = call(1)
    short.trace_id = b"short"
    with Client(collector) as export:
        answer = ExportTraceServiceResponse.FromString(export(payload([short, call(2)])))
    assert answer.partial_success.rejected_spans == 1
    assert "16 bytes" in answer.partial_success.error_message


def test_a_broken_payload_is_refused_for_good(collector: RunningCollector) -> None:
    """INVALID_ARGUMENT, the place in the message, no RetryInfo."""
    with Client(collector) as export:
        code, message, retry = refused(export, payload_of(1)[:-3])
    assert (code, retry) == (grpc.StatusCode.INVALID_ARGUMENT, False)
    assert "in resource_spans[0]" in message


def test_an_unknown_method_is_unimplemented(collector: RunningCollector) -> None:
    """As gRPC has it."""
    with Client(collector, "/opentelemetry.proto.collector.trace.v1.TraceService/Import") as export:
        assert refused(export, b"")[0] == grpc.StatusCode.UNIMPLEMENTED


def test_a_message_beyond_the_limit_is_refused_for_good(tmp_path: Path) -> None:
    """As it comes, and after decompression; the next one is taken."""
    limit = {"max_message_bytes": "1MiB"}
    with (
        RunningCollector(config(tmp_path / "x.duckdb", grpc=limit)) as collector,
        Client(collector) as export,
    ):
        for compression in (grpc.Compression.NoCompression, grpc.Compression.Gzip):
            code, _, retry = refused(export, bytes(20 * 2**20), compression=compression)
            assert (code, retry) == (grpc.StatusCode.RESOURCE_EXHAUSTED, False)
        assert export(payload_of(1)) == b""


def test_a_full_queue_is_unavailable_for_a_while(tmp_path: Path) -> None:
    """UNAVAILABLE with RetryInfo; what was acknowledged is stored."""
    filler = call_attributes() | {"filler": "x" * 200_000}
    bodies = [payload([call(number, attributes=filler)]) for number in range(40)]
    settings = config(tmp_path / "x.duckdb", otlp={"queue_bytes": "1MiB"})
    with (
        RunningCollector(settings) as collector,
        Client(collector) as export,
        ThreadPoolExecutor(40) as senders,
    ):

        def sent(body: bytes) -> tuple[grpc.StatusCode, str, bool] | None:
            try:
                export(body)
            except grpc.RpcError as error:
                caught: Any = error
                details = dict(caught.trailing_metadata())["grpc-status-details-bin"]
                return caught.code(), caught.details(), b"RetryInfo" in details
            return None

        outcomes = list(senders.map(sent, bodies))
        refusals = {(each[0], each[2]) for each in outcomes if each is not None}
        assert refusals == {(grpc.StatusCode.UNAVAILABLE, True)}
        assert collector.select("select count(*) from calls") == [[outcomes.count(None)]]


def test_stopping_answers_what_is_in_flight_and_takes_no_more(tmp_path: Path) -> None:
    """What was acknowledged is in the file; what comes later is told to come again."""
    path = tmp_path / "x.duckdb"
    codes: list[grpc.StatusCode | None] = []
    with RunningCollector(config(path)) as collector, Client(collector) as export:

        def send_until_gone() -> None:
            for number in range(100_000):
                try:
                    export(payload_of(number))
                    codes.append(None)
                except grpc.RpcError as error:
                    code: Any = error
                    codes.append(code.code())
                    return

        sender = threading.Thread(target=send_until_gone)
        sender.start()
        while len(codes) < 20:
            threading.Event().wait(0.01)
        collector.stop()
        sender.join()
    assert codes[-1] == grpc.StatusCode.UNAVAILABLE
    with RunningCollector(config_for(path)) as collector:
        assert collector.select("select count(*) from calls")[0][0] >= codes.count(None)


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    """With the key to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
        settings = config(tmp_path / "x.duckdb", grpc={"endpoint": endpoint})
        with pytest.raises(PortInUse) as caught, RunningCollector(settings):
            pass
    said = str(caught.value)
    assert said.startswith(f"cannot listen on {endpoint}")
    assert "receivers.otlp.protocols.grpc.endpoint" in said
    assert "\n" not in said


def test_only_a_token_for_ingest_is_let_in(tmp_path: Path) -> None:
    """Nobody is UNAUTHENTICATED, somebody for other things PERMISSION_DENIED; nothing of theirs is stored."""
    every = one_of_each_scope()
    sender, reader, admin = every["ingest"], every["read"], every["admin"]
    settings = config(tmp_path / "x.duckdb", extensions=extensions(*every.values()))
    with RunningCollector(settings) as collector, Client(collector) as export:

        def with_token(issued: Issued) -> dict[str, Any]:
            return {"metadata": (("authorization", f"Bearer {issued.secret}"),)}

        assert refused(export, payload_of(1))[0] == grpc.StatusCode.UNAUTHENTICATED
        for scope in ("read", "content", "write"):
            denied = refused(export, payload_of(2), **with_token(every[scope]))
            assert denied[0] == grpc.StatusCode.PERMISSION_DENIED
        assert export(payload_of(3), **with_token(sender)) == b""
        assert export(payload_of(3), **with_token(admin)) == b""
        answer = collector.http.post(
            "/api/v1/query",
            json={"sql": "select count(*) from calls"},
            headers={"Authorization": f"Bearer {reader.secret}"},
        )
        assert answer.json()["rows"] == [[1]]


def test_the_command_says_both_addresses_and_ends_quietly(tmp_path: Path) -> None:
    """One line at the start, nothing but its log on standard error at the end."""
    file = tmp_path / "otel-config.yaml"
    file.write_text(
        "receivers: {otlp: {protocols: {http: {endpoint: '127.0.0.1:0'}, grpc: {endpoint: '127.0.0.1:0'}}}}\n"
        f"exporters: {{duckdb: {{path: {tmp_path}/x.duckdb}}}}\n"
    )
    command = gemledger("serve", "--config", str(file))
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as served:
        assert served.stdout is not None
        told = served.stdout.readline()
        served.terminate()
        said = served.communicate(timeout=30)[1]
    assert re.search(r"ready: http://127\.0\.0\.1:\d+ .*, 127\.0\.0\.1:\d+ \(OTLP/gRPC\)", told)
    assert (served.returncode, [line for line in said.splitlines() if " INFO " not in line]) == (
        0,
        [],
    )
