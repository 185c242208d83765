"""``gemledger reprice``: stored charges at the prices of another book, both versions kept."""

import argparse
import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.revising import finished

EXAMPLE = "gemledger reprice --from 2026-10-01 --to 2026-11-01 --book prices.toml --dry-run"

_PICO_USD = Decimal("1e-12")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--from", dest="since", required=True, help="first day, or ISO 8601 (UTC)")
    parser.add_argument(
        "--to", dest="until", required=True, help="exclusive: the first day not to price again"
    )
    parser.add_argument(
        "--book",
        type=Path,
        metavar="FILE",
        help="a TOML overlay over the built-in prices, as processors.price.overlay takes it "
        "(default: the collector's own book)",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="say what would change, and change nothing"
    )
    parser.add_argument("--json", action="store_true", help="print the collector's answer")
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Have the collector price again, and print the difference; 1 when it refuses or fails."""
    body: dict[str, Any] = {
        "from": arguments.since,
        "to": arguments.until,
        "dry_run": arguments.dry_run,
    }
    if arguments.book is not None:
        try:
            text = arguments.book.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            print(f"gemledger reprice: {arguments.book}: cannot be read: {error}", file=sys.stderr)
            return 1
        body["overlay"] = {"file": str(arguments.book), "text": text}
    paths = ("/api/v1/reprice", "/api/v1/price-changes")
    answer = finished("reprice", arguments.url, paths, body)
    if answer is None:
        return 1
    if arguments.json:
        print(json.dumps(answer, indent=2))
    else:
        _show(answer)
    return 0 if answer["state"] == "done" else 1


def _show(answer: dict[str, Any]) -> None:
    if answer["state"] != "done":
        print(
            f"gemledger reprice: the run {answer['id']} failed: {answer['error']}", file=sys.stderr
        )
        return
    rows = answer["difference"]
    if rows:
        Console().print(_table(rows))
    old, new = (sum(int(row[f"{each}_cost_pico_usd"]) for row in rows) for each in ("old", "new"))
    verb = "would change" if answer["dry_run"] else "changed"
    print(
        f"{answer['changed']:,} of {answer['looked_at']:,} charges {verb} by {answer['book']}: "
        f"${_usd(old)} before, ${_usd(new)} now, {_signed(new - old)}"
    )


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("day", no_wrap=True)
    table.add_column("model", overflow="fold")
    doubtful = any(row["old_unpriced"] or row["new_unpriced"] for row in rows)
    for name in ("charges", "before $", "now $", "more $", *(["unpriced"] if doubtful else [])):
        table.add_column(name, justify="right")
    for row in rows:
        old, new = int(row["old_cost_pico_usd"]), int(row["new_cost_pico_usd"])
        table.add_row(
            row["day"],
            row["model"] or "-",
            f"{row['charges']:,}",
            _usd(old),
            _usd(new),
            _signed(new - old),
            *([f"{row['old_unpriced']:,} → {row['new_unpriced']:,}"] if doubtful else []),
        )
    return table


def _usd(pico_usd: int) -> str:
    return f"{pico_usd * _PICO_USD:,.6f}"


def _signed(pico_usd: int) -> str:
    return f"{pico_usd * _PICO_USD:+,.6f}"
