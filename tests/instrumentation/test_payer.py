"""Attribution: who pays is on every call made inside, however the code inside is shaped."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from google import genai
from google.genai import types
from opentelemetry import context, trace

import gemledger
from gemledger.payer import current_attributes

TEAM, FEATURE = "gemledger.attribution.team", "gemledger.attribution.feature"


def test_a_call_carries_who_pays_for_it(client: genai.Client, recorded: Any) -> None:
    """Every dimension by name, the rest as labels, the conversation under its standard name."""
    with gemledger.attribution(
        team="growth",
        feature="search",
        user_id="u1",
        environment="prod",
        prompt_version="v7",
        conversation_id="c9",
        region=5,
    ):
        client.models.generate_content(model="gemini-2.5-flash", contents="Hello")

    prefixes = ("gemledger.attribution.", "gemledger.label.", "gen_ai.conversation")
    assert {k: v for k, v in recorded.attributes.items() if k.startswith(prefixes)} == {
        TEAM: "growth",
        FEATURE: "search",
        "gemledger.attribution.user_id": "u1",
        "gemledger.attribution.environment": "prod",
        "gemledger.attribution.prompt_version": "v7",
        "gen_ai.conversation.id": "c9",
        "gemledger.label.region": "5",
    }


def test_inner_attribution_wins_key_by_key_and_ends_with_its_block() -> None:
    """What the inner one does not say, the outer one still says."""
    with gemledger.attribution(team="growth", feature="search"):
        with gemledger.attribution(feature="suggest", user_id=None):
            assert current_attributes() == {TEAM: "growth", FEATURE: "suggest"}
        assert current_attributes() == {TEAM: "growth", FEATURE: "search"}
    assert current_attributes() == {}


def test_code_wins_over_labels_of_the_request(client: genai.Client, recorded: Any) -> None:
    """A label named team attributes the call, unless the code around it says otherwise."""
    config = types.GenerateContentConfig(labels={"team": "label", "feature": "label"})
    with gemledger.attribution(team="code"):
        client.models.generate_content(model="gemini-2.5-flash", contents="Hello", config=config)

    assert (recorded.attributes[TEAM], recorded.attributes[FEATURE]) == ("code", "label")
    assert recorded.attributes["gemledger.label.team"] == "label"


def test_a_stream_is_paid_by_whoever_made_it(client: genai.Client, recorded: Any) -> None:
    """Web frameworks consume a stream after the handler, and its with-block, are over."""
    with gemledger.attribution(team="growth"):
        stream = client.models.generate_content_stream(model="gemini-2.5-flash", contents="Hello")
    with gemledger.attribution(team="framework"):
        list(stream)

    assert recorded.attributes[TEAM] == "growth"


def test_as_a_decorator_it_covers_functions() -> None:
    """Arguments, result, name and docstring stay."""

    @gemledger.attribution(team="growth")
    def answer(question: str) -> tuple[str, Any]:
        """Answers."""
        return question, current_attributes()

    assert answer("why") == ("why", {TEAM: "growth"})
    assert (answer.__name__, answer.__doc__) == ("answer", "Answers.")
    assert current_attributes() == {}


async def test_as_a_decorator_it_covers_coroutines_that_run_at_once() -> None:
    """Two tasks with different payers do not see each other."""
    seen: dict[str, Any] = {}

    async def work(name: str) -> None:
        @gemledger.attribution(team=name)
        async def inner() -> None:
            await asyncio.sleep(0.01)
            seen[name] = dict(current_attributes())

        await inner()

    await asyncio.gather(work("a"), work("b"))

    assert seen == {"a": {TEAM: "a"}, "b": {TEAM: "b"}}
    assert current_attributes() == {}


def test_as_a_decorator_it_covers_a_generator_only_while_it_runs() -> None:
    """Between its values the consumer pays for itself; send, throw and close reach the user's generator."""
    log: list[Any] = []

    @gemledger.attribution(team="growth")
    def values() -> Iterator[Any]:
        try:
            log.append((yield dict(current_attributes())))
            yield 2
        except KeyError as error:
            log.append(error)
            yield 3
        finally:
            log.append(dict(current_attributes()))

    generator: Any = values()
    assert next(generator) == {TEAM: "growth"}
    assert current_attributes() == {}
    assert generator.send("sent") == 2
    mine = KeyError("mine")
    assert generator.throw(mine) == 3
    generator.close()

    assert log == ["sent", mine, {TEAM: "growth"}]
    assert current_attributes() == {}


