"""``gemledger doctor``: is everything patched, exported and priced? Run it with the Python that runs the app."""

import argparse
import json
import logging
import os
import sys
from typing import TextIO

from gemledger.doctor import FAILED, OK, WARNING, Finding, examine

EXAMPLE = "gemledger doctor --endpoint http://collector.example:4318 --model gemini-2.5-flash"

_COLOURS = {OK: "32", WARNING: "33", FAILED: "31"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print an array of objects")
    parser.add_argument(
        "--endpoint",
        metavar="URL",
        help="the collector's base address (default: OTEL_EXPORTER_OTLP_*, else http://127.0.0.1:4318)",
    )
    parser.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="ID",
        help="a model that must have a price; may be given several times",
    )


def run(arguments: argparse.Namespace) -> int:
    """0: calls are recorded, exported and priced, warnings or not; 1: something failed."""
    logger = logging.getLogger("gemledger")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False  # what it would warn of is in the report
    found: list[Finding] = []
    for finding in examine(arguments.endpoint, tuple(arguments.model), environ=os.environ):
        found.append(finding)
        if not arguments.json:
            _show(finding, sys.stdout)
    if arguments.json:
        print(json.dumps([finding._asdict() for finding in found], indent=2))
    else:
        print(_summary(found))
    return int(any(finding.state == FAILED for finding in found))


def _show(finding: Finding, to: TextIO) -> None:
    """One line, and the remedy below it; at once, for some checks take seconds."""
    state = f"{finding.state:<7}"
    if to.isatty() and not os.environ.get("NO_COLOR"):
        state = f"\x1b[{_COLOURS[finding.state]}m{state}\x1b[0m"
    print(f"{state}  {finding.check:<9}  {finding.says}", file=to, flush=True)
    if finding.remedy:
        print(f"{'':20}-> {finding.remedy}", file=to, flush=True)


def _summary(found: list[Finding]) -> str:
    """The last line."""
    failed = sum(finding.state == FAILED for finding in found)
    warnings = sum(finding.state == WARNING for finding in found)
    if failed:
        return f"\n{failed} failed, {warnings} warnings: calls are not recorded, not exported or not priced"
    return f"\nnothing failed, {warnings} warnings"
