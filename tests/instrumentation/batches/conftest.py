"""A Gemini on a day of its own, for batches: their price is that of the day on which they were handed in."""

import gc
from collections.abc import Iterator

import pytest
from google import genai
from google.genai import types
from support.batches import NOON
from support.day import Clock, SimulatorInThread


@pytest.fixture(scope="module")
def clock() -> Clock:
    """Stands at noon of 2026-11-20."""
    return Clock(NOON)


@pytest.fixture(scope="module")
def gemini(clock: Clock) -> Iterator[SimulatorInThread]:
    """A Gemini on that day."""
    with SimulatorInThread(clock) as simulator:
        yield simulator


@pytest.fixture
def client(gemini: SimulatorInThread) -> Iterator[genai.Client]:
    """The real SDK, pointed at it."""
    made = genai.Client(api_key="test-key", http_options=types.HttpOptions(base_url=gemini.url))
    yield made
    made.close()
    gc.collect()
