"""``gemledger labels export``: the labels of a running collector as CSV, as ``gemledger labels import`` takes it."""

import argparse
import csv
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.collector_api import ask
from gemledger_cli.labelling.lines import COLUMNS, harmless
from gemledger_cli.upkeep import complain

NAME = "export"
HELP = "write labels as CSV, the newest first"
EXAMPLE = "gemledger labels export --dimension accuracy --output labels.csv"
_COMMAND = "labels export"
_MORE_COLUMNS = ("call_start_time", "labelled_at", "source")
_PER_PAGE = 1_000


class _NoAnswerError(Exception):
    """There is none, and that has been said."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--dimension", help="such as accuracy (default: all)")
    parser.add_argument("--labelled-by", metavar="NAME", help="of one person only")
    parser.add_argument(
        "--notes", action="store_true", help="with notes: takes a token with the scope content"
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """0 when all labels are written, 1 when there is no answer or the file cannot be written."""
    try:
        with ExitStack() as opened:
            out = sys.stdout
            if arguments.output is not None:
                out = opened.enter_context(arguments.output.open("w", encoding="utf-8", newline=""))
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow([*COLUMNS, *_MORE_COLUMNS])
            for label in _labels(arguments):
                row = (label[name] or "" for name in (*COLUMNS, *_MORE_COLUMNS))
                writer.writerow([harmless(value) for value in row])
    except _NoAnswerError:
        return 1
    except OSError as error:
        return complain(_COMMAND, error)
    return 0


def _labels(arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    asked: dict[str, Any] = {
        "dimension": arguments.dimension,
        "labelled_by": arguments.labelled_by,
        "notes": "true" if arguments.notes else None,
        "limit": _PER_PAGE,
    }
    while True:
        answer = ask(_COMMAND, arguments.url, "/api/v1/labels", asked)
        if answer is None:
            raise _NoAnswerError
        yield from answer["labels"]
        if answer["next"] is None:
            return
        asked["cursor"] = answer["next"]
