"""Which configuration file a command means."""

import argparse
import os
from pathlib import Path

from gemledger_collector.config import Config, load

DEFAULT_FILE = Path("otel-config.yaml")


def add_option(parser: argparse.ArgumentParser) -> None:
    """Declare ``--config``."""
    parser.add_argument(
        "--config",
        type=Path,
        help="default: ./otel-config.yaml if there is one, else the built-in defaults",
    )


def chosen(given: Path | None) -> Path | None:
    """The file that was given, else ./otel-config.yaml where it exists, else None: the defaults."""
    return given or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)


def configuration(given: Path | None) -> Config:
    """The valid configuration; raises ConfigError, whose text names path, value and remedy."""
    return load(chosen(given), os.environ)
