"""``gemledger compact``: the database written anew, while everybody is served."""

import argparse
import json

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.upkeep import Refused, complain, done_by, megabytes

EXAMPLE = "gemledger compact"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print bytes before and after as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when the file was written anew, 1 when it stays as it was."""
    try:
        result = done_by(arguments.url, "/api/v1/upkeep/compact")[-1]
    except Refused as error:
        return complain("compact", error)
    if arguments.json:
        print(json.dumps(result))
    else:
        before, after = result["bytes_before"], result["bytes_after"]
        print(f"The database took {megabytes(before)} and takes {megabytes(after)} now.")
    return 0
