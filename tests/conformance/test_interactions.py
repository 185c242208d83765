"""Interactions on every google-genai that has them, whether it shows the requests of a long answer or not."""

import pytest
from conformance.sdk import VERSION
from conformance.stage import Recorded, instrumented
from support.interactions import ask, counted, impatient

from gemledger_simulator.process import SimulatorProcess

pytestmark = pytest.mark.skipif(
    VERSION < (2, 18), reason="this google-genai has no interactions, or others"
)
BILL = 6_000 * 750_000 + 4_000 * 75_000 + 800 * 3_750_000
"""PicoUSD of what follows, by gemini-3.8-flash."""
USAGE = counted(10_000, 500, cached=4_000, thought=300)


@pytest.mark.parametrize("stream", [False, True])
def test_an_interaction_is_billed(simulator: SimulatorProcess, stream: bool) -> None:
    """To the picodollar, by its own span."""
    recorded = Recorded()
    with instrumented(recorded), impatient(simulator.url) as client:
        answer = ask(client, USAGE, stream=stream)
        assert len(list(answer)) > 2 if stream else answer.id
    assert (recorded.bill.pico_usd, recorded.bill.status) == (BILL, "exact")


def test_one_in_the_background_is_settled(simulator: SimulatorProcess) -> None:
    """By the look that finds it over."""
    recorded = Recorded()
    with instrumented(recorded), impatient(simulator.url) as client:
        job = ask(client, USAGE, background=True)
        client.interactions.get(job.id)
    told = {span.name: dict(span.attributes or {}) for span in recorded.spans}
    assert told["gemledger.settlement"]["gemledger.settlement.id"] == f"interaction:{job.id}"
    assert recorded.sum("gemledger.cost.pico_usd") == BILL


def test_tries_are_counted(simulator: SimulatorProcess) -> None:
    """As many as the SDK makes, and none is billed."""
    recorded = Recorded()
    with instrumented(recorded), impatient(simulator.url) as client, pytest.raises(Exception):  # noqa: B017, PT011 - each SDK has its own
        ask(client, wishes={"fault": "503"})
    assert recorded.attributes["gemledger.attempts"] >= 4
    assert (recorded.bill.pico_usd, recorded.attributes["error.type"]) == (0, "503")
