"""``gemledger limits``: what is used of Google's rate limits, and what is left."""

import argparse
import json
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.collector_api import ask

EXAMPLE = "gemledger limits"

_LEFT = ("model", "project", "key", "limit")
_RIGHT = ("used", "peak", "of", "left", "resets in")
_UNKNOWN = "-"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="print the collector's answer")
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print each model's use and limits; 1 when the collector cannot be reached."""
    answer = ask("limits", arguments.url, "/api/v1/rate-limits", {})
    if answer is None:
        return 1
    if arguments.json:
        print(json.dumps(answer, indent=2))
    elif not answer["rows"]:
        print(f"nothing was asked of any model on {answer['day']}, and no limit is known")
    else:
        Console().print(_table(answer["rows"]))
    return 0


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in _LEFT:
        table.add_column(name, overflow="fold")
    for name in _RIGHT:
        table.add_column(name, justify="right")
    for row in rows:
        for window in row["windows"]:
            if window["measured"] or window["peak"] or window["limit"] is not None:
                table.add_row(*_cells(row, window))
    return table


def _cells(row: dict[str, Any], window: dict[str, Any]) -> list[str]:
    limited = window["limit"] is not None
    return [
        row["model"],
        row["project"] or _UNKNOWN,
        row["key_digest"] or _UNKNOWN,
        window["name"].replace("_", " "),
        f"{window['measured']:,}",
        _UNKNOWN if window["peak"] is None else f"{window['peak']:,}",
        f"{window['limit']:,} {window['limits'][0]['source']}" if limited else _UNKNOWN,
        f"{window['headroom_ratio']:.0%}" if limited else _UNKNOWN,
        f"{window['resets_in_seconds']:,} s",
    ]
