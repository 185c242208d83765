"""``gemledger limits``: what is used of Google's rate limits, and what is left."""

import argparse
import json
from typing import Any

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.collector_api import ask

EXAMPLE = "gemledger limits"


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
        for row in answer["rows"]:
            _show(row)
    return 0


def _show(row: dict[str, Any]) -> None:
    """One model of one account, a line for each window of which there is something to tell."""
    whose = " ".join(filter(None, (row["project"], row["key_digest"])))
    print(f"{row['model']}  {whose}".rstrip())
    for window in row["windows"]:
        if window["measured"] or window["peak"] or window["limit"] is not None:
            print(f"  {window['name'].replace('_', ' '):<23}  {_told(window)}")


def _told(window: dict[str, Any]) -> str:
    used = f"{window['measured']:>13,}"
    if window["limit"] is not None:
        source = window["limits"][0]["source"]
        used += f" of {window['limit']:,} ({source}): {window['headroom_ratio']:.0%} left"
    if window["peak"] is not None:
        used += f"; peak {window['peak']:,}"
    return f"{used}; begins anew in {window['resets_in_seconds']:,} s"
