"""``gemledger restore``: a backup put in place of the database of a collector that does not run."""

import argparse
import json
import sys
from pathlib import Path

from gemledger_cli.configuration import add_option, configuration
from gemledger_cli.upkeep import complain
from gemledger_collector.errors import CollectorError, ConfigError
from gemledger_collector.storage.restore import restore

EXAMPLE = "gemledger restore ledger-2026-11-30.duckdb --config otel-config.yaml"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", type=Path, help="the backup")
    add_option(parser)
    parser.add_argument(
        "--force", action="store_true", help="replace a database that is there; it is kept beside"
    )
    parser.add_argument("--json", action="store_true", help="print what was restored as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Return 0 when the backup is in place, 1 when nothing was changed, 2 for a wrong configuration."""
    try:
        path = Path(configuration(arguments.config).exporters.duckdb.path)
    except ConfigError as error:
        print(f"gemledger restore: {error}", file=sys.stderr)
        return 2
    try:
        done = restore(arguments.file, path, force=arguments.force)
    except (CollectorError, OSError) as error:
        return complain("restore", error)
    kept = None if done.kept is None else str(done.kept)
    if arguments.json:
        print(json.dumps({"path": str(path), "kept": kept, **done.found.as_json()}))
    else:
        print(f"{path} has {done.found.told()} now.")
        if kept:
            print(f"What was there before is {kept}.")
    return 0
