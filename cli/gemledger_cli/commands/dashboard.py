"""``gemledger dashboard``: the pages, over a running collector."""

import argparse
import os

from gemledger_cli.addresses import DEFAULT_COLLECTOR_URL, DEFAULT_DASHBOARD_PORT, refuse_taken_port
from gemledger_dashboard.frame.process import command, environment

EXAMPLE = "gemledger dashboard --url http://127.0.0.1:4318 --port 8501"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--url", default=DEFAULT_COLLECTOR_URL, help="the collector (default %(default)s)"
    )
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_DASHBOARD_PORT,
        help="where to serve it (default %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:  # noqa: RET503 - execvpe does not return
    """Become the dashboard's process; return 1 when the port is taken."""
    if refuse_taken_port("gemledger dashboard", arguments.port, "--port"):
        return 1
    print(
        f"gemledger dashboard: http://127.0.0.1:{arguments.port} over {arguments.url}", flush=True
    )
    argv = command(port=arguments.port, collector_url=arguments.url)
    os.execvpe(argv[0], argv, {**os.environ, **environment(collector_url=arguments.url)})  # noqa: S606 - no shell is wanted
