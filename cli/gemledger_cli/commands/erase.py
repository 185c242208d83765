"""``gemledger erase``: one user removed from the database, down to the bytes of the file."""

import argparse
import json
import sys
from typing import Any

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.upkeep import Refused, complain, done_by

EXAMPLE = "gemledger erase --user anna@example.com --dry-run"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--user", required=True, help="the user's id, as the app gives it")
    parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print rows by table as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when all of it is done, 1 when something is not."""
    body = {"user_id": arguments.user, "dry_run": arguments.dry_run}
    told: list[dict[str, Any]] = []
    try:
        told = done_by(arguments.url, "/api/v1/upkeep/erase", body)
    except Refused as error:
        return complain("erase", error)
    rows: dict[str, int] = told[0]["rows"]
    if arguments.json:
        print(json.dumps(told[0]))
    else:
        _show(rows, dry_run=arguments.dry_run)
    if not sum(rows.values()):
        print("gemledger erase: nothing is known of this user", file=sys.stderr)
    return 0


def _show(rows: dict[str, int], *, dry_run: bool) -> None:
    verb = "would be" if dry_run else "were"
    for table, count in rows.items():
        if count:
            print(f"{count:>10,} rows of {table} {verb} erased")
    if not dry_run:
        print("The file was written anew. Backups made before still have what was erased.")
