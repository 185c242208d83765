"""``gemledger attribution``: the rules in force, or what other rules would change before they are."""

import argparse
import json
import sys
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.collector_api import ask
from gemledger_cli.configuration import add_option, configuration
from gemledger_cli.revising import finished
from gemledger_collector.errors import ConfigError

EXAMPLE = "gemledger attribution --preview --config otel-config.yaml"

_PICO_USD = Decimal("1e-12")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--preview",
        action="store_true",
        help="what the rules of the configuration file would change, before they are in force",
    )
    add_option(parser)
    parser.add_argument("--json", action="store_true", help="print the collector's answer")
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print runs, or a preview; 1 when the collector refuses or fails, 2 when the file is not valid."""
    if arguments.preview:
        return _preview(arguments)
    answer = ask("attribution", arguments.url, "/api/v1/attribution", {})
    if answer is None:
        return 1
    if arguments.json:
        print(json.dumps(answer, indent=2))
    else:
        _show_runs(answer)
    return 0


def _preview(arguments: argparse.Namespace) -> int:
    try:
        rules = configuration(arguments.config).processors.attribute
    except ConfigError as error:
        print(f"gemledger attribution: {error}", file=sys.stderr)
        return 2
    body = rules.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    paths = ("/api/v1/attribution/preview", "/api/v1/attribution")
    answer = finished("attribution", arguments.url, paths, body)
    if answer is None:
        return 1
    if arguments.json:
        print(json.dumps(answer, indent=2))
    else:
        _show_preview(answer)
    return 0 if answer["state"] == "done" else 1


def _show_preview(answer: dict[str, Any]) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("month", "from", "to"):
        table.add_column(name, overflow="fold")
    for name in ("charges", "cost $"):
        table.add_column(name, justify="right")
    for row in answer["difference"]:
        table.add_row(
            row["month"],
            _payer(row, "old"),
            _payer(row, "new"),
            f"{row['charges']:,}",
            f"{int(row['cost_pico_usd']) * _PICO_USD:,.6f}",
        )
    if answer["difference"]:
        Console().print(table)
    print(f"{answer['changed']:,} of {answer['looked_at']:,} charges would have another payer")


def _payer(row: dict[str, Any], version: str) -> str:
    """Team and cost center in one word."""
    team, center = row[f"{version}_team"], row[f"{version}_cost_center"]
    return f"{team or '(no team)'}" + (f" / {center}" if center else "")


def _show_runs(answer: dict[str, Any]) -> None:
    print(f"{len(answer['rules'])} rules are in force")
    for each in answer["runs"]:
        kind = "preview" if each["dry_run"] else "applied"
        print(
            f"{each['created_at']}  {each['id']}  {kind}  {each['state']}  "
            f"{each['changed']:,} of {each['looked_at']:,} charges"
        )
