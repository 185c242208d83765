"""Fixtures that every part's tests share."""

import os
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).parent.parent.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; skips, saying so, where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"no real data at {SHARED_DATA}: these files are not part of the project")
    return SHARED_DATA


@pytest.fixture(autouse=True)
def _no_settings_of_this_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the developer's own shell exports for OpenTelemetry and Gemini out of the tests."""
    for name in list(os.environ):
        if name.startswith(("OTEL_", "GEMLEDGER_", "GEMINI_", "GOOGLE_")):
            monkeypatch.delenv(name)
