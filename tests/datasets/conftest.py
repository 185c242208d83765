"""Simulators that judge without error, and with it."""

from collections.abc import Iterator

import pytest

from gemledger_simulator.process import SimulatorProcess
from gemledger_simulator.settings import Settings


@pytest.fixture(scope="session")
def gemini() -> Iterator[str]:
    """The address of a Gemini whose judgement never errs."""
    with SimulatorProcess(Settings(judge_sensitivity=1.0, judge_specificity=1.0)) as process:
        yield process.url


@pytest.fixture(scope="session")
def failing_gemini() -> Iterator[str]:
    """The address of one that answers nobody."""
    with SimulatorProcess(Settings(fault_rates=(("400", 1.0),))) as process:  # type: ignore[arg-type]
        yield process.url
