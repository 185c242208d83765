"""Hints for the program that runs the app: servers that fork, and those that end a process without a farewell."""

from collections.abc import Iterator, Mapping

from gemledger.doctor.finding import OK, WARNING, Finding
from gemledger.doctor.software import installed
from gemledger.settings import CAPTURE_CONTENT

_SERVERS = {
    "gunicorn": (
        OK,
        "before or after its workers are forked, gemledger.init() is right: each worker sends its own calls",
        "",
    ),
    "celery": (
        OK,
        "gemledger.init() where the app is made is right: each worker sends its own calls, and flushes at its end",
        "",
    ),
    "uwsgi": (
        WARNING,
        "without --enable-threads no thread runs in a worker, and no span leaves it",
        "run it with --enable-threads (and --lazy-apps)",
    ),
    "rq": (
        WARNING,
        "its work horse ends each job by os._exit: what was not sent by then waits on disk, or is lost without a spool",
        "call gemledger.flush() at the end of a job",
    ),
    "gevent": (
        OK,
        "patch it (gevent.monkey) before gemledger is imported, as for any library with threads",
        "",
    ),
}
"""Distribution → what it means for recording."""


def examine(environ: Mapping[str, str]) -> Iterator[Finding]:
    """What is around the app."""
    for distribution, (state, says, remedy) in _SERVERS.items():
        if installed(distribution) is not None:
            yield Finding("processes", state, f"{distribution}: {says}", remedy)
    capture = environ.get(CAPTURE_CONTENT, "").strip()
    if capture.upper() in ("SPAN_ONLY", "SPAN_AND_EVENT"):
        yield Finding(
            "content",
            OK,
            f"{CAPTURE_CONTENT}={capture}: prompts and answers are recorded, redacted",
        )
