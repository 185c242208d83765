"""One simulated Gemini for the whole suite. This folder stands alone: it also runs where only an app's needs are."""

import os
from collections.abc import Iterator

import pytest

from gemledger_simulator.process import SimulatorProcess

pytest.register_assert_rewrite("conformance.stage")
from conformance.stage import Stage  # noqa: E402 - its assertions tell what differs only if registered before


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorProcess]:
    """A Gemini that says what it is told to."""
    with SimulatorProcess() as process:
        yield process


@pytest.fixture
def stage(simulator: SimulatorProcess) -> Stage:
    """Where cases are played twice."""
    return Stage(simulator.url)


@pytest.fixture(autouse=True)
def _no_settings_of_this_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the developer's own shell exports for OpenTelemetry and Gemini out of the tests."""
    for name in list(os.environ):
        if name.startswith(("OTEL_", "GEMLEDGER_", "GEMINI_", "GOOGLE_")):
            monkeypatch.delenv(name)
