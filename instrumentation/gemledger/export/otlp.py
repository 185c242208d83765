"""OTLP over HTTP: where to, what with, and what an answer means for the spans that were sent."""

import math
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

import requests
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.util.re import parse_env_headers

DEFAULT_ENDPOINT = "http://127.0.0.1:4318"
DEFAULT_TIMEOUT_SECONDS = 10.0
MOST_TIMEOUT_SECONDS = 60.0
"""A variable written in milliseconds, as the specification has it and Python's exporters do not, must not hang us."""
MOST_BYTES = 4 * 2**20
"""Of a request before compression; one span that is larger goes alone."""
MOST_RETRY_AFTER_SECONDS = 600.0
_GZIP = 16 + zlib.MAX_WBITS
_LEVEL = 3

_ABOUT_US = frozenset({401, 403, 404, 407, 408, 425, 429})
"""Refusals that say nothing about the spans: who we are, where they went, when. The next try may find it mended."""


class Verdict(StrEnum):
    """What an answer means for the spans of a request."""

    DELIVERED = "delivered"
    LATER = "send them again later"
    REFUSED = "refused for good"


class Answer(NamedTuple):
    """A verdict and why; ``retry_after`` in seconds where the collector asks for it, ``rejected`` spans it left out."""

    verdict: Verdict
    why: str = ""
    retry_after: float | None = None
    rejected: int = 0


class Destination(NamedTuple):
    """Where spans go; ``verify`` and ``certificate`` as in ``requests``."""

    url: str
    headers: Mapping[str, str]
    timeout_seconds: float
    verify: str | bool
    certificate: str | tuple[str, str] | None
    compressed: bool

    @classmethod
    def from_environ(cls, endpoint: str | None, environ: Mapping[str, str]) -> "Destination":
        """As OTEL_EXPORTER_OTLP_* say, the variables for traces before the general ones, ``endpoint`` before both.

        ``endpoint`` is a collector's base address. Without any, http://127.0.0.1:4318.
        """
        key = _either(environ, "CLIENT_KEY")
        certificate = _either(environ, "CLIENT_CERTIFICATE") or None
        return cls(
            url=_url(endpoint, environ),
            headers=parse_env_headers(_either(environ, "HEADERS"), liberal=True),
            timeout_seconds=_timeout(_either(environ, "TIMEOUT")),
            verify=_either(environ, "CERTIFICATE") or True,
            certificate=(certificate, key) if certificate and key else certificate,
            compressed=_either(environ, "COMPRESSION").strip().lower() != "none",
        )


class Post:
    """Sends requests to one destination, one at a time, over a connection that is kept. Never raises."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self._session = requests.Session()
        self._session.verify = destination.verify
        self._session.cert = destination.certificate
        self._session.headers.update({"Content-Type": "application/x-protobuf"})
        if destination.compressed:
            self._session.headers["Content-Encoding"] = "gzip"
        self._session.headers.update(destination.headers)

    def __call__(self, payloads: Sequence[bytes], now_unix: float) -> Answer:
        """Send the requests of some records as one."""
        body = joined(payloads) if self._destination.compressed else inflated(payloads)
        try:
            response = self._send(body)
        except Exception as error:  # noqa: BLE001 - requests raises more than its own errors
            return Answer(Verdict.LATER, f"{_host(self._destination.url)}: {_cause(error)}")
        return read_answer(response.status_code, response.headers, response.content, now_unix)

    def _send(self, body: bytes) -> requests.Response:
        try:
            return self._attempt(body)
        except requests.ConnectionError:
            return self._attempt(body)  # a kept connection that the other side had closed

    def _attempt(self, body: bytes) -> requests.Response:
        """A redirected POST would arrive as a GET, and its 200 would mean nothing."""
        return self._session.post(
            self._destination.url,
            data=body,
            timeout=self._destination.timeout_seconds,
            allow_redirects=False,
        )


def read_answer(status: int, headers: Mapping[str, str], body: bytes, now_unix: float) -> Answer:
    """What an answer means. ``headers`` finds names in any case."""
    if 200 <= status < 300:
        return _read_success(headers.get("content-type", ""), body)
    why = f"HTTP {status}"
    if 400 <= status < 500 and status not in _ABOUT_US:
        return Answer(Verdict.REFUSED, f"{why} {body[:200]!r}")
    if 300 <= status < 400:
        why = f"{why} to {headers.get('location', 'nowhere')}; send to the right address"
    return Answer(Verdict.LATER, why, _retry_after(headers.get("retry-after", ""), now_unix))


def encoded(spans: Sequence[ReadableSpan]) -> list[tuple[int, bytes]]:
    """Requests (count of spans, gzip) that together hold these spans, none much above MOST_BYTES.

    A span that cannot be encoded is left out; the counts tell.
    """
    try:
        request = encode_spans(spans).SerializeToString()
    except Exception:  # noqa: BLE001 - an attribute that somebody's code put there
        if len(spans) == 1:
            return []
    else:
        if len(spans) == 1 or len(request) <= MOST_BYTES:
            return [(len(spans), _gzip(request))]
    half = len(spans) // 2
    return encoded(spans[:half]) + encoded(spans[half:])


def joined(payloads: Sequence[bytes]) -> bytes:
    """One compressed request of several: the bytes of protobuf messages add up to one message."""
    return payloads[0] if len(payloads) == 1 else _gzip(inflated(payloads))


def inflated(payloads: Sequence[bytes]) -> bytes:
    """One plain request of several compressed ones."""
    return b"".join(zlib.decompress(payload, _GZIP) for payload in payloads)


def _gzip(content: bytes) -> bytes:
    machine = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return machine.compress(content) + machine.flush()


def _read_success(content_type: str, body: bytes) -> Answer:
    if not body or "protobuf" not in content_type:
        return Answer(Verdict.DELIVERED)
    try:
        partial = ExportTraceServiceResponse.FromString(body).partial_success
    except Exception:  # noqa: BLE001 - acknowledged is acknowledged, however oddly
        return Answer(Verdict.DELIVERED)
    return Answer(Verdict.DELIVERED, partial.error_message, rejected=max(0, partial.rejected_spans))


def _retry_after(value: str, now_unix: float) -> float | None:
    """Seconds to wait: the header gives them, or a date."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(value)
        except (TypeError, ValueError):
            return None
        seconds = date.replace(tzinfo=date.tzinfo or UTC).timestamp() - now_unix
    return min(max(0.0, seconds), MOST_RETRY_AFTER_SECONDS) if math.isfinite(seconds) else None


def _cause(error: BaseException) -> str:
    """What lies under the layers of an HTTP library."""
    while error.__context__ is not None:
        error = error.__context__
    return str(error) or type(error).__name__


def _host(url: str) -> str:
    """Host and port of an address: the rest may hold a secret."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _either(environ: Mapping[str, str], name: str) -> str:
    return (
        environ.get(f"OTEL_EXPORTER_OTLP_TRACES_{name}")
        or environ.get(f"OTEL_EXPORTER_OTLP_{name}")
        or ""
    )


def _timeout(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        return DEFAULT_TIMEOUT_SECONDS
    return min(seconds, MOST_TIMEOUT_SECONDS) if seconds > 0 else DEFAULT_TIMEOUT_SECONDS


def _url(endpoint: str | None, environ: Mapping[str, str]) -> str:
    """The traces endpoint; a variable for traces alone is taken as it stands."""
    if endpoint is None:
        traces = environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
        if traces:
            return traces
        endpoint = environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or DEFAULT_ENDPOINT
    return endpoint.rstrip("/") + "/v1/traces"
