"""Searches, Maps and what tools bring in: counted as Google bills them, and doubted where the response is silent."""

from itertools import count
from typing import Any

import pytest
from google.genai import types

from .conftest import NOON, VERTEX, Recorder, answer, asked

WEB = types.GroundingChunk(web=types.GroundingChunkWeb(uri="https://example.org"))
MAPS = types.GroundingChunk(maps=types.GroundingChunkMaps(uri="https://maps.example.org"))
FILE = types.GroundingChunk(retrieved_context=types.GroundingChunkRetrievedContext(title="a.pdf"))
SEARCH: dict[str, Any] = {"google_search": {}}
URLS: dict[str, Any] = {"url_context": {}}
TOKENS = {
    "prompt_token_count": 151,
    "tool_use_prompt_token_count": 18_329,
    "candidates_token_count": 1_089,
}
PROMPT_AND_ANSWER = 151 * 750_000 + 1_089 * 3_750_000
QUERY = 14_000_000_000


def searched(*chunks: types.GroundingChunk, queries: tuple[str, ...] = ()) -> Any:
    """A candidate that rests on what was found."""
    grounding = types.GroundingMetadata(
        web_search_queries=list(queries), grounding_chunks=list(chunks)
    )
    return types.Candidate(grounding_metadata=grounding, finish_reason=types.FinishReason.STOP)


@pytest.fixture
def told(recorder: Recorder, recorded: Any) -> Any:
    """The attributes of a call with these tools, answered by these candidates."""

    def run(
        *candidates: Any,
        model: str = "gemini-3.8-flash",
        tools: Any = (SEARCH,),
        usage: Any = TOKENS,
        **at: Any,
    ) -> dict[str, Any]:
        config = {"tools": list(tools)}
        call = recorder(count(NOON)).start(asked(model, config=config, **at))
        call.exchange(answer(usage=usage, candidates=list(candidates)))
        call.end()
        return dict(recorded.attributes)

    return run


def test_a_search_is_billed_by_the_unique_query_and_its_context_is_not(told: Any) -> None:
    """Empty and repeated queries cost nothing; neither does what the search brought into the prompt."""
    found = told(searched(WEB, queries=("a", "b", "a", "")))

    assert found["gemledger.usage.grounding_queries"] == 2
    assert found["gemledger.usage.grounded_prompts"] == 1
    assert found["gemledger.usage.tool_use.input_tokens"] == 18_329
    assert found["gen_ai.usage.input_tokens"] == 151 + 18_329
    assert found["gemledger.cost.grounding.pico_usd"] == 2 * QUERY
    assert found["gemledger.cost.pico_usd"] == PROMPT_AND_ANSWER + 2 * QUERY
    assert found["gemledger.cost.status"] == "exact"


def test_queries_are_counted_over_all_candidates_and_chunks_of_a_stream(
    recorder: Recorder, recorded: Any
) -> None:
    """The same query in two chunks is one query."""
    call = recorder(count(NOON)).start(
        asked("gemini-3.8-flash", stream=True, config={"tools": [SEARCH]})
    )
    with call.open_exchange() as exchange:
        exchange.observe(answer(usage=TOKENS, candidates=[searched(WEB, queries=("a", "b"))]))
        exchange.observe(answer(usage=TOKENS, candidates=[searched(WEB, queries=("b", "c"))]))
    call.end()

    assert recorded.attributes["gemledger.usage.grounding_queries"] == 3


def test_an_older_model_is_billed_by_the_grounded_prompt(told: Any) -> None:
    """Two queries for one prompt cost one fee."""
    found = told(searched(queries=("a", "b")), model="gemini-2.5-flash")

    assert found["gemledger.usage.grounded_prompts"] == 1
    assert found["gemledger.cost.grounding.pico_usd"] == 35_000_000_000


def test_on_vertex_a_prompt_is_grounded_only_where_sources_came_back(told: Any) -> None:
    """Vertex AI's price page says so; the queries are written down all the same."""
    found = told(searched(queries=("a", "b")), model="gemini-2.5-flash", endpoint=VERTEX)

    assert found["gemledger.usage.grounding_queries"] == 2
    assert "gemledger.usage.grounded_prompts" not in found
    assert "gemledger.cost.tool_use.pico_usd" not in found


