"""``gemledger report``: what a day cost, how good it was, what happened."""

import argparse
import json
import sys
from pathlib import Path

import httpx

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.collector_http import http_client

EXAMPLE = (
    "gemledger report --day 2026-11-28 --timezone Europe/Berlin --format html --out report.html"
)
_SECONDS = 120.0
"""A day of a large ledger is more than a glance."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--day", metavar="DATE", help="such as 2026-11-28 (default: yesterday)")
    parser.add_argument("--timezone", default="UTC", help="whose day it is (default %(default)s)")
    parser.add_argument(
        "--format",
        choices=("markdown", "html", "json"),
        default="markdown",
        help="(default %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="the same as --format json")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write it there (default: print it)"
    )
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print or write the report; 1 when there is none: the collector says why."""
    form = "json" if arguments.json else arguments.format
    asked = {"day": arguments.day, "timezone": arguments.timezone, "format": form}
    told = _asked(arguments.url, {name: value for name, value in asked.items() if value})
    if told is None:
        return 1
    written = json.dumps(json.loads(told), indent=2) + "\n" if form == "json" else told
    if arguments.out is None:
        sys.stdout.write(written)
        return 0
    try:
        arguments.out.write_text(written, encoding="utf-8")
    except OSError as error:
        return _complain(
            f"{arguments.out} cannot be written ({error.strerror}); give another --out"
        )
    print(f"wrote {arguments.out}")
    return 0


def _asked(url: str, parameters: dict[str, str]) -> str | None:
    try:
        with http_client(url, timeout_seconds=_SECONDS) as http:
            answer = http.get("/api/v1/report", params=parameters)
    except (httpx.TransportError, httpx.InvalidURL, OSError) as error:
        _complain(f"no collector answers at {url} ({error}); start one with `gemledger serve`")
        return None
    if answer.is_success:
        return answer.text
    try:
        _complain(str(answer.json()["error"]["message"]))
    except (ValueError, KeyError, TypeError):
        _complain(f"{url} answered {answer.status_code}; is this a gemledger collector?")
    return None


def _complain(message: str) -> int:
    print(f"gemledger report: {message}", file=sys.stderr)
    return 1
