"""``gemledger demo``: simulator, collector and dashboard; a month of the past; then live traffic with an incident."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gemledger_cli.addresses import (
    DEFAULT_COLLECTOR_PORT,
    DEFAULT_DASHBOARD_PORT,
    free_port,
    refuse_taken_port,
)
from gemledger_cli.children import ChildError
from gemledger_cli.demonstration.backfill import BackfillError
from gemledger_cli.demonstration.show import Plan, Show
from gemledger_cli.signals import stop_on_signals

EXAMPLE = "gemledger demo --headless --seconds 60"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--headless", action="store_true", help="end with a JSON summary on standard output"
    )
    parser.add_argument("--seconds", type=float, help="end after this long; default: at Ctrl-C")
    parser.add_argument(
        "--days", type=int, default=30, help="how much past to write (default %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=7, help="another seed is another month (default %(default)s)"
    )
    parser.add_argument(
        "--collector-port",
        type=int,
        default=DEFAULT_COLLECTOR_PORT,
        help="0: any free one (default %(default)s)",
    )
    parser.add_argument(
        "--dashboard-port",
        type=int,
        default=DEFAULT_DASHBOARD_PORT,
        help="0: any free one (default %(default)s)",
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep the store, the logs and the report there"
    )


def run(arguments: argparse.Namespace) -> int:
    """0: ended as asked; 1: a part could not start or ended by itself."""
    for option in ("collector_port", "dashboard_port"):
        port = getattr(arguments, option)
        if port and refuse_taken_port("gemledger demo", port, f"--{option.replace('_', '-')}"):
            return 1
    started = time.monotonic()
    plan = Plan(
        days=arguments.days,
        seed=arguments.seed,
        collector_port=arguments.collector_port or free_port(),
        dashboard_port=arguments.dashboard_port or free_port(),
        ends_at=None if arguments.seconds is None else started + arguments.seconds,
        report_folder=arguments.keep,
    )
    try:
        with stop_on_signals() as stop, _folder(arguments.keep) as folder, ExitStack() as parts:
            summary = Show(plan, folder, stop, parts).run()
    except (ChildError, BackfillError) as error:
        print(f"gemledger demo: {error}", file=sys.stderr)
        return 1
    if arguments.headless:
        print(json.dumps({**summary, "seconds": round(time.monotonic() - started, 1)}, indent=2))
    return 0


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="gemledger-demo-") as name:
        yield Path(name)
