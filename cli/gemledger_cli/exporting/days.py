"""Every day of an export, fetched in pieces with a progress bar; what lies there from an earlier run is kept."""

import argparse
from datetime import UTC, date, datetime

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gemledger_cli.exporting.fetching import pieces
from gemledger_cli.exporting.parts import Parts
from gemledger_cli.exporting.wanted import Wanted


def fetch(http: httpx.Client, wanted: Wanted, parts: Parts) -> None:
    """Every day that is not there yet. Raises RefusedError, or httpx.TransportError where nobody answers."""
    days = list(wanted.days())
    now = datetime.now(UTC)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("days"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(wanted.dataset, total=len(days))
        for day in days:
            progress.update(task, description=f"{wanted.dataset} {day.date}")
            if not parts.has(day, now):
                with parts.writing(day) as writer:
                    for rows in pieces(http, wanted, day):
                        writer.write(rows)
            progress.advance(task)


def date_argument(text: str) -> date:
    """A date on the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write it like 2026-11-01") from None
