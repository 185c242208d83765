"""All that can be taken out of a collector, into files."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from support.processes import CollectorProcess

from .trail import Trail

EXPORTS = ("focus", "charges", "calls", "ledger", "evaluations", "contents")
Command = list[str]


def take_everything_out(trail: Trail, collector: CollectorProcess) -> None:
    """Every export in both formats, data sets, labels, the report in three, metrics, and a backup."""
    today = time.strftime("%Y-%m-%d", time.gmtime())
    tomorrow = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86_400))
    days = ["--from", today, "--to", tomorrow]
    wanted = {
        f"{name}.{form}": ["export", name, *days, "--output"]
        for name in EXPORTS
        for form in ("parquet", "csv")
    }
    wanted |= {
        f"report.{form}": ["report", "--day", today, "--format", form, "--out"]
        for form in ("html", "markdown", "json")
    }
    wanted |= {f"answers.{form}": ["dataset", "--out"] for form in ("jsonl", "parquet")}
    wanted["labels.csv"] = ["labels", "export", "--notes", "--output"]
    trail.backup = trail.folder / "backup.duckdb"
    paths = {trail.folder / name: command for name, command in wanted.items()}
    commands = [[*command, str(path)] for path, command in paths.items()]
    _run(trail, collector, [*commands, ["backup", str(trail.backup)]])
    trail.exports += [*paths, *trail.folder.glob("*manifest.json")]
    trail.others.append(trail.write("metrics.txt", collector.get_text("/metrics")))


def _run(trail: Trail, collector: CollectorProcess, commands: list[Command]) -> None:
    """All of them in one process: to start it takes longer than what it does."""
    asked = json.dumps([[*command, "--url", collector.url] for command in commands])
    tests = str(Path(__file__).parents[1])
    paths = os.pathsep.join([tests, os.environ.get("PYTHONPATH", "")])
    ended = subprocess.run(
        [sys.executable, "-m", "hygiene.commands", asked],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    trail.logs.append(trail.write("commands.log", ended.stdout + ended.stderr))
