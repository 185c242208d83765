"""Runs of the collector that price or attribute again what is stored: asked for, watched until they end."""

import time
from collections.abc import Mapping
from typing import Any

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from gemledger_cli.collector_api import ask, send
from gemledger_cli.terminal import ERRORS

_LOOK_SECONDS = 0.2

Run = dict[str, Any]


def finished(
    command: str, url: str, paths: tuple[str, str], body: Mapping[str, object]
) -> Run | None:
    """POST to the first path, then ask the second for the run until it has ended; None where nobody answers.

    A run goes on in the collector when nobody watches.
    """
    asked, watched = paths
    run = send(command, url, asked, body)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=ERRORS,
        transient=True,
    ) as progress:
        task = progress.add_task(f"gemledger {command}", total=1.0)
        while run is not None and run["state"] == "running":
            progress.update(task, completed=run["progress"])
            time.sleep(_LOOK_SECONDS)
            run = ask(command, url, f"{watched}/{run['id']}", {})
    return run
