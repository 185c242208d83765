"""The tier that is charged is the one that served: by header, by traffic type, and only then by the request."""

from itertools import count
from typing import Any

import pytest
from google.genai import types

from .conftest import NOON, VERTEX, Recorder, answer, asked

USAGE = {"prompt_token_count": 1_000_000}


@pytest.fixture
def told(recorder: Recorder, recorded: Any) -> Any:
    """The attributes of a call that asked for a tier and was served by what the response says."""

    def run(
        asked_tier: str | None, *, usage: Any = USAGE, headers: Any = None, **at: Any
    ) -> dict[str, Any]:
        config = None if asked_tier is None else {"serviceTier": asked_tier}
        call = recorder(count(NOON)).start(asked("gemini-3.8-flash", config=config, **at))
        call.exchange(answer(usage=usage, headers=headers or {}))
        call.end()
        return dict(recorded.attributes)

    return run


@pytest.mark.parametrize(
    ("header", "value", "tier", "pico_usd"),
    [
        ("x-gemini-service-tier", "priority", "priority", 1_350_000),
        # Only httpx lower-cases names; over aiohttp they come as the server wrote them.
        ("X-Gemini-Service-Tier", "PRIORITY", "priority", 1_350_000),
        # Asked for priority, served by standard: a downgrade is charged as such.
        ("x-gemini-service-tier", "standard", "standard", 750_000),
    ],
)
def test_the_header_decides_however_it_is_written(
    told: Any, header: str, value: str, tier: str, pico_usd: int
) -> None:
    """Whatever was asked for, and by whatever HTTP client."""
    found = told("priority", headers={"server": "x", header: value})

    assert found["gemledger.service_tier"] == tier
    assert found["gemledger.cost.pico_usd"] == pico_usd * 10**6
    assert found["gemledger.cost.status"] == "exact"


@pytest.mark.parametrize(
    ("traffic_type", "tier"),
    [
        (types.TrafficType.ON_DEMAND, "standard"),
        (types.TrafficType.ON_DEMAND_FLEX, "flex"),
        (types.TrafficType.ON_DEMAND_PRIORITY, "priority"),
    ],
)
def test_vertex_ai_says_it_by_the_traffic_type(told: Any, traffic_type: Any, tier: str) -> None:
    """It sends no header."""
    found = told("priority", usage=USAGE | {"traffic_type": traffic_type}, endpoint=VERTEX)

    assert found["gemledger.service_tier"] == tier
    assert found["gemledger.traffic_type"] == traffic_type.value


def test_provisioned_throughput_costs_nothing_more(told: Any) -> None:
    """The capacity is paid for by the month: exactly zero, and why."""
    provisioned = USAGE | {"traffic_type": types.TrafficType.PROVISIONED_THROUGHPUT}
    found = told(None, usage=provisioned, endpoint=VERTEX)

    assert found["gemledger.cost.pico_usd"] == 0
    assert found["gemledger.cost.status"] == "exact"
    assert found["gemledger.cost.reasons"] == ("provisioned_throughput",)
    assert "gemledger.cost.upper_pico_usd" not in found


def test_a_tier_that_nobody_confirms_is_a_guess_with_an_upper_end(told: Any) -> None:
    """Flex was asked for and nothing says what served: half the price, or all of it."""
    found = told("flex")

    assert found["gemledger.service_tier"] == "flex"
    assert found["gemledger.cost.reasons"] == ("tier_assumed",)
    assert found["gemledger.cost.status"] == "estimated"
    assert found["gemledger.cost.pico_usd"] == 375_000 * 10**6
    assert found["gemledger.cost.upper_pico_usd"] == 750_000 * 10**6


@pytest.mark.parametrize("said", [{"x-gemini-service-tier": "turbo"}, None])
def test_a_tier_that_nobody_knows_yet_has_no_price(told: Any, said: Any) -> None:
    """Neither the standard price nor zero: unpriced, with the tier's name."""
    usage = USAGE if said else USAGE | {"traffic_type": "TURBO"}
    with pytest.warns(UserWarning, match="TURBO") if said is None else _nothing():
        found = told(None, usage=usage, headers=said)

    assert found["gemledger.cost.status"] == "unpriced"
    assert found["gemledger.cost.reasons"] == ("no_rate:turbo",)


def test_the_standard_tier_needs_no_confirmation(told: Any) -> None:
    """Nobody is upgraded without having asked."""
    assert told("standard")["gemledger.cost.status"] == "exact"


def _nothing() -> Any:
    import contextlib  # noqa: PLC0415 - only here

    return contextlib.nullcontext()
