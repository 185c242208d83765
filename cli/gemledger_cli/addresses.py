"""Default addresses, and a clear word when one of them is taken."""

import os
import socket
import sys
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
DEFAULT_COLLECTOR_PORT = 4318
DEFAULT_COLLECTOR_URL = f"http://{LOOPBACK}:{DEFAULT_COLLECTOR_PORT}"
DEFAULT_DASHBOARD_PORT = 8501


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def refuse_taken_port(program: str, port: int, option: str, host: str = LOOPBACK) -> bool:
    """Say on standard error that the port is in use and return True, or return False."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            print(
                f"{program}: port {port} on {host} cannot be used ({error.strerror}); "
                f"stop the other program or choose another port with {option}",
                file=sys.stderr,
            )
            return True
    return False


def otlp_endpoint() -> str:
    """Where spans go, as for any other app: ``OTEL_EXPORTER_OTLP_ENDPOINT``, else the local collector."""
    return os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", DEFAULT_COLLECTOR_URL).rstrip("/")


def refuse_silent_collector(program: str, endpoint: str) -> bool:
    """Say on standard error that nothing listens at ``endpoint`` and return True, or return False."""
    address = urlsplit(endpoint)
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        socket.create_connection((address.hostname or LOOPBACK, port), timeout=5).close()
    except OSError as error:
        print(
            f"{program}: no collector answers at {endpoint} ({error.strerror or error}); "
            "start one with `gemledger serve`, or set OTEL_EXPORTER_OTLP_ENDPOINT",
            file=sys.stderr,
        )
        return True
    return False
