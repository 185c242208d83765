"""``gemledger up``: the collector and the dashboard, until Ctrl-C."""

import argparse
import sys
import time

from gemledger_cli.addresses import DEFAULT_DASHBOARD_PORT, refuse_taken_port
from gemledger_cli.children import ChildError, Children, gemledger
from gemledger_cli.configuration import add_option, configuration
from gemledger_cli.signals import Stop, stop_on_signals
from gemledger_collector.errors import ConfigError
from gemledger_collector.receivers_config import HttpProtocol
from gemledger_dashboard.frame.process import command, environment

EXAMPLE = "gemledger up --config otel-config.yaml"
WATCH_SECONDS = 0.5


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_option(parser)
    parser.add_argument(
        "--dashboard-port", type=int, default=DEFAULT_DASHBOARD_PORT, help="default %(default)s"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run both until Ctrl-C (0), or until one of them ends by itself (1)."""
    try:
        collector_url = url_of(configuration(arguments.config).http)
    except ConfigError as error:
        print(f"gemledger up: {error}", file=sys.stderr)
        return 2
    if refuse_taken_port("gemledger up", arguments.dashboard_port, "--dashboard-port"):
        return 1
    try:
        with stop_on_signals() as stop, Children() as children:
            return _run(arguments, collector_url, children, stop)
    except ChildError as error:
        print(f"gemledger up: {error}", file=sys.stderr)
        return 1


def url_of(http: HttpProtocol) -> str:
    """Where a collector of this machine is reached from this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(http.host, http.host)  # noqa: S104 - asked, not bound
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if http.tls else 'http'}://{shown}:{http.port}"


def _run(arguments: argparse.Namespace, collector_url: str, children: Children, stop: Stop) -> int:
    options = ["--config", str(arguments.config)] if arguments.config else []
    collector = children.start("collector", gemledger("serve", *options))
    collector.wait_until_ready(f"{collector_url}/readyz")
    dashboard_url = f"http://127.0.0.1:{arguments.dashboard_port}"
    dashboard = children.start(
        "dashboard",
        command(port=arguments.dashboard_port, collector_url=collector_url),
        environment(collector_url=collector_url),
    )
    dashboard.wait_until_ready(f"{dashboard_url}/_stcore/health")
    print(
        f"Dashboard: {dashboard_url}    Send OTLP to: {collector_url}    Ctrl-C stops both.",
        flush=True,
    )
    while not stop.requested:
        ended = children.first_ended()
        if ended is not None:
            raise ChildError(ended.last_words("by itself"))
        time.sleep(WATCH_SECONDS)
    return 0
