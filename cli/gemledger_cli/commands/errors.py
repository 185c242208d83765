"""``gemledger errors``: what went wrong, by kind, and the money it cost or did not."""

import argparse
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.collector_api import ask

EXAMPLE = "gemledger errors --since 2026-11-01T00:00:00Z --by feature"

_PICO_USD = Decimal("1e-12")
_DEFAULT_RANGE = timedelta(days=7)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--since", help="ISO 8601 (default 7 days ago)")
    parser.add_argument("--until", help="ISO 8601, exclusive (default now)")
    parser.add_argument(
        "--by",
        action="append",
        default=[],
        metavar="KEY",
        help="also by model, team, feature, …; may be repeated",
    )
    parser.add_argument("--json", action="store_true", help="print the collector's answer")
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print what went wrong; 1 when the collector cannot be reached or refuses the question."""
    now = datetime.now(UTC)
    parameters = {
        "since": arguments.since or (now - _DEFAULT_RANGE).isoformat(),
        "until": arguments.until or now.isoformat(),
        "by": arguments.by,
    }
    answer = ask("errors", arguments.url, "/api/v1/errors", parameters)
    if answer is None:
        return 1
    if arguments.json:
        print(json.dumps(answer, indent=2))
    else:
        _show(answer)
    return 0


def _show(answer: dict[str, Any]) -> None:
    totals = answer["totals"]
    if answer["rows"]:
        Console().print(_table(answer["by"], answer["rows"]))
    wrong = totals["errors"] + totals["withheld"]
    share = wrong / totals["calls"] if totals["calls"] else 0
    print(
        f"{wrong:,} of {totals['calls']:,} calls went wrong ({share:.1%}): {totals['errors']:,} failed, "
        f"{totals['withheld']:,} withheld for safety; they cost ${_usd(totals['cost_pico_usd'])}; "
        f"{totals['retries']:,} retries"
    )


def _table(by: list[str], rows: list[dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("kind", *by):
        table.add_column(name, overflow="fold")
    for name in ("calls", "retries", "cost $", "of unknown cost"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(
            row["kind"],
            *(row[name] or "-" for name in by),
            f"{row['calls']:,}",
            f"{row['retries']:,}",
            _usd(row["cost_pico_usd"]),
            f"{row['unbounded_calls']:,}",
        )
    return table


def _usd(pico_usd: str) -> str:
    return f"{int(pico_usd) * _PICO_USD:,.6f}"
