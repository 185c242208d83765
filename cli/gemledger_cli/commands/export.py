"""``gemledger export``: rows into Parquet or CSV, and the bill in FOCUS, the FinOps billing format."""

import argparse
import json
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.collector_http import http_client
from gemledger_cli.exporting.assembling import assemble
from gemledger_cli.exporting.days import date_argument, fetch
from gemledger_cli.exporting.fetching import RefusedError
from gemledger_cli.exporting.parts import OtherExportError, Parts
from gemledger_cli.exporting.wanted import FILTERS, Wanted

EXAMPLE = "gemledger export focus --from 2026-11-01 --to 2026-12-01 --output november.csv"

DATASETS = {
    "focus": "the bill by day, SKU and attribution in FOCUS 1.2",
    "charges": "one row per billed amount",
    "calls": "one row per call",
    "ledger": "sums by 15 minutes and attribution",
    "evaluations": "verdicts of the judge, without what they quote",
    "contents": "captured prompts and answers; needs the scope content",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "dataset",
        choices=DATASETS,
        metavar="DATASET",
        help="; ".join(f"{name}: {what}" for name, what in DATASETS.items()),
    )
    parser.add_argument("--from", dest="since", type=date_argument, required=True, metavar="DATE")
    parser.add_argument(
        "--to", dest="until", type=date_argument, required=True, metavar="DATE", help="exclusive"
    )
    parser.add_argument(
        "--output", type=Path, required=True, metavar="FILE", help="what ends in .parquet or .csv"
    )
    parser.add_argument(
        "--timezone", default="UTC", help="whose days these are (default %(default)s)"
    )
    for name in FILTERS:
        hint = "only this one" if name != "label" else "only this free label, as KEY=VALUE"
        parser.add_argument(f"--{name.replace('_', '-')}", metavar="VALUE", help=hint)
    parser.add_argument("--json", action="store_true", help="print what was written as an object")
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the file. 1: broken off, run the same again to go on; 2: the arguments make no export."""
    wanted = _wanted(arguments)
    problem = _problem(wanted)
    if problem is not None:
        return _complain(problem, 2)
    try:
        parts = Parts.of(wanted)
        with http_client(arguments.url, timeout_seconds=120) as http:
            fetch(http, wanted, parts)
        rows = assemble(parts.files(wanted), wanted.output)
        parts.remove()
    except OtherExportError as error:
        return _complain(str(error), 2)
    except RefusedError as error:
        return _complain(f"{error}\nwhat was fetched is in {wanted.parts}", 1)
    except (httpx.TransportError, httpx.InvalidURL) as error:
        return _complain(
            f"no collector answers at {arguments.url} ({error}); run the same command again to go on "
            "where it stopped",
            1,
        )
    except OSError as error:
        return _complain(f"{wanted.output} cannot be written ({error})", 1)
    _tell(wanted, rows, as_json=arguments.json)
    return 0


def _wanted(arguments: argparse.Namespace) -> Wanted:
    filters = tuple((name, value) for name in FILTERS if (value := getattr(arguments, name)))
    return Wanted(
        arguments.dataset,
        arguments.since,
        arguments.until,
        arguments.timezone,
        arguments.output,
        filters,
    )


def _problem(wanted: Wanted) -> str | None:
    if wanted.until <= wanted.since:
        return "--to is not after --from; it is exclusive: the day after the last"
    if wanted.output.suffix not in (".parquet", ".csv"):
        return f"--output {wanted.output} ends in neither .parquet nor .csv"
    try:
        ZoneInfo(wanted.timezone)
    except (KeyError, ValueError, OSError):
        return f"--timezone {wanted.timezone!r} is no time zone; give a name such as Europe/Berlin"
    return None


def _tell(wanted: Wanted, rows: int, *, as_json: bool) -> None:
    size = wanted.output.stat().st_size
    if as_json:
        print(json.dumps({**wanted.description, "output": str(wanted.output), "rows": rows}))
    else:
        print(f"{wanted.output}: {rows:,} rows of {wanted.dataset}, {size:,} bytes")


def _complain(message: str, code: int) -> int:
    print(f"gemledger export: {message}", file=sys.stderr)
    return code
