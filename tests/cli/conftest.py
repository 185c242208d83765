"""What the tests of the doctor share."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.doctor import Found
from support.processes import CollectorProcess, run_gemledger


@pytest.fixture
def examined(tmp_path: Path) -> Callable[..., Found]:
    """Run ``gemledger doctor --json`` with these arguments and variables, a spool of the test's own."""

    def run(*arguments: str, **environ: str) -> Found:
        variables = {"GEMLEDGER_SPOOL_DIR": str(tmp_path / "spool"), **environ}
        return Found(run_gemledger("doctor", "--json", *arguments, **variables))

    return run


@pytest.fixture
def collector(start_collector: Callable[..., CollectorProcess]) -> CollectorProcess:
    """A running, empty collector."""
    return start_collector()