async def test_as_a_decorator_it_covers_an_async_generator_only_while_it_runs() -> None:
    """The same, async."""
    log: list[Any] = []

    @gemledger.attribution(team="growth")
    async def values() -> AsyncIterator[Any]:
        try:
            log.append((yield dict(current_attributes())))
            yield 2
        except KeyError as error:
            log.append(error)
            yield 3
        finally:
            log.append(dict(current_attributes()))

    generator: Any = values()
    assert await anext(generator) == {TEAM: "growth"}
    assert current_attributes() == {}
    assert await generator.asend("sent") == 2
    mine = KeyError("mine")
    assert await generator.athrow(mine) == 3
    await generator.aclose()

    assert log == ["sent", mine, {TEAM: "growth"}]
    assert current_attributes() == {}


def test_one_attribution_serves_many_threads_and_recursion() -> None:
    """It may be a module constant: entering keeps no state in the object."""
    growth = gemledger.attribution(team="growth")
    seen: list[Any] = []

    def work() -> None:
        with growth, growth:
            seen.append(dict(current_attributes()))
        seen.append(dict(current_attributes()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen.count({TEAM: "growth"}) == seen.count({}) == 4


def test_attribution_travels_with_the_opentelemetry_context() -> None:
    """Handing the context to a worker hands over who pays, as it does the current span."""
    seen: list[Any] = []
    with gemledger.attribution(team="growth"):
        here = context.get_current()

    def work() -> None:
        context.attach(here)
        seen.append(dict(current_attributes()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert seen == [{TEAM: "growth"}]


async def test_leaving_in_another_context_than_it_was_entered_in_is_harmless(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Async frameworks finalise generators elsewhere: nothing raises, nothing is logged, nothing leaks."""

    async def values() -> AsyncIterator[int]:
        with gemledger.attribution(team="growth"):
            yield 1

    first: Any = values()
    await asyncio.create_task(anext(first))
    await asyncio.create_task(first.aclose())
    second: Any = values()
    await asyncio.create_task(anext(second))
    with gemledger.attribution(team="somebody else"):
        await second.aclose()
        assert current_attributes() == {TEAM: "somebody else"}

    assert current_attributes() == {}
    assert caplog.records == []


def test_a_purpose_marks_calls_as_our_own(client: genai.Client, recorded: Any) -> None:
    """The judge's calls are billed and never judged."""
    with gemledger.purpose("judge"), gemledger.attribution(team="quality"):
        client.models.generate_content(model="gemini-2.5-flash", contents="Hello")

    assert recorded.attributes["gemledger.purpose"] == "judge"
    assert recorded.attributes[TEAM] == "quality"


def test_a_reservation_marks_calls_as_paid_from_it(client: genai.Client, recorded: Any) -> None:
    """What a collector set aside is known by its id; None, where nobody was asked, marks nothing."""
    with gemledger.reservation("rsv_1"), gemledger.attribution(team="growth"):
        client.models.generate_content(model="gemini-2.5-flash", contents="Hello")
    assert recorded.attributes["gemledger.reservation.id"] == "rsv_1"
    assert recorded.attributes[TEAM] == "growth"
    with gemledger.reservation(None):
        assert current_attributes() == {}


def test_spans_of_the_app_around_an_attribution_stay_current(recorded: Any) -> None:
    """Entering and leaving changes nothing else on the context."""
    with recorded.provider.get_tracer("app").start_as_current_span("request") as span:
        with gemledger.attribution(team="growth"):
            assert trace.get_current_span() is span
        assert trace.get_current_span() is span
