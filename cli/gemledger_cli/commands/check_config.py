"""``gemledger check-config``: is this file one the collector would start with?"""

import argparse
import json
import sys
from pathlib import Path

from gemledger_cli.configuration import add_option, chosen, configuration
from gemledger_collector.alerts.channels import require_extras
from gemledger_collector.errors import ConfigError
from gemledger_collector.reload import Difference, difference

EXAMPLE = "gemledger check-config otel-config.yaml"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", nargs="?", type=Path, help="the same as --config FILE")
    add_option(parser)
    parser.add_argument(
        "--json", action="store_true", help="print the complete configuration as JSON"
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="RUNNING",
        help="the file that a collector was started with: say what SIGHUP would change in it",
    )


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when the file is valid, 2 when it is not."""
    file = arguments.file or arguments.config
    try:
        config = configuration(file)
        require_extras(config.alerts)
        running = configuration(arguments.against) if arguments.against else None
    except ConfigError as error:
        print(f"gemledger check-config: {error}", file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps(config.model_dump(mode="json", by_alias=True), indent=2))
    else:
        print(f"{chosen(file) or 'The default configuration'} is valid.")
        if running is not None:
            _compare(difference(running, config))
    return 0


def _compare(told: Difference) -> None:
    for key in told.at_once:
        print(f"at once: {key}")
    for key in told.after_restart:
        print(f"needs a restart: {key}")
    if not (told.at_once or told.after_restart):
        print("nothing differs")
