"""Automatic continuation: the SDK sums the usage of several requests; we price each by itself."""

import base64
from typing import Any

import pytest
from conformance.bills import Bill
from conformance.sdk import needs_continuation
from conformance.stage import Log, Stage
from conformance.surfaces import QUESTION
from google import genai
from support.gemini import Json, said, usage

pytestmark = needs_continuation

PRO = "gemini-3.1-pro-preview"
"""$2 and $12 a million up to 200,000 prompt tokens, $4 and $18 above."""
TOKEN = base64.b64encode(b"go on").decode()


def hop(number: int, prompt: int, *, last: bool) -> Json:
    """One request of a long answer; all but the last ask to be continued."""
    fields = {} if last else {"continuationToken": TOKEN}
    finish = "STOP" if last else "CONTINUATION"
    answer = said(
        f"part {number} ",
        finish=finish,
        usage=usage(prompt, 10),
        response_id=f"r-{number}",
        **fields,
    )
    return {"response": answer}


def bill(input_tokens: int, output_tokens: int) -> Bill:
    """At the rates below the context step."""
    pico_usd = input_tokens * 2_000_000 + output_tokens * 12_000_000
    return Bill(input=input_tokens, output=output_tokens, pico_usd=pico_usd)


async def ask(client: genai.Client, log: Log, *, stream: bool, asynchronous: bool) -> None:
    """One of the four ways."""
    models = client.aio.models if asynchronous else client.models
    if stream and asynchronous:
        async for chunk in await client.aio.models.generate_content_stream(
            model=PRO, contents=QUESTION
        ):
            log.append(chunk)
    elif stream:
        log.extend(client.models.generate_content_stream(model=PRO, contents=QUESTION))
    else:
        answer = models.generate_content(model=PRO, contents=QUESTION)
        log.append(await answer if asynchronous else answer)  # type: ignore[misc]  # a coroutine if it is async


every_way = pytest.mark.parametrize(
    ("stream", "asynchronous"),
    [(False, False), (True, False), (False, True), (True, True)],
    ids=["unary", "stream", "async", "async-stream"],
)


@every_way
async def test_each_request_is_priced_by_its_own_prompt(
    stage: Stage, stream: bool, asynchronous: bool
) -> None:
    """The SDK says 300,000 prompt tokens; two prompts of 150,000 do not reach the step at 200,000."""

    async def act(client: genai.Client, log: Log) -> None:
        await ask(client, log, stream=stream, asynchronous=asynchronous)

    recorded = await stage.compare(act, hop(1, 150_000, last=False), hop(2, 150_000, last=True))

    assert recorded.log[-1].usage_metadata.prompt_token_count == 300_000
    assert recorded.bill == bill(300_000, 20)
    assert recorded.attributes["gemledger.exchanges"] == 2
    told: list[dict[str, Any]] = [dict(event.attributes or {}) for event in recorded.span.events]
    assert [event["gen_ai.response.id"] for event in told] == ["r-1", "r-2"]
    assert sum(event["gemledger.cost.pico_usd"] for event in told) == recorded.bill.pico_usd


@every_way
async def test_what_was_billed_before_a_later_request_fails_is_kept(
    stage: Stage, stream: bool, asynchronous: bool
) -> None:
    """The second request is refused; the first was answered and billed."""

    async def act(client: genai.Client, log: Log) -> None:
        await ask(client, log, stream=stream, asynchronous=asynchronous)

    recorded = await stage.compare(act, hop(1, 150_000, last=False), {"status": 429})

    assert recorded.bill == bill(150_000, 10)
    assert recorded.attributes["error.type"] == "429"
    assert recorded.attributes["gemledger.attempts"] == len(recorded.asked)
