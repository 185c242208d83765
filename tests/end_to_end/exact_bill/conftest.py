"""One simulated Gemini for all bills."""

from collections.abc import Iterator

import pytest
from end_to_end.exact_bill.asking import Till

from gemledger_simulator.process import SimulatorProcess


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorProcess]:
    """A Gemini that says what it is told to."""
    with SimulatorProcess() as process:
        yield process


@pytest.fixture
def till(simulator: SimulatorProcess) -> Till:
    """Where questions are asked and bills come out."""
    return Till(simulator.url)
