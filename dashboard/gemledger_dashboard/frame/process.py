"""How the dashboard is started: Streamlit's command line (by way of ours) and environment, for a child process."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gemledger_dashboard.access.login_config import LoginConfig
from gemledger_dashboard.access.visitor import REQUIRED_VARIABLE
from gemledger_dashboard.frame.client import DEFAULT_URL

COLLECTOR_URL_VARIABLE = "GEMLEDGER_COLLECTOR_URL"
DEFAULT_PORT = 8501
HOST = "127.0.0.1"
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]", "::1")
"""By which this machine asks itself."""

_APP = Path(__file__).parents[1] / "app.py"


@dataclass(frozen=True, slots=True)
class Door:
    """Where others may come in: the address, the file of the login, and what encrypts."""

    host: str = HOST
    secrets: Path | None = None
    login: LoginConfig | None = None
    certificate: Path | None = None
    key: Path | None = None


def command(
    *,
    port: int = DEFAULT_PORT,
    collector_url: str = DEFAULT_URL,
    headless: bool = True,
    door: Door | None = None,
) -> list[str]:
    """The command line that serves the dashboard: on the loopback address, where no door is opened.

    Look and further settings are in `.streamlit/config.toml` beside the app; those that keep the
    dashboard quiet and private are flags, because a flag wins over a reader's own settings.
    """
    opened = door or Door()
    flags: Mapping[str, str] = {
        "server.address": opened.host,
        "server.port": str(port),
        "server.headless": str(headless).lower(),
        "server.fileWatcherType": "none",
        "server.runOnSave": "false",
        "server.enableCORS": "true",
        "server.enableXsrfProtection": "true",
        "browser.gatherUsageStats": "false",
        "browser.serverAddress": HOST,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "type",
        "global.developmentMode": "false",
        "runner.magicEnabled": "false",
    }
    options = [f"--{name}={value}" for name, value in (*flags.items(), *_door_flags(opened))]
    program = [sys.executable, "-m", "gemledger_dashboard"]
    return [*program, "run", str(_APP), *options, "--", collector_url]


def _door_flags(door: Door) -> list[tuple[str, str]]:
    """What a login and an address of others need; nothing without them."""
    found: list[tuple[str, str]] = []
    if door.secrets is not None:
        found.append(("secrets.files", str(door.secrets)))
    if door.login is not None:
        names = dict.fromkeys((*LOOPBACK_NAMES, door.login.address.hostname or ""))
        found += [("server.allowedHosts", name) for name in names]
    if door.certificate is not None and door.key is not None:
        found += [
            ("server.sslCertFile", str(door.certificate)),
            ("server.sslKeyFile", str(door.key)),
        ]
    return found


def environment(*, collector_url: str, login_required: bool = False) -> dict[str, str]:
    """What the child's environment needs besides what it inherits."""
    login = {REQUIRED_VARIABLE: "required"} if login_required else {}
    return {COLLECTOR_URL_VARIABLE: collector_url, **login}


def collector_url(arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """Where the collector is: the app's argument, else the environment, else the default."""
    if arguments:
        return arguments[0]
    return environ.get(COLLECTOR_URL_VARIABLE) or DEFAULT_URL
