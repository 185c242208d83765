"""What the tests of streams share: three chunks, ways to open them, and what is left of a stream left early."""

from collections.abc import Iterator
from typing import Any

from conformance.bills import MODEL, PLAIN, Bill, cost
from conformance.stage import Recorded
from conformance.surfaces import QUESTION
from google import genai
from support.gemini import Json, said, usage

CHUNKS: Json = {
    "chunks": [
        said("Forty-", finish=None, usage=usage(1_000, 3)),
        said("two, ", finish=None, usage=usage(1_000, 20)),
        said("perhaps.", usage=PLAIN),
    ]
}
"""Each chunk restates the running total."""
STALLING: Json = {"chunks": CHUNKS["chunks"][:1], "end": "stall"}
ABANDONED = Bill(
    input=1_000,
    output=3,
    pico_usd=cost(input=1_000, output=3),
    status="lower_bound",
    reasons=("partial_usage",),
)


def opened(client: genai.Client) -> Iterator[Any]:
    """A stream that has not begun."""
    return client.models.generate_content_stream(model=MODEL, contents=QUESTION)


async def opened_async(client: genai.Client) -> Any:
    """The same, async."""
    return await client.aio.models.generate_content_stream(model=MODEL, contents=QUESTION)


def assert_abandoned(recorded: Recorded) -> None:
    """One span, no error, and what was billed so far as a lower bound."""
    assert recorded.attributes["gemledger.stream.state"] == "abandoned"
    assert recorded.bill == ABANDONED
    assert recorded.span.status.status_code.name == "UNSET"
    assert "error.type" not in recorded.attributes
