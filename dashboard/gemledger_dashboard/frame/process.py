"""How the dashboard is started: Streamlit's command line (by way of ours) and environment, for a child process."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from gemledger_dashboard.frame.client import DEFAULT_URL

COLLECTOR_URL_VARIABLE = "GEMLEDGER_COLLECTOR_URL"
DEFAULT_PORT = 8501
HOST = "127.0.0.1"

_APP = Path(__file__).parents[1] / "app.py"


def command(
    *, port: int = DEFAULT_PORT, collector_url: str = DEFAULT_URL, headless: bool = True
) -> list[str]:
    """The command line that serves the dashboard on the loopback address.

    Look and further settings are in `.streamlit/config.toml` beside the app; those that keep the
    dashboard quiet and private are flags, because a flag wins over a reader's own settings.
    """
    flags: Mapping[str, str] = {
        "server.address": HOST,
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
    options = [f"--{name}={value}" for name, value in flags.items()]
    program = [sys.executable, "-m", "gemledger_dashboard"]
    return [*program, "run", str(_APP), *options, "--", collector_url]


def environment(*, collector_url: str) -> dict[str, str]:
    """What the child's environment needs besides what it inherits."""
    return {COLLECTOR_URL_VARIABLE: collector_url}


def collector_url(arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """Where the collector is: the app's argument, else the environment, else the default."""
    if arguments:
        return arguments[0]
    return environ.get(COLLECTOR_URL_VARIABLE) or DEFAULT_URL
