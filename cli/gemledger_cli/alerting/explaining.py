"""``gemledger alerts explain``: why an alert fired."""

import argparse
import json
from typing import Any
from urllib.parse import quote

from rich import box
from rich.console import Console
from rich.table import Table

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.alerting.quantities import in_words, usd
from gemledger_cli.collector_api import ask

NAME = "explain"
HELP = "why an alert fired: what changed, by how much, and who is behind it"
EXAMPLE = "gemledger alerts explain 0123456789abcdef"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "id", help="as `gemledger alerts list` shows it, or id@start for an earlier one"
    )
    parser.add_argument("--json", action="store_true", help="print the collector's answer")
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """0 with the explanation; 1 when there is no such alert, or the collector cannot be reached."""
    path = f"/api/v1/alerts/{quote(arguments.id, safe='@:')}/explain"
    answer = ask("alerts explain", arguments.url, path, {})
    if answer is None:
        return 1
    if arguments.json:
        print(json.dumps(answer, indent=2))
        return 0
    value, limit = (in_words(answer[key], answer["unit"]) for key in ("value", "limit"))
    print(f"{answer['rule']} is {answer['state']}: {value} against {limit}")
    for line in (answer["summary"], answer["cause"]):
        if line:
            print(line)
    if answer["what_changed"] is not None:
        _show(answer["what_changed"])
    return 0


def _show(changed: dict[str, Any]) -> None:
    print(
        f"\n{usd(changed['spent_pico_usd'])} from {changed['window_start']} to {changed['window_end']}, "
        f"usual {usd(changed['usual_pico_usd'])} ({changed['baseline']}): {usd(changed['excess_pico_usd'])} more"
    )
    parts = _table("of which by", "")
    for name, amount in sorted(changed["parts"].items(), key=lambda part: -abs(int(part[1]))):
        parts.add_row(name.replace("_", " "), usd(amount))
    Console().print(parts)
    for by, ranking in changed["contributors"].items():
        Console().print(_ranking(by, ranking))


def _ranking(by: str, ranking: dict[str, Any]) -> Table:
    table = _table(by.replace("_", " "), "spent", "usual", "more")
    amounts = ("spent_pico_usd", "usual_pico_usd", "excess_pico_usd")
    for each in ranking["largest"]:
        who = [each[key] for key in ("team", "feature", "model", "prompt_version") if each.get(key)]
        table.add_row(" / ".join(who) or "-", *(usd(each[name]) for name in amounts))
    rest = ranking["everything_else"]
    if rest["contributors"]:
        table.add_row(f"{rest['contributors']:,} others", *(usd(rest[name]) for name in amounts))
    return table


def _table(first: str, *amounts: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column(first, overflow="fold")
    for name in amounts:
        table.add_column(name, justify="right")
    return table
