"""``gemledger replay``: each row of a trace file becomes a real google-genai call to a simulator."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from gemledger_cli.addresses import otlp_endpoint, refuse_silent_collector
from gemledger_cli.replaying import Replay, ReplayReport, replay
from gemledger_simulator.traces import FORMATS, TraceError, read

EXAMPLE = "gemledger replay trace.csv --format csv --speed max"
DEFAULT_MODEL = "gemini-2.5-flash"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", type=Path, help="the trace; .gz is read as it is")
    parser.add_argument(
        "--format", required=True, choices=FORMATS, help="what the file's rows look like"
    )
    parser.add_argument(
        "--speed",
        default="max",
        type=_speed,
        metavar="max|FACTOR",
        help="`max`, or how many times faster than it was recorded, such as 60 (default max)",
    )
    parser.add_argument(
        "--model", default=DEFAULT_MODEL, help="for rows that name none (default %(default)s)"
    )
    parser.add_argument("--limit", type=int, help="only the first N rows")
    parser.add_argument(
        "--threads", type=int, default=4, help="calls under way at once (default %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """0: every span was delivered; 1: spans were dropped or no collector answers; 2: the file is wrong."""
    try:
        rows = list(read(arguments.file, arguments.format))[: arguments.limit]
    except (TraceError, OSError) as error:
        print(f"gemledger replay: {error}", file=sys.stderr)
        return 2
    endpoint = otlp_endpoint()
    if refuse_silent_collector("gemledger replay", endpoint):
        return 1
    report = replay(
        rows,
        Replay(
            endpoint=endpoint,
            model=arguments.model,
            speed=arguments.speed,
            threads=arguments.threads,
        ),
    )
    print(json.dumps(asdict(report)) if arguments.json else _sentence(report))
    return 1 if report.spans_dropped or report.calls_failed else 0


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        factor = float(text.removesuffix("x"))
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither `max` nor a factor above 0, such as 60"
        )
    return factor


def _sentence(report: ReplayReport) -> str:
    return (
        f"{report.calls:,} calls, {report.input_tokens:,} input and {report.output_tokens:,} output tokens "
        f"in {report.seconds:.1f} s; {report.spans_delivered:,} spans delivered, "
        f"{report.spans_dropped:,} dropped, {report.calls_failed:,} calls failed."
    )
