"""The page about budgets as it stands: its configuration, and its app that asks before it spends."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.collector import RunningCollector, config_for

from gemledger_simulator.process import SimulatorProcess

PAGE = (Path(__file__).parents[2] / "docs" / "budgets.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The page's only block in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def budgets(limit_usd: float) -> dict[str, Any]:
    """The page's configuration; each team's day has this limit."""
    extensions: dict[str, Any] = yaml.safe_load(block("yaml"))["extensions"]
    extensions["alerts"]["budgets"][1]["limit_usd"] = limit_usd
    return extensions


@pytest.mark.parametrize(("limit_usd", "code"), [(25, 0), (0.04, 1)])
def test_the_app_of_the_page_spends_what_it_may(
    tmp_path: Path, limit_usd: float, code: int
) -> None:
    """Allowed, it calls, and its reservation is settled by what that cost; refused, it says why and spends nothing."""
    config = config_for(tmp_path / "ledger.duckdb", extensions=budgets(limit_usd))
    with RunningCollector(config) as collector, SimulatorProcess() as simulator:
        app = block("python").replace("http://127.0.0.1:4318", collector.url)
        environment = os.environ | {
            "GOOGLE_GEMINI_BASE_URL": simulator.url,
            "GEMINI_API_KEY": "none",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "GEMLEDGER_SPOOL_DIR": str(tmp_path),
        }
        ran = subprocess.run(
            [sys.executable, "-c", app],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == code, ran.stderr
        asked = collector.select(
            "SELECT settled_pico_usd > 0, ended_calls, calls FROM reservations"
        )
        spent = collector.select("SELECT team, feature FROM calls")
    if code:
        assert "teams of team growth has $0.04 left of $0.04" in ran.stderr
        assert (asked, spent) == ([], [])
    else:
        assert (asked, spent) == ([[True, 1, 1]], [["growth", "chat"]])
