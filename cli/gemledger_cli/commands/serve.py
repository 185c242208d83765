"""``gemledger serve``: the collector, in this process."""

import argparse
import logging
import sys

from gemledger_cli.configuration import add_option, configuration
from gemledger_collector.config import Config
from gemledger_collector.errors import ConfigError, StartupError
from gemledger_collector.service import Ready, serve

TALKATIVE = ("httpx", "httpx2", "google_genai", "uvicorn.error")
"""Libraries that log what we say better, or every request at INFO: a webhook's address may hold a secret."""

EXAMPLE = "gemledger serve --config otel-config.yaml"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM; SIGHUP reads the file again. 1: could not start; 2: the configuration is wrong."""
    _log_to_standard_error()

    def load() -> Config:
        return configuration(arguments.config)

    try:
        return serve(load(), on_ready=_announce, load=load)
    except ConfigError as error:
        print(f"gemledger serve: {error}", file=sys.stderr)
        return 2
    except StartupError as error:
        print(f"gemledger serve: {error}", file=sys.stderr)
        return 1


def _log_to_standard_error() -> None:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _announce(ready: Ready) -> None:
    grpc = f", {ready.grpc_address} (OTLP/gRPC)" if ready.grpc_address else ""
    print(
        f"gemledger collector ready: {ready.url} (OTLP/HTTP and API){grpc}, store {ready.store_path}",
        flush=True,
    )
