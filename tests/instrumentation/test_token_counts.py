"""Counting tokens is free, visible, and no usage."""

from typing import Any

import pytest
from google import genai
from support.clients import gemini_api, vertex_ai

from gemledger_simulator.process import SimulatorProcess

MODEL = "gemini-3.8-flash"


async def count(client: genai.Client, method: str, *, asynchronous: bool) -> Any:
    """Ask for the tokens of forty letters."""
    if not asynchronous:
        return getattr(client.models, method)(model=MODEL, contents="x" * 40)
    async with client.aio as opened:
        return await getattr(opened.models, method)(model=MODEL, contents="x" * 40)


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("method", ["count_tokens", "compute_tokens"])
async def test_what_was_counted_is_told_and_costs_nothing(
    simulator: SimulatorProcess, recorded: Any, method: str, asynchronous: bool
) -> None:
    """Ten tokens, none of them usage; the cost is 0 and says why."""
    client = (vertex_ai if method == "compute_tokens" else gemini_api)(simulator.url)
    await count(client, method, asynchronous=asynchronous)

    told = recorded.attributes
    assert recorded.span.name == f"{method} {MODEL}"
    assert told["gen_ai.operation.name"] == method
    assert told["gemledger.counted_tokens"] == 10
    assert "gen_ai.usage.input_tokens" not in told
    assert told["gemledger.cost.pico_usd"] == 0
    assert told["gemledger.cost.status"] == "exact"
    assert told["gemledger.cost.reasons"] == ("free_operation",)


async def test_an_error_of_it_is_the_users_and_free(
    simulator: SimulatorProcess, recorded: Any
) -> None:
    """The exception passes through."""
    client = gemini_api(simulator.url, x_simulator_fault="503")
    with pytest.raises(genai.errors.ServerError):
        await count(client, "count_tokens", asynchronous=False)

    assert recorded.attributes["error.type"] == "503"
    assert recorded.attributes["gemledger.cost.pico_usd"] == 0
