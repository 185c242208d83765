"""Streams: real generators, consumed wherever the app likes, with us as without."""

import inspect
import threading
from typing import Any

import pytest
from conformance.bills import PLAIN, PLAIN_BILL, Bill, cost
from conformance.stage import Log, Stage
from conformance.streams import CHUNKS, assert_abandoned, opened, opened_async
from google import genai
from opentelemetry import trace
from starlette.concurrency import iterate_in_threadpool
from support.gemini import said, thought, usage


async def test_a_stream_is_a_generator(stage: Stage) -> None:
    """`inspect`, `next`, `close`, and what it is called: as the SDK's own."""

    def act(client: genai.Client, log: Log) -> None:
        stream: Any = opened(client)
        log.append([inspect.isgenerator(stream), inspect.isgeneratorfunction(stream)])
        log.append([hasattr(stream, name) for name in ("send", "throw", "close", "gi_frame")])
        log.append(iter(stream) is stream)
        log.append(next(stream))
        log.append(inspect.getgeneratorstate(stream))
        log.append(stream.close())
        log.append(next(stream, "closed"))
        log.append(stream.close())

    assert_abandoned(await stage.compare(act, CHUNKS))


async def test_an_async_stream_is_what_it_is_without_us(stage: Stage) -> None:
    """An async generator, with `anext` and `aclose`."""

    async def act(client: genai.Client, log: Log) -> None:
        stream = await opened_async(client)
        log.append([inspect.isasyncgen(stream), inspect.isawaitable(stream)])
        log.append([hasattr(stream, name) for name in ("asend", "athrow", "aclose")])
        log.append(aiter(stream) is stream)
        log.append(await anext(stream))
        log.append(await stream.aclose())
        log.append(await anext(stream, "closed"))
        log.append(await stream.aclose())

    assert_abandoned(await stage.compare(act, CHUNKS))


async def test_a_stream_that_never_begins_is_no_call(stage: Stage) -> None:
    """Nothing is sent before the first `next`, and there is no span."""

    def act(client: genai.Client, log: Log) -> None:
        stream: Any = opened(client)
        log.append(stream.close())
        opened(client)

    recorded = await stage.compare(act, CHUNKS)

    assert recorded.spans == []
    assert not recorded.asked


async def test_a_stream_consumed_in_another_thread(stage: Stage) -> None:
    """Made here, consumed there, as web frameworks do."""

    def act(client: genai.Client, log: Log) -> None:
        stream = opened(client)
        thread = threading.Thread(target=lambda: log.extend(stream))
        thread.start()
        thread.join()

    recorded = await stage.compare(act, CHUNKS)

    assert recorded.bill == PLAIN_BILL
    assert recorded.attributes["gemledger.stream.state"] == "complete"


async def test_a_stream_whose_every_chunk_is_fetched_in_a_thread_of_its_own(stage: Stage) -> None:
    """No context of ours may be bound to the thread that began."""

    def act(client: genai.Client, log: Log) -> None:
        stream = opened(client)
        for _ in range(4):
            thread = threading.Thread(target=lambda: log.append(next(stream, None)))
            thread.start()
            thread.join()

    recorded = await stage.compare(act, CHUNKS)

    assert recorded.log[-1] is None
    assert recorded.bill == PLAIN_BILL


async def test_a_stream_served_by_starlette(stage: Stage) -> None:
    """`StreamingResponse` walks a sync generator by way of its thread pool, in a copied context for each chunk."""

    async def act(client: genai.Client, log: Log) -> None:
        async for chunk in iterate_in_threadpool(opened(client)):
            log.append(chunk)

    recorded = await stage.compare(act, CHUNKS)

    assert recorded.bill == PLAIN_BILL
    assert recorded.attributes["gemledger.stream.chunks"] == 3


async def test_a_stream_that_starlette_leaves_is_abandoned(stage: Stage) -> None:
    """The browser went away after the first chunk."""

    async def act(client: genai.Client, log: Log) -> None:
        stream: Any = opened(client)
        async for chunk in iterate_in_threadpool(stream):
            log.append(chunk)
            break
        stream.close()

    assert_abandoned(await stage.compare(act, CHUNKS))


async def test_a_stream_that_is_only_thoughts(stage: Stage) -> None:
    """No chunk has candidate tokens; thoughts are restated, not added."""
    chunks = [
        said(thought(word), finish=None, usage=usage(1_000, None, thoughts=count))
        for word, count in (("Hm. ", 20), ("Well. ", 60))
    ]
    last = said(finish="MAX_TOKENS", usage=usage(1_000, None, thoughts=100))

    def act(client: genai.Client, log: Log) -> None:
        log.extend(opened(client))

    recorded = await stage.compare(act, {"chunks": [*chunks, last]})

    assert recorded.bill == Bill(
        input=1_000, output=100, thoughts=100, pico_usd=cost(input=1_000, output=100)
    )


@pytest.mark.parametrize("where", [0, 1])
async def test_usage_that_is_not_in_the_last_chunk_counts(stage: Stage, where: int) -> None:
    """Chunks may lack it: the last that has one is the bill."""
    chunks = [said("Forty-", finish=None), said("two, ", finish=None), said("perhaps.")]
    chunks[where]["usageMetadata"] = PLAIN

    def act(client: genai.Client, log: Log) -> None:
        log.extend(opened(client))

    recorded = await stage.compare(act, {"chunks": chunks})

    assert recorded.bill == PLAIN_BILL


async def test_a_stream_without_any_usage_is_unpriced(stage: Stage) -> None:
    """Unknown is not free."""

    def act(client: genai.Client, log: Log) -> None:
        log.extend(opened(client))

    recorded = await stage.compare(act, {"chunks": [said("Forty-", finish=None), said("two.")]})

    assert recorded.bill == Bill(pico_usd=None, status="unpriced", reasons=("no_usage",))


async def test_a_chunk_without_candidates_is_passed_on(stage: Stage) -> None:
    """Some streams end with a chunk of usage alone."""
    chunks = [said("Forty-two."), {"usageMetadata": PLAIN, "responseId": "r-1"}]

    def act(client: genai.Client, log: Log) -> None:
        log.extend(opened(client))

    recorded = await stage.compare(act, {"chunks": chunks})

    assert len(recorded.log) == 2
    assert recorded.bill == PLAIN_BILL


async def test_a_prompt_blocked_within_a_stream(stage: Stage) -> None:
    """Text came, then the block: what was billed is what was told last."""
    blocked = {
        "promptFeedback": {"blockReason": "SAFETY"},
        "usageMetadata": usage(1_000, 3),
        "responseId": "r-1",
    }
    chunks = [CHUNKS["chunks"][0], blocked]

    def act(client: genai.Client, log: Log) -> None:
        log.extend(opened(client))

    recorded = await stage.compare(act, {"chunks": chunks})

    assert recorded.bill == Bill(input=1_000, output=3, pico_usd=cost(input=1_000, output=3))
    assert recorded.attributes["gemledger.prompt.block_reason"] == "safety"


async def test_nothing_of_ours_is_on_the_context_between_chunks(stage: Stage) -> None:
    """Spans that the app starts while it handles a chunk are not children of the call."""

    def act(client: genai.Client, log: Log) -> None:
        for _ in opened(client):
            log.append(trace.get_current_span().get_span_context().is_valid)

    recorded = await stage.compare(act, CHUNKS)

    assert recorded.log == [False, False, False]
