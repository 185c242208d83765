"""What the tests of commands share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.collector import RunningCollector, config_for
from support.doctor import Found
from support.processes import Asked, run_gemledger


@pytest.fixture
def examined(tmp_path: Path) -> Callable[..., Found]:
    """Run ``gemledger doctor --json`` with these arguments and variables, a spool of the test's own."""

    def run(*arguments: str, **environ: str) -> Found:
        variables = {"GEMLEDGER_SPOOL_DIR": str(tmp_path / "spool"), **environ}
        return Found(run_gemledger("doctor", "--json", *arguments, **variables))

    return run


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Asked]:
    """A running, empty collector, in this process: it is the commands that have processes of their own here."""
    with RunningCollector(config_for(tmp_path / "ledger.duckdb")) as running:
        yield Asked(running.url)
