"""``gemledger.session()``: what a piece of a program cost, known in the program itself."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from google import genai
from google.genai import errors
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

import gemledger
from gemledger.instrumentor import GeminiInstrumentor

MODEL = "gemini-2.5-flash"
Asking = Callable[..., Any]

USAGE = {"promptTokenCount": 1000, "candidatesTokenCount": 100, "totalTokenCount": 1100}
USD = Decimal("0.00055")
"""1,000 at 0.30 and 100 at 2.50 USD per million tokens, since June 2025."""


@pytest.fixture
def recorded(recorded: Any) -> Any:
    """The SDK is instrumented, and it is a day in November: prices depend on it."""
    gemledger.uninstrument()
    noon = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()) * 10**9
    GeminiInstrumentor().instrument(tracer_provider=recorded.provider, clock=lambda: noon)
    return recorded


def ask(client: genai.Client, asking: Asking, **usage: Any) -> Any:
    """One call of a known price."""
    config = asking(usage=USAGE | usage)
    return client.models.generate_content(model=MODEL, contents="Hello", config=config)


def test_a_session_knows_what_the_calls_inside_it_cost(
    client: genai.Client, recorded: Any, asking: Asking
) -> None:
    """Two calls inside count, one before and one after do not."""
    ask(client, asking)
    with gemledger.session() as session:
        ask(client, asking)
        assert session.cost_usd == USD
        ask(client, asking)
    ask(client, asking)

    assert (session.calls, session.exchanges, session.unpriced_calls) == (2, 2, 0)
    assert (session.cost_pico_usd, session.cost_usd) == (2 * 550_000_000, 2 * USD)
    assert (session.input_tokens, session.output_tokens) == (2000, 200)
    assert (session.status, session.reasons, session.upper_usd) == ("exact", (), 2 * USD)


def test_an_empty_session_cost_nothing_for_sure() -> None:
    """No call is no doubt."""
    with gemledger.session() as session:
        pass
    assert (session.calls, session.cost_usd, session.status) == (0, Decimal(0), "exact")


def test_sessions_nest_and_each_counts_what_was_called_in_it(
    client: genai.Client, recorded: Any, asking: Asking
) -> None:
    """The outer session has the inner one's calls too; entering a session in itself counts nothing twice."""
    with gemledger.session() as outer:
        ask(client, asking)
        with gemledger.attribution(team="growth"), gemledger.session() as inner, inner:
            ask(client, asking)
        ask(client, asking)

    assert (outer.calls, inner.calls) == (3, 1)
    assert recorded.spans[1].attributes["gemledger.attribution.team"] == "growth"
    assert "gemledger.attribution.team" not in recorded.spans[2].attributes


def test_a_session_needs_no_exporter_and_no_sampled_span(
    client: genai.Client, asking: Asking
) -> None:
    """Everything is sampled away, and the price is known all the same."""
    provider = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)
    gemledger.instrument(tracer_provider=provider)
    try:
        with gemledger.session() as session:
            ask(client, asking)
    finally:
        gemledger.uninstrument()
        provider.shutdown()
    assert (session.calls, session.cost_usd) == (1, USD)


def test_a_session_says_how_many_calls_it_could_not_price(
    client: genai.Client, recorded: Any, asking: Asking
) -> None:
    """An unknown model adds tokens and a count, never a zero; the sum is then a lower bound, without an upper one."""
    with gemledger.session() as session:
        config = asking(usage=USAGE)
        client.models.generate_content(model="gemini-9-oxygen", contents="Hi", config=config)
        assert (session.status, session.cost_usd) == ("unpriced", Decimal(0))
        ask(client, asking)

    assert (session.calls, session.unpriced_calls, session.cost_usd) == (2, 1, USD)
    assert (session.status, session.upper_usd) == ("lower_bound", None)
    assert session.reasons == ("unknown_model",)
    assert session.input_tokens == 2000


def test_a_session_is_as_sure_as_its_least_sure_call(
    client: genai.Client, recorded: Any, asking: Asking
) -> None:
    """Contradictory usage in one of two calls makes the sum an estimate."""
    with gemledger.session() as session:
        ask(client, asking)
        ask(client, asking, totalTokenCount=9_999)

    assert (session.status, session.reasons) == ("estimated", ("total_mismatch",))
    assert session.cost_usd == 2 * USD


def test_a_refused_call_counts_and_costs_nothing(
    client: genai.Client, recorded: Any, asking: Asking
) -> None:
    """Google does not bill a 429; the caller's error is the SDK's own."""
    with gemledger.session() as session, pytest.raises(errors.ClientError):
        client.models.generate_content(
            model=MODEL, contents="Hi", config=asking(fault="status-429")
        )
    assert (session.calls, session.cost_usd, session.status) == (1, Decimal(0), "exact")


def test_calls_of_other_threads_count_where_the_context_is_handed_over(
    client: genai.Client, recorded: Any, asking: Asking
) -> None:
    """Eight threads in copies of the session's context; a ninth without it does not belong."""
    with gemledger.session() as session:
        contexts = [contextvars.copy_context() for _ in range(8)]
        threads = [
            threading.Thread(target=context.run, args=(ask, client, asking)) for context in contexts
        ]
        threads.append(threading.Thread(target=ask, args=(client, asking)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (session.calls, session.cost_usd) == (8, 8 * USD)


async def test_tasks_of_concurrent_requests_do_not_mix(
    client: genai.Client, recorded: Any, asking: Asking
) -> None:
    """Two requests of a web server at once, each with its own session; also as an async context manager."""

    async def request(calls: int) -> Any:
        async with gemledger.session() as session:
            await asyncio.gather(
                *(
                    client.aio.models.generate_content(
                        model=MODEL, contents="Hi", config=asking(usage=USAGE)
                    )
                    for _ in range(calls)
                )
            )
        return session

    few, many = await asyncio.gather(request(2), request(5))
    assert (few.calls, many.calls) == (2, 5)
    await client.aio.aclose()


def test_a_stream_counts_in_the_session_it_was_asked_for_in(
    client: genai.Client, recorded: Any, asking: Asking
) -> None:
    """Made inside, consumed after the session was left: its cost comes in when it is known."""
    with gemledger.session() as session:
        stream = client.models.generate_content_stream(
            model=MODEL, contents="Hi", config=asking(usage=USAGE)
        )
    assert session.calls == 0
    for _ in stream:
        pass
    assert (session.calls, session.cost_usd) == (1, USD)


def test_an_exit_in_another_context_neither_raises_nor_leaks(
    client: genai.Client, recorded: Any, asking: Asking
) -> None:
    """Async frameworks may leave a session elsewhere than they entered it."""
    session = gemledger.session()
    contextvars.copy_context().run(session.__enter__)
    session.__exit__(None, None, None)
    ask(client, asking)
    assert session.calls == 0
