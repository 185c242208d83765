"""``gemledger alerts silence``: keep quiet about some alerts for a while, end that, or list what is quiet."""

import argparse
import json
import sys
from typing import Any
from urllib.parse import quote

from rich import box
from rich.console import Console
from rich.table import Table

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.collector_api import ask, remove, send

NAME = "silence"
HELP = "keep quiet about alerts for a while, end that, or list what is quiet"
EXAMPLE = """gemledger alerts silence 'team="growth"' 'severity!="critical"' --for 2h --comment "a load test"
  gemledger alerts silence --list
  gemledger alerts silence --expire ID"""
PATH = "/api/v1/alerts/silences"
STAYS = "it resolves"
"""Until when an acknowledgement lasts that was given no end."""
_COMMAND = "alerts silence"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "matchers",
        nargs="*",
        metavar="MATCHER",
        help='on a label: team="growth", !=, =~ or !~; all must match',
    )
    parser.add_argument("--for", dest="duration", metavar="LONG", help="how long, such as 2h")
    parser.add_argument("--until", metavar="TIME", help="ISO 8601; instead of --for")
    parser.add_argument("--from", dest="starts_at", metavar="TIME", help="ISO 8601 (default now)")
    parser.add_argument("--comment", help="why, for the others")
    parser.add_argument("--expire", metavar="ID", help="end this silence now; it is kept on record")
    parser.add_argument("--list", action="store_true", help="those that last, or will")
    parser.add_argument("--all", action="store_true", help="with --list: also those that ended")
    parser.add_argument("--json", action="store_true", help="print the collector's answer")
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """0 when it is done, 1 when the collector refuses or cannot be reached, 2 when it is unclear what to do."""
    asked = [bool(arguments.matchers), arguments.expire is not None, arguments.list]
    if sum(asked) != 1:
        return _unclear("give matchers to keep quiet about, or --expire ID, or --list")
    if arguments.list:
        return _list(arguments)
    if arguments.expire is not None:
        path = f"{PATH}/{quote(arguments.expire, safe='')}"
        return _done(arguments, remove(_COMMAND, arguments.url, path))
    if not arguments.comment:
        return _unclear('say why, with --comment "…": the others will ask')
    if (arguments.duration is None) is (arguments.until is None):
        return _unclear("say how long, with --for 2h or --until TIME")
    return _done(arguments, send(_COMMAND, arguments.url, PATH, _wanted(arguments)))


def _wanted(arguments: argparse.Namespace) -> dict[str, object]:
    given = {
        "matchers": arguments.matchers,
        "starts_at": arguments.starts_at,
        "ends_at": arguments.until,
        "duration": arguments.duration,
        "comment": arguments.comment,
    }
    return {name: value for name, value in given.items() if value is not None}


def _list(arguments: argparse.Namespace) -> int:
    answer = ask(_COMMAND, arguments.url, PATH, {"expired": arguments.all or None})
    if answer is None:
        return 1
    if arguments.json:
        print(json.dumps(answer, indent=2))
    elif answer["silences"]:
        Console().print(_table(answer["silences"]))
    else:
        print("nothing is silenced")
    return 0


def _table(silences: list[dict[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("id", "state", "matchers", "from", "until", "by", "comment"):
        table.add_column(name, overflow="fold")
    for each in silences:
        table.add_row(
            *(each["id"], each["state"], "\n".join(each["matchers"])),
            *(each["starts_at"], each["ends_at"] or STAYS, each["created_by"], each["comment"]),
        )
    return table


def _done(arguments: argparse.Namespace, answer: dict[str, Any] | None) -> int:
    if answer is None:
        return 1
    if arguments.json:
        print(json.dumps(answer, indent=2))
    else:
        ends = "ended" if answer["state"] == "expired" else "until"
        print(
            f"{answer['id']}  {answer['state']}  {', '.join(answer['matchers'])}  {ends} {answer['ends_at'] or STAYS}"
        )
    return 0


def _unclear(what: str) -> int:
    print(f"gemledger {_COMMAND}: {what}", file=sys.stderr)
    return 2
