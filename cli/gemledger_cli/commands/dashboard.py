"""``gemledger dashboard``: the pages, over a running collector; for others, too, where they log in."""

import argparse
import importlib.util
import ipaddress
import os
import sys
from pathlib import Path

from gemledger_cli.addresses import (
    DEFAULT_COLLECTOR_URL,
    DEFAULT_DASHBOARD_PORT,
    LOOPBACK,
    refuse_taken_port,
)
from gemledger_dashboard.access import login_config
from gemledger_dashboard.access.login_config import LoginConfigError
from gemledger_dashboard.frame.process import Door, command, environment

EXAMPLE = "gemledger dashboard --url http://127.0.0.1:4318 --port 8501"
SECRETS_VARIABLE = "GEMLEDGER_DASHBOARD_SECRETS"
DEFAULT_SECRETS = Path(".streamlit/secrets.toml")


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
    parser.add_argument(
        "--host",
        default=LOOPBACK,
        help="the address to listen on; any but this machine's own needs a login (default %(default)s)",
    )
    parser.add_argument(
        "--secrets",
        type=Path,
        metavar="FILE",
        help=f"who may log in, as docs/security.md has it; default ${SECRETS_VARIABLE}, "
        f"else ./{DEFAULT_SECRETS} or the one in your home",
    )
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="a certificate, as PEM")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="its key")


def run(arguments: argparse.Namespace) -> int:  # noqa: RET503 - execvpe does not return
    """Become the dashboard's process; return 1 when the port is taken, 2 when others could look without a login."""
    try:
        door = opened(arguments)
    except LoginConfigError as problem:
        for line in str(problem).splitlines():
            print(f"gemledger dashboard: {line}", file=sys.stderr)
        return 2
    if refuse_taken_port("gemledger dashboard", arguments.port, "--port", door.host):
        return 1
    print(f"gemledger dashboard: {_address(door, arguments.port)} over {arguments.url}", flush=True)
    argv = command(port=arguments.port, collector_url=arguments.url, door=door)
    environ = environment(collector_url=arguments.url, login_required=door.login is not None)
    os.execvpe(argv[0], argv, {**os.environ, **environ})  # noqa: S606 - no shell is wanted


def opened(arguments: argparse.Namespace) -> Door:
    """Who may come in, and where. Raises LoginConfigError where others could without a login."""
    file = _secrets(arguments.secrets)
    login = None if file is None else login_config.load(file)
    if login is not None and importlib.util.find_spec("authlib") is None:
        raise LoginConfigError("a login needs Authlib: pip install 'gemledger[dashboard-login]'")
    if login is None and not _is_loopback(arguments.host):
        raise LoginConfigError(
            f"others reach {arguments.host}, and nobody has to log in: configure a login (docs/security.md, "
            f'"Who may look at the dashboard"), or listen on {LOOPBACK}'
        )
    if (arguments.tls_cert is None) != (arguments.tls_key is None):
        raise LoginConfigError("--tls-cert and --tls-key belong together: give both, or neither")
    for path in (arguments.tls_cert, arguments.tls_key):
        if path is not None and not path.is_file():
            raise LoginConfigError(f"{path}: there is no such file")
    if not _is_loopback(arguments.host) and arguments.tls_cert is None:
        print(
            f"gemledger dashboard: warning: {arguments.host} without TLS: what is shown travels as it is. That is "
            "right behind a proxy that encrypts, and nowhere else (--tls-cert, --tls-key)",
            file=sys.stderr,
        )
    return Door(arguments.host, file, login, arguments.tls_cert, arguments.tls_key)


def _secrets(given: Path | None) -> Path | None:
    """The file that was named, else the first there is where Streamlit looks for one."""
    named = given or os.environ.get(SECRETS_VARIABLE, "").strip()
    if named:
        return Path(named).absolute()
    places = (Path.cwd() / DEFAULT_SECRETS, Path.home() / DEFAULT_SECRETS)
    return next((place for place in places if place.is_file()), None)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(door: Door, port: int) -> str:
    """Where people open it."""
    if door.login is not None:
        return f"{door.login.address.scheme}://{door.login.address.netloc}"
    shown = f"[{door.host}]" if ":" in door.host else door.host
    return f"{'https' if door.certificate else 'http'}://{shown}:{port}"