def test_web_grounding_for_enterprise_has_a_fee_of_its_own(told: Any) -> None:
    """The response looks like any search's; the request tells them apart."""
    found = told(
        searched(WEB, queries=("a",)),
        model="gemini-2.5-flash",
        tools=({"enterpriseWebSearch": {}},),
        endpoint=VERTEX,
    )

    assert found["gemledger.usage.enterprise_prompts"] == 1
    assert "gemledger.usage.grounding_queries" not in found
    assert found["gemledger.cost.grounding.pico_usd"] == 45_000_000_000


def test_the_use_of_maps_is_counted_and_how_many_queries_is_a_guess(told: Any) -> None:
    """The response shows that Maps was used, and no more."""
    found = told(searched(MAPS), tools=({"google_maps": {}},))

    assert found["gemledger.usage.maps_queries"] == 1
    assert "gemledger.usage.grounded_prompts" not in found
    assert found["gemledger.cost.maps.pico_usd"] == QUERY
    assert found["gemledger.cost.reasons"] == ("maps_queries_assumed",)


def test_a_search_the_response_is_silent_about_leaves_a_lower_bound(told: Any) -> None:
    """Some models search, are billed for it, and return no grounding metadata."""
    found = told(types.Candidate(finish_reason=types.FinishReason.STOP))

    assert found["gemledger.cost.status"] == "lower_bound"
    assert found["gemledger.cost.reasons"] == ("grounding_unreported",)
    assert found["gemledger.cost.pico_usd"] == PROMPT_AND_ANSWER


def test_a_search_tool_that_was_not_used_leaves_no_doubt(told: Any) -> None:
    """No tool tokens came back and nothing was searched: there is nothing to bill."""
    plain = {"prompt_token_count": 151, "candidates_token_count": 1_089}
    found = told(types.Candidate(finish_reason=types.FinishReason.STOP), usage=plain)

    assert found["gemledger.cost.status"] == "exact"
    assert found["gemledger.cost.pico_usd"] == PROMPT_AND_ANSWER


def test_context_read_from_urls_is_billed(told: Any) -> None:
    """Without search, tool tokens cost what the prompt does."""
    found = told(types.Candidate(finish_reason=types.FinishReason.STOP), tools=(URLS,))

    assert found["gemledger.cost.status"] == "exact"
    assert found["gemledger.cost.tool_use.pico_usd"] == 18_329 * 750_000


def test_sources_from_files_are_no_search(told: Any) -> None:
    """File Search returns its sources in the same place; its tokens are billed, and there is no fee."""
    found = told(searched(FILE), tools=({"file_search": {"file_search_store_names": ["s"]}},))

    assert found["gemledger.cost.tool_use.pico_usd"] == 18_329 * 750_000
    assert "gemledger.usage.grounded_prompts" not in found
    assert found["gemledger.cost.status"] == "exact"


def test_search_and_urls_together_are_undecidable_and_both_ends_are_given(told: Any) -> None:
    """Which tool brought the tokens, nobody can tell: without them at least, with them at most."""
    found = told(searched(WEB, queries=("a",)), tools=(SEARCH, URLS))

    least = PROMPT_AND_ANSWER + QUERY
    assert found["gemledger.cost.reasons"] == ("tool_tokens_mixed",)
    assert found["gemledger.cost.status"] == "lower_bound"
    assert found["gemledger.cost.pico_usd"] == least
    assert found["gemledger.cost.upper_pico_usd"] == least + 18_329 * 750_000


def test_functions_of_the_app_beside_a_search_bring_no_tokens_of_their_own(told: Any) -> None:
    """Callables and function declarations are no retrieving tools."""

    def get_weather(city: str) -> str:
        return city

    declared = types.Tool(function_declarations=[types.FunctionDeclaration(name="f")])
    found = told(searched(WEB, queries=("a",)), tools=(get_weather, declared, SEARCH))

    assert found["gemledger.cost.status"] == "exact"


def test_the_fees_of_several_exchanges_add_up(recorder: Recorder, recorded: Any) -> None:
    """Two searches of one query each are two queries on the call, one on each event."""
    call = recorder(count(NOON)).start(asked("gemini-3.8-flash", config={"tools": [SEARCH]}))
    for query in ("a", "a"):
        call.exchange(answer(usage=TOKENS, candidates=[searched(WEB, queries=(query,))]))
    call.end()

    assert recorded.attributes["gemledger.usage.grounding_queries"] == 2
    assert recorded.attributes["gemledger.cost.grounding.pico_usd"] == 2 * QUERY
    assert [e.attributes["gemledger.usage.grounding_queries"] for e in recorded.span.events] == [
        1,
        1,
    ]
