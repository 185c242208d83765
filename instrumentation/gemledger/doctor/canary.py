"""One span to the collector, the way an app's spans go, and what its answer means to a person."""

import socket
import ssl
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import requests
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, TraceFlags

from gemledger.doctor.finding import FAILED, OK, WARNING, Finding
from gemledger.export.otlp import Destination, Verdict, encoded, inflated, read_answer
from gemledger.semconv import SERVICE_NAME

SPAN = "gemledger.canary"
_START = "start a collector there (`gemledger serve`), or set OTEL_EXPORTER_OTLP_ENDPOINT to where one runs"


class Answered(NamedTuple):
    """The collector answered, well or not; ``clock_ahead_seconds`` is its clock against ours, None if it is silent."""

    destination: Destination
    finding: Finding
    clock_ahead_seconds: float | None


def send(destination: Destination) -> Answered | Finding:
    """Send the canary. A finding where no answer came. Raises nothing."""
    began = time.time()
    try:
        response = requests.post(
            destination.url,
            data=_request(destination),
            headers=_headers(destination),
            timeout=destination.timeout_seconds,
            verify=destination.verify,
            cert=destination.certificate,
            allow_redirects=False,
        )
    except (
        OSError,
        ValueError,
    ) as error:  # requests' own are of the first kind, bad addresses of the second
        return _unanswered(destination, error)
    ended = time.time()
    return Answered(
        destination,
        _finding(destination, response, ended - began),
        _clock_ahead(response.headers.get("date", ""), (began + ended) / 2),
    )


def _request(destination: Destination) -> bytes:
    """An export request with one span, compressed or not."""
    payloads = [payload for _, payload in encoded([_span()])]
    return payloads[0] if destination.compressed else inflated(payloads)


def _span() -> ReadableSpan:
    """A span that is nobody's call: no provider, no model, no cost. Made by hand: OTEL_* may disable the SDK."""
    ids = RandomIdGenerator()
    now_ns = time.time_ns()
    return ReadableSpan(
        SPAN,
        context=SpanContext(
            ids.generate_trace_id(),
            ids.generate_span_id(),
            is_remote=False,
            trace_flags=TraceFlags(TraceFlags.SAMPLED),
        ),
        resource=Resource({SERVICE_NAME: "gemledger-doctor"}),
        start_time=now_ns,
        end_time=now_ns,
        instrumentation_scope=InstrumentationScope("gemledger.doctor"),
    )


def _headers(destination: Destination) -> dict[str, str]:
    """As an app's exporter sends them."""
    headers = {"Content-Type": "application/x-protobuf", **destination.headers}
    if destination.compressed:
        headers["Content-Encoding"] = "gzip"
    return headers


def _unanswered(destination: Destination, error: Exception) -> Finding:
    """Why there was no answer, by what lies under the layers of the HTTP library."""
    where = _where(destination)
    causes = tuple(_causes(error))
    if isinstance(error, requests.Timeout):
        says = f"{where} did not answer within {destination.timeout_seconds:g} s"
        remedy = "look whether it hangs, or whether a firewall swallows the packets; see its log and /readyz"
    elif any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        says, remedy = f"nothing listens at {where}: connection refused", _START
    elif any(isinstance(cause, socket.gaierror) for cause in causes):
        says = f"the name of {where} cannot be resolved"
        remedy = "correct the host in OTEL_EXPORTER_OTLP_ENDPOINT, or the DNS of this machine"
    elif any(isinstance(cause, ssl.SSLError | requests.exceptions.SSLError) for cause in causes):
        says = f"no TLS with {where}: {_last(causes)}"
        remedy = (
            "let OTEL_EXPORTER_OTLP_CERTIFICATE name the file of the authority that signed its certificate; "
            "use http:// if it speaks no TLS"
        )
    elif isinstance(error, ValueError) and not isinstance(error, requests.ConnectionError):
        says = f"{where} is not an address that can be sent to: {error}"
        remedy = "OTEL_EXPORTER_OTLP_ENDPOINT is like http://collector.example:4318"
    else:
        says, remedy = f"{where} cannot be reached: {_last(causes)}", _START
    return Finding("export", FAILED, says, remedy)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it was raised from."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        under = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting += [cause for cause in under if isinstance(cause, BaseException)]


