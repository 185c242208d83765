"""What the tests of Live sessions share: a simulator with TLS, the real SDK, and ways to look at the spans."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from google import genai
from google.genai import types
from google.genai.live import AsyncSession
from instrumentation.conftest import Recorded
from support.live import live_client

from gemledger_simulator.process import SimulatorProcess

TEXT_IN, TEXT_OUT = 750_000, 4_500_000
"""PicoUSD per token of gemini-3.8-live; thoughts cost what text costs."""
AUDIO_IN, AUDIO_OUT = 3_000_000, 12_000_000


@pytest.fixture(scope="session")
def live_server() -> Iterator[SimulatorProcess]:
    """A simulator with TLS."""
    with SimulatorProcess(tls=True) as running:
        yield running


@pytest.fixture
def client(live_server: SimulatorProcess) -> Iterator[genai.Client]:
    """The real SDK, pointed at it."""
    with live_client(live_server) as made:
        yield made
    gc.collect()


def spans_of(recorded: Recorded, operation: str) -> list[dict[str, Any]]:
    """Attributes of the spans of one operation, in the order they ended."""
    found = [dict(span.attributes or {}) for span in recorded.spans]
    return [span for span in found if span["gen_ai.operation.name"] == operation]


def turns_of(recorded: Recorded) -> list[dict[str, Any]]:
    """The billed turns."""
    return spans_of(recorded, "live_turn")


def session_of(recorded: Recorded) -> dict[str, Any]:
    """The only session."""
    (session,) = spans_of(recorded, "live_session")
    return session


def costs_of(recorded: Recorded) -> list[int | None]:
    """What each turn cost."""
    return [turn.get("gemledger.cost.pico_usd") for turn in turns_of(recorded)]


async def ask(session: AsyncSession, text: str = "Go on.") -> list[types.LiveServerMessage]:
    """One question, and the messages up to the end of the turn."""
    await session.send_realtime_input(text=text)
    return [message async for message in session.receive()]
