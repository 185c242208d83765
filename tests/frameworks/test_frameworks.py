"""Frameworks above google-genai: each call they make is one exact span. Run by ``make frameworks``."""

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .conftest import Ledger, Till

MODEL = "gemini-2.5-flash"
QUESTION = "What is the capital of France?"


def weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


def assert_exact(ledger: "Ledger", till: "Till", *, calls: int) -> None:
    """As many spans as calls, each with the tokens that were billed, each priced exactly."""
    assert len(till.billed) == calls
    assert ledger.tokens == till.billed
    assert ledger.statuses == {"exact"}


class TestLangChain:
    """langchain-google-genai."""

    @pytest.fixture
    def chat(self, till: "Till") -> Any:
        """A chat model that talks to the simulator."""
        module = pytest.importorskip("langchain_google_genai")
        return module.ChatGoogleGenerativeAI(model=MODEL, max_retries=1)

    def test_invoke_is_one_exact_span(self, chat: Any, till: "Till", ledger: "Ledger") -> None:
        """A plain question."""
        assert chat.invoke(QUESTION).content
        assert_exact(ledger, till, calls=1)

    def test_a_stream_is_one_exact_span(self, chat: Any, till: "Till", ledger: "Ledger") -> None:
        """An answer in chunks."""
        assert "".join(str(chunk.content) for chunk in chat.stream(QUESTION))
        assert_exact(ledger, till, calls=1)

    def test_async_calls_are_one_exact_span_each(
        self, chat: Any, till: "Till", ledger: "Ledger"
    ) -> None:
        """Three questions at once."""

        async def ask() -> None:
            await asyncio.gather(*(chat.ainvoke(QUESTION) for _ in range(3)))

        asyncio.run(ask())
        assert sorted(ledger.tokens) == sorted(till.billed)
        assert len(ledger.spans) == 3

    def test_a_turn_with_tools_is_one_exact_span(
        self, chat: Any, till: "Till", ledger: "Ledger"
    ) -> None:
        """The model may call a function; the loop around it is the framework's."""
        chat.bind_tools([weather]).invoke("What is the weather in Paris?")
        assert_exact(ledger, till, calls=1)


class TestPydanticAI:
    """pydantic-ai."""

    @pytest.fixture
    def agent(self, till: "Till") -> Any:
        """An agent with one tool."""
        agents = pytest.importorskip("pydantic_ai")
        models = pytest.importorskip("pydantic_ai.models.google")
        return agents.Agent(models.GoogleModel(MODEL), tools=[weather])

    def test_each_request_of_a_run_is_one_exact_span(
        self, agent: Any, till: "Till", ledger: "Ledger"
    ) -> None:
        """A run may be several requests, each billed, each recorded."""
        result = agent.run_sync("What is the weather in Paris?")
        assert result.output
        assert_exact(ledger, till, calls=len(till.billed))
        assert len(ledger.spans) == result.usage.requests

    def test_a_streamed_run_is_exact(self, agent: Any, till: "Till", ledger: "Ledger") -> None:
        """Text as it comes."""

        async def ask() -> str:
            async with agent.run_stream(QUESTION) as result:
                return "".join([text async for text in result.stream_text(delta=True)])

        assert asyncio.run(ask())
        assert_exact(ledger, till, calls=len(till.billed))


class TestADK:
    """google-adk."""

    def test_each_turn_of_an_agent_is_one_exact_span(self, till: "Till", ledger: "Ledger") -> None:
        """An agent answers through google-adk's own runner."""
        agents = pytest.importorskip("google.adk.agents")
        runners = pytest.importorskip("google.adk.runners")
        types = pytest.importorskip("google.genai.types")
        agent = agents.LlmAgent(name="guide", model=MODEL, instruction="Be brief.", tools=[weather])

        async def ask() -> list[Any]:
            runner = runners.InMemoryRunner(agent=agent, app_name="tour")
            session = await runner.session_service.create_session(app_name="tour", user_id="u")
            message = types.Content(role="user", parts=[types.Part(text="Weather in Paris?")])
            events: AsyncIterator[Any] = runner.run_async(
                user_id="u", session_id=session.id, new_message=message
            )
            return [event async for event in events]

        assert asyncio.run(ask())
        assert_exact(ledger, till, calls=len(till.billed))
        assert till.billed


class TestLlamaIndex:
    """llama-index-llms-google-genai."""

    @pytest.fixture
    def llm(self, till: "Till") -> Any:
        """A language model that talks to the simulator."""
        module = pytest.importorskip("llama_index.llms.google_genai")
        return module.GoogleGenAI(model=MODEL, max_retries=1)

    def test_complete_is_one_exact_span(self, llm: Any, till: "Till", ledger: "Ledger") -> None:
        """A plain question."""
        assert str(llm.complete(QUESTION))
        assert_exact(ledger, till, calls=1)

    def test_a_stream_is_one_exact_span(self, llm: Any, till: "Till", ledger: "Ledger") -> None:
        """An answer in chunks."""
        assert list(llm.stream_complete(QUESTION))
        assert_exact(ledger, till, calls=1)
