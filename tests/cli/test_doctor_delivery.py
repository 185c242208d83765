"""`gemledger doctor` where spans do not arrive: each cause has its own word, and a remedy."""

import json
import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from support.doctor import FAILED, OK, PROTOBUF, WARNING, Answer, Found, answering
from support.processes import Asked

from gemledger import doctor
from gemledger_cli.addresses import free_port


def test_a_dead_port_is_told_from_everything_else(examined: Callable[..., Found]) -> None:
    """Nothing listens: start one, or correct the address. What can be checked without it is."""
    port = free_port()
    found = examined("--endpoint", f"http://127.0.0.1:{port}")
    assert found.exit_code == 1
    state, says, remedy = found.the("export")
    assert (state, says) == (
        FAILED,
        f"nothing listens at http://127.0.0.1:{port}/v1/traces: connection refused",
    )
    assert "gemledger serve" in remedy
    assert not found.of("clock")
    assert not found.of("calls")
    assert found.the("patches")[0] == found.the("spool")[0] == OK


REJECTED = ExportTraceServiceResponse()
REJECTED.partial_success.rejected_spans = 1
REJECTED.partial_success.error_message = "quota of this tenant"
WARNED = ExportTraceServiceResponse()
WARNED.partial_success.error_message = "attributes were cut"


@pytest.mark.parametrize(
    ("answer", "state", "says", "remedy"),
    [
        (
            (401, {}, b""),
            FAILED,
            "wants to know who sends (HTTP 401)",
            "OTEL_EXPORTER_OTLP_HEADERS",
        ),
        ((403, {}, b""), FAILED, "does not let this sender in", "scope ingest"),
        ((404, {}, b""), FAILED, "takes no traces under this path", "without /v1/traces"),
        ((405, {}, b""), FAILED, "takes no POST", "correct the address"),
        ((302, {"Location": "/login"}, b""), FAILED, "a redirect to /login", "do not follow"),
        ((415, {}, b""), FAILED, "takes no protobuf", "JSON one"),
        ((503, {"Retry-After": "5"}, b""), FAILED, "is not ready (HTTP 503)", "/readyz"),
        ((502, {}, b""), FAILED, "reaches no collector", "start the collector behind it"),
        ((418, {}, b""), FAILED, "answered HTTP 418", "its log"),
        (
            (200, PROTOBUF, REJECTED.SerializeToString()),
            FAILED,
            "rejected the span in it: quota of this tenant",
            "log",
        ),
        ((200, PROTOBUF, WARNED.SerializeToString()), WARNING, "attributes were cut", "log"),
        ((200, {"Content-Type": "text/html"}, b"<html>"), WARNING, "no OTLP receiver", "4318"),
        ((200, PROTOBUF, b""), OK, "took a span", ""),
    ],
)
def test_each_refusal_has_its_own_word_and_remedy(
    tmp_path: Path, answer: Answer, state: str, says: str, remedy: str
) -> None:
    """A person at three in the morning reads what is wrong and what to do, not a status."""
    with answering(*answer) as url:
        findings = list(doctor.examine(url, environ={"GEMLEDGER_SPOOL_DIR": str(tmp_path)}))
    (got,) = (finding for finding in findings if finding.check == "export")
    assert got.state == state
    assert says in got.says
    assert remedy in got.remedy
    assert bool(got.remedy) == (state != OK)


def test_a_collector_that_hangs_is_waited_for_as_long_as_an_app_would(
    examined: Callable[..., Found],
) -> None:
    """It accepts and never answers; OTEL_EXPORTER_OTLP_TIMEOUT is in seconds."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        found = examined("--endpoint", url, OTEL_EXPORTER_OTLP_TIMEOUT="0.3")
    state, says, remedy = found.the("export")
    assert (state, says) == (FAILED, f"{url}/v1/traces did not answer within 0.3 s")
    assert "firewall" in remedy


@pytest.mark.parametrize(
    ("endpoint", "says", "remedy"),
    [
        ("http://collector.invalid:4318", "cannot be resolved", "DNS"),
        ("collector:4318", "not an address", "http://collector.example:4318"),
        ("", "not an address", "http://collector.example:4318"),
    ],
)
def test_an_address_that_leads_nowhere_is_said(
    examined: Callable[..., Found], endpoint: str, says: str, remedy: str
) -> None:
    """A host nobody knows, and what is no address at all."""
    found = examined("--endpoint", endpoint)
    state, said, do = found.the("export")
    assert (state, found.exit_code) == (FAILED, 1)
    assert says in said
    assert remedy in do


def test_tls_where_there_is_none_is_said(examined: Callable[..., Found], collector: Asked) -> None:
    """https:// to a collector that speaks http."""
    found = examined("--endpoint", collector.url.replace("http:", "https:"))
    state, says, remedy = found.the("export")
    assert state == FAILED
    assert "no TLS with https://" in says
    assert "OTEL_EXPORTER_OTLP_CERTIFICATE" in remedy


def test_secrets_in_addresses_and_headers_are_not_printed(examined: Callable[..., Found]) -> None:
    """A report is pasted into tickets."""
    with answering(401) as url:
        found = examined(
            "--endpoint",
            url.replace("://", "://user:hunter2@"),
            OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20s3cret",
        )
    everything = json.dumps(found.findings)
    assert "hunter2" not in everything
    assert "s3cret" not in everything
    assert found.the("export")[0] == FAILED


@pytest.mark.parametrize(
    ("offset_seconds", "state", "says"),
    [
        (-3600, FAILED, "this clock is 3[56].. s ahead of the collector's"),
        (60, WARNING, "this clock is [56]. s behind the collector's"),
        (0, OK, "this clock and the collector's agree"),
    ],
)
def test_a_clock_that_is_off_is_noticed(
    examined: Callable[..., Found], offset_seconds: int, state: str, says: str
) -> None:
    """Compared with the Date of the collector's answer."""
    with answering(200, PROTOBUF, clock_offset_seconds=offset_seconds) as url:
        found = examined("--endpoint", url)
    got = found.the("clock")
    assert got[0] == state
    assert re.match(says, got[1])


@pytest.mark.parametrize(
    ("environ", "state", "says"),
    [
        ({"OTEL_SDK_DISABLED": "true"}, FAILED, "no span is made"),
        ({"OTEL_TRACES_EXPORTER": "none"}, FAILED, "no span leaves"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, WARNING, "http/protobuf"),
        ({"OTEL_TRACES_SAMPLER": "always_off"}, OK, "billed in sums"),
    ],
)
def test_variables_that_change_the_export_are_said(
    examined: Callable[..., Found], environ: dict[str, str], state: str, says: str
) -> None:
    """What turns it off is a failure, although the collector answers."""
    with answering(200, PROTOBUF) as url:
        found = examined("--endpoint", url, **environ)
    first = found.of("export")[0]
    assert first["state"] == state
    assert says in first["says"]
    assert found.exit_code == int(state == FAILED)
