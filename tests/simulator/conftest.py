"""A simulator that really runs, and real google-genai clients for it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials

from gemledger_simulator.process import SimulatorProcess
from gemledger_simulator.settings import Settings


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorProcess]:
    """One child process for all tests of this worker: they differ in what they ask."""
    with SimulatorProcess(Settings(seed=7)) as running:
        yield running


@pytest.fixture
def client(simulator: SimulatorProcess) -> Iterator[genai.Client]:
    """A Gemini API client, closed after the test."""
    with genai.Client(
        api_key="any", http_options=types.HttpOptions(base_url=simulator.url)
    ) as opened:
        yield opened


@pytest.fixture
async def async_client(client: genai.Client) -> AsyncIterator[genai.client.AsyncClient]:
    """The same client's asynchronous side."""
    async with client.aio as opened:
        yield opened


@pytest.fixture
def vertex(simulator: SimulatorProcess) -> Iterator[genai.Client]:
    """A Vertex client with a token of its own making: nothing is asked of Google."""
    with genai.Client(
        vertexai=True,
        project="skerry",
        location="europe-west1",
        credentials=Credentials(token="made-up"),  # type: ignore[no-untyped-call]  # google-auth has no types here
        http_options=types.HttpOptions(base_url=simulator.url),
    ) as opened:
        yield opened
