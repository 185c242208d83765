"""``gemledger query``: one SELECT to the running collector: a table, JSON, CSV, or a file of Arrow or Parquet."""

import argparse
import csv
import json
import sys
from pathlib import Path
from typing import Any

import httpx
from rich import box
from rich.console import Console
from rich.table import Table

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL
from gemledger_cli.collector_http import http_client

ARROW = "application/vnd.apache.arrow.stream"
EXAMPLE = 'gemledger query "SELECT response_model, count(*) AS calls, sum(cost_usd) AS usd FROM calls GROUP BY ALL"'


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("sql", help="one SELECT; `SELECT * FROM calls LIMIT 5` shows what there is")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print an array of objects")
    form.add_argument("--csv", action="store_true", help="print CSV with a header row")
    form.add_argument("--arrow", type=Path, metavar="FILE", help="write an Arrow IPC stream")
    form.add_argument("--parquet", type=Path, metavar="FILE", help="write Parquet")
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )
    parser.add_argument(
        "--max-rows", type=int, default=10_000, help="stop after this many (default %(default)s)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the answer; 1 when the collector cannot be reached or refuses the statement."""
    try:
        with http_client(arguments.url) as http:
            question = {"sql": arguments.sql, "max_rows": arguments.max_rows}
            headers = {"Accept": ARROW} if arguments.arrow or arguments.parquet else {}
            answer = http.post("/api/v1/sql", json=question, headers=headers)
    except (httpx.TransportError, httpx.InvalidURL, OSError) as error:
        return _complain(
            f"no collector answers at {arguments.url} ({error}); start one with `gemledger serve`"
        )
    if answer.status_code != httpx.codes.OK:
        return _complain(_refusal(answer))
    if arguments.arrow or arguments.parquet:
        return _write(answer, arguments)
    _show(answer.json(), arguments)
    return 0


def _write(answer: httpx.Response, arguments: argparse.Namespace) -> int:
    try:
        if arguments.arrow:
            arguments.arrow.write_bytes(answer.content)
        else:
            from pyarrow import ipc, parquet  # noqa: PLC0415 - of the extra `collector`, and 0.2 s

            parquet.write_table(ipc.open_stream(answer.content).read_all(), arguments.parquet)
    except ImportError:
        return _complain(
            "Parquet needs pyarrow; pip install 'gemledger[collector]', or use --arrow"
        )
    except OSError as error:
        return _complain(f"the file cannot be written: {error}")
    if answer.headers.get("Gemledger-Truncated") == "true":
        print("gemledger query: rows were cut off; raise --max-rows", file=sys.stderr)
    return 0


def _show(answer: dict[str, Any], arguments: argparse.Namespace) -> None:
    names = [column["name"] for column in answer["columns"]]
    if arguments.json:
        print(json.dumps([dict(zip(names, row, strict=True)) for row in answer["rows"]], indent=2))
    elif arguments.csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(names)
        writer.writerows(answer["rows"])
    else:
        _table(answer["columns"], answer["rows"])
    if answer["truncated"]:
        print(
            f"gemledger query: only the first {len(answer['rows']):,} rows are shown; raise --max-rows",
            file=sys.stderr,
        )


def _table(columns: list[dict[str, str]], rows: list[list[Any]]) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for column in columns:
        numeric = column["type"].startswith(
            ("DECIMAL", "HUGEINT", "BIGINT", "UBIGINT", "INTEGER", "DOUBLE")
        )
        table.add_column(column["name"], justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    Console().print(table)


def _refusal(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.request.url} answered {answer.status_code}; is this a gemledger collector?"


def _complain(message: str) -> int:
    print(f"gemledger query: {message}", file=sys.stderr)
    return 1