def _last(causes: tuple[BaseException, ...]) -> str:
    """The innermost cause in words."""
    return str(causes[-1]) or type(causes[-1]).__name__


def _finding(destination: Destination, response: requests.Response, seconds: float) -> Finding:
    """What the collector's answer says about the way of an app's spans."""
    where, status = _where(destination), response.status_code
    answer = read_answer(status, response.headers, response.content, 0.0)
    if answer.rejected:
        return Finding(
            "export",
            FAILED,
            f"{where} took the request and rejected the span in it: {answer.why or 'it does not say why'}",
            "look into the collector's log: a processor or a limit there refuses what apps send",
        )
    if answer.verdict is Verdict.DELIVERED:
        return _delivered(where, response, answer.why, seconds)
    says, remedy = _refusals(where).get(
        status, (f"{where} answered HTTP {status}", "look into its log")
    )
    if 300 <= status < 400:
        says = f"{where} answered HTTP {status}, a redirect to {response.headers.get('location', 'nowhere')}"
        remedy = "send to that address at once: exporters do not follow redirects"
    return Finding("export", FAILED, says, remedy)


def _delivered(where: str, response: requests.Response, warning: str, seconds: float) -> Finding:
    """Acknowledged; but any web server says 200."""
    kind = response.headers.get("content-type", "").partition(";")[0]
    if response.content and kind not in ("application/x-protobuf", "application/json"):
        return Finding(
            "export",
            WARNING,
            f"{where} answered 200 with {kind or 'something'}: that is no OTLP receiver",
            "correct OTEL_EXPORTER_OTLP_ENDPOINT; a collector's port is 4318 as a rule",
        )
    if warning:
        return Finding(
            "export",
            WARNING,
            f"{where} took a span, and says: {warning}",
            "see the collector's log",
        )
    return Finding("export", OK, f"{where} took a span in {seconds * 1000:.0f} ms")


def _refusals(where: str) -> dict[int, tuple[str, str]]:
    """Statuses that have a cause worth naming, and the remedy."""
    token = "put a token into OTEL_EXPORTER_OTLP_HEADERS, like authorization=Bearer%20TOKEN"  # noqa: S105 - a sentence
    base = (
        "OTEL_EXPORTER_OTLP_ENDPOINT is the base address, without /v1/traces; "
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is the whole"
    )
    busy = "it sends apps away for now, and they come again: see its log, its disk and /readyz"
    return {
        401: (f"{where} wants to know who sends (HTTP 401)", token),
        403: (f"{where} does not let this sender in (HTTP 403)", f"{token}, of the scope ingest"),
        404: (
            f"{where} takes no traces under this path (HTTP 404)",
            base,
        ),
        405: (f"{where} takes no POST (HTTP 405)", "that is no OTLP receiver: correct the address"),
        413: (f"{where} takes no request of this size (HTTP 413)", "raise the limit of the proxy"),
        415: (
            f"{where} takes no protobuf (HTTP 415)",
            "that is no OTLP/HTTP receiver, or a JSON one",
        ),
        429: (f"{where} is busy (HTTP 429)", busy),
        502: (
            f"the proxy at {where} reaches no collector (HTTP 502)",
            "start the collector behind it",
        ),
        503: (f"{where} is not ready (HTTP 503)", busy),
        504: (f"the proxy at {where} waits for its collector in vain (HTTP 504)", busy),
    }


def _clock_ahead(date: str, now_unix: float) -> float | None:
    """By how many seconds the collector's clock is ahead of ours."""
    try:
        return parsedate_to_datetime(date).timestamp() - now_unix
    except (TypeError, ValueError):
        return None


def _where(destination: Destination) -> str:
    """The address without what may be secret in it."""
    parts = urlsplit(destination.url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if host else repr(destination.url)
