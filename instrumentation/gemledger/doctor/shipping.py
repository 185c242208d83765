"""The way of a span: what the environment says about it, a canary to the collector, its clock, the spool on disk."""

import shutil
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path

from gemledger.doctor.canary import Answered, send
from gemledger.doctor.finding import FAILED, OK, WARNING, Finding
from gemledger.export.otlp import Destination
from gemledger.export.route import MAX_BYTES
from gemledger.export.spool import SUFFIX
from gemledger.export.spool_directory import SPOOL_DIR, default_directory, directory_for

CLOCK_SKEW_SECONDS = 5.0
"""A Date header has whole seconds, and an answer takes its time."""
CLOCK_WRONG_SECONDS = 300.0


def examine(
    endpoint: str | None, environ: Mapping[str, str]
) -> Generator[Finding, None, Answered | None]:
    """Everything between an app and its collector; returns the collector's answer, None where there is none."""
    yield from _environment(environ)
    destination = Destination.from_environ(endpoint, environ)
    answer = send(destination)
    if isinstance(answer, Finding):
        yield answer
    else:
        yield _clock(answer.clock_ahead_seconds)
        yield answer.finding
    yield from _spool(destination.url, environ)
    return None if isinstance(answer, Finding) else answer


def _environment(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Variables that turn export off, or ask for what ``init()`` does not do."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        yield Finding("export", FAILED, "OTEL_SDK_DISABLED=true: no span is made", "unset it")
    if environ.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none":
        yield Finding(
            "export",
            FAILED,
            "OTEL_TRACES_EXPORTER=none: no span leaves the app",
            "unset it, or set it to otlp",
        )
    protocol = environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") or environ.get(
        "OTEL_EXPORTER_OTLP_PROTOCOL", ""
    )
    if protocol not in ("", "http/protobuf"):
        yield Finding(
            "export",
            WARNING,
            f"OTEL_EXPORTER_OTLP_PROTOCOL={protocol}: gemledger.init() and this check speak http/protobuf",
            "set it to http/protobuf, with the collector's HTTP port (4318)",
        )
    sampler = environ.get("OTEL_TRACES_SAMPLER", "")
    if sampler:
        yield Finding(
            "export",
            OK,
            f"OTEL_TRACES_SAMPLER={sampler}: calls left out are billed in sums, every 15 s",
        )


def _clock(ahead_seconds: float | None) -> Finding:
    """Prices depend on when a call was made, and pages on what time it is."""
    if ahead_seconds is None:
        return Finding(
            "clock", OK, "the collector does not tell its time; the clock was not compared"
        )
    skew = abs(ahead_seconds)
    if skew <= CLOCK_SKEW_SECONDS:
        return Finding("clock", OK, "this clock and the collector's agree")
    direction = "behind" if ahead_seconds > 0 else "ahead of"
    return Finding(
        "clock",
        WARNING if skew < CLOCK_WRONG_SECONDS else FAILED,
        f"this clock is {skew:.0f} s {direction} the collector's: calls appear at the wrong time, "
        "and may be priced by another day",
        "let both machines follow a time server (NTP)",
    )


def _spool(url: str, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Whether spans survive an outage of the collector, and whether some are waiting."""
    base = default_directory(environ)
    try:
        directory = directory_for(url, base)
        free = shutil.disk_usage(directory).free
        waiting = _waiting(directory)
    except OSError as error:
        yield Finding(
            "spool",
            WARNING,
            f"spans cannot be kept on disk while the collector is away: {error}",
            f"let {SPOOL_DIR} name a directory that this user can write to",
        )
        return
    if free < MAX_BYTES:
        yield Finding(
            "spool",
            WARNING,
            f"{directory} has {free // 2**20} MB left; the spool of one process may need {MAX_BYTES // 2**20}",
            f"make room, or let {SPOOL_DIR} name another directory",
        )
    elif waiting:
        yield Finding(
            "spool",
            OK,
            f"{directory} is writable; {len(waiting)} files, {sum(waiting) / 1e6:.1f} MB, of running apps "
            "or for the next one that starts",
        )
    else:
        yield Finding("spool", OK, f"{directory} is writable, and nothing waits in it")


def _waiting(directory: Path) -> list[int]:
    """Sizes of the spool files there. Raises OSError where the directory cannot be read or written."""
    probe = directory / f".doctor-{id(directory):x}"
    probe.touch(mode=0o600)
    probe.unlink()
    return [path.stat().st_size for path in directory.glob(f"*{SUFFIX}")]
