"""``python -m gemledger_simulator``: a Gemini API on this machine that costs nothing."""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import fields

from .settings import Settings, SettingsError, fault_rate

_EXAMPLE = """\
example:
  python -m gemledger_simulator --port 8080 --seed 7 --latency-scale 1 --fault-rate 429=0.01 --fault-rate 503=0.005

  client = genai.Client(api_key="any", http_options={"base_url": "http://127.0.0.1:8080"})

When it is ready it prints one line of JSON, {"url": "http://127.0.0.1:8080"}. Ctrl-C ends it. With --tls-port that
line also has "tls_url" and "certificate", which a client trusts by SSL_CERT_FILE: Live sessions need it.
A single request can ask for exact token counts or a fault:
  x-simulator-usage: {"promptTokenCount": 374, "candidatesTokenCount": 44}
  x-simulator-fault: 503
or for an answer word for word (see gemledger_simulator/scripted.py):
  x-simulator-script: {"response": {"candidates": [{"content": {"parts": [{"text": "Yes."}]}}]}}
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until it is told to stop. Exit code 0; 1 if the port is taken, 2 for a wrong setting."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = _settings(chosen)
    except SettingsError as problem:
        print(f"gemledger_simulator: {problem}", file=sys.stderr)  # noqa: T201 - this is a command
        return 2
    return _serve(settings, chosen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gemledger_simulator",
        description=__doc__,
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8080, help="loopback port; 0 picks a free one")
    parser.add_argument(
        "--tls-port", type=int, help="a second port over TLS, for Live sessions; 0 picks a free one"
    )
    parser.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help="end when standard input does: a parent that dies takes the simulator with it",
    )
    for spec in fields(Settings):
        if spec.name == "fault_rates":
            parser.add_argument(
                "--fault-rate",
                action="append",
                default=[],
                metavar="NAME=RATE",
                help=spec.metadata["help"],
            )
            continue
        kind: Callable[[str], object] = str if spec.default is None else type(spec.default)
        flag = f"--{spec.name.replace('_', '-')}"
        shown = f"{spec.metadata['help']} (default {spec.default})"
        parser.add_argument(flag, type=kind, default=spec.default, help=shown)
    return parser


def _settings(chosen: argparse.Namespace) -> Settings:
    """The settings that the flags give. Raises SettingsError."""
    values = {
        spec.name: getattr(chosen, spec.name)
        for spec in fields(Settings)
        if spec.name != "fault_rates"
    }
    return Settings(fault_rates=tuple(fault_rate(text) for text in chosen.fault_rate), **values)


def _serve(settings: Settings, chosen: argparse.Namespace) -> int:
    from .serving import SimulatorServer  # noqa: PLC0415 - --help answers without loading a web server

    try:
        server = SimulatorServer(settings, chosen.port, chosen.tls_port)
    except (OSError, OverflowError) as problem:
        ports = (
            str(chosen.port) if chosen.tls_port is None else f"{chosen.port} or {chosen.tls_port}"
        )
        print(f"gemledger_simulator: cannot listen on port {ports}: {problem}", file=sys.stderr)  # noqa: T201
        return 1
    if chosen.until_stdin_closes:
        threading.Thread(target=_stop_when_stdin_closes, daemon=True).start()
    with suppress(KeyboardInterrupt):  # uvicorn raises the signal again once it has shut down
        server.serve_until_stopped(_announce)
    return 0


def _announce(addresses: dict[str, str]) -> None:
    print(json.dumps(addresses), flush=True)  # noqa: T201 - what the parent process waits for


def _stop_when_stdin_closes() -> None:
    sys.stdin.buffer.read()
    signal.raise_signal(signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main())
