"""What of captured messages is question, answer, context and instruction."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gemledger.content import Answer, input_messages, system_instructions
from gemledger_collector.judge.transcript import LONG_QUESTION, Exchange, NothingToJudge, exchange

from .conftest import message

KEYS = st.sampled_from(["role", "parts", "type", "content", "name", "response", "messages"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
)


def turns(*messages: tuple[str, Any]) -> str:
    """Messages of roles and parts; a text is one part."""
    return json.dumps(
        [
            {
                "role": role,
                "parts": [{"type": "text", "content": said}] if isinstance(said, str) else said,
            }
            for role, said in messages
        ]
    )


def test_what_a_tool_gave_is_context() -> None:
    """Calls and results in their order; the question stays the user's own words."""
    given_ = turns(
        ("user", "Where is order 7?"),
        ("assistant", [{"type": "tool_call", "name": "find_order", "arguments": {"id": 7}}]),
        ("tool", [{"type": "tool_call_response", "name": "find_order", "response": {"at": "Ulm"}}]),
    )
    found = exchange(given_, message("model", "It is in Ulm."))
    assert found.question == "Where is order 7?"
    assert found.context == (
        '[the assistant called find_order] {"id": 7}\n[find_order gave] {"at": "Ulm"}'
    )
    assert found.has_context


def test_a_tool_of_googles_told_the_model_while_it_answered() -> None:
    """What code gave stands among the parts of the answer, and is none of its words."""
    result = {"type": "code_execution", "outcome": "OUTCOME_OK", "output": "42"}
    answer = turns(
        ("assistant", [{"type": "server_tool_call_response", "server_tool_call_response": result},
                       {"type": "text", "content": "It is 42."}])
    )  # fmt: skip
    found = exchange(message("user", "6 x 7?"), answer)
    assert found.answer == "It is 42."
    assert '"output": "42"' in found.context


def test_instructions_come_from_wherever_they_were_given() -> None:
    """Apart, as ours are captured, or as a message, as others capture them."""
    told = json.dumps([{"type": "text", "content": "Be brief."}])
    given_ = turns(("system", "Be kind."), ("user", "Hello?"))
    found = exchange(given_, message("model", "Hello."), told)
    assert found == Exchange("Hello?", "Hello.", instructions="Be brief.\nBe kind.")
    assert exchange(None, message("model", "Hi."), "Be brief.").instructions == "Be brief."


def test_what_was_not_captured_is_said() -> None:
    """Whoever judges by the rest must know that there was more."""
    given_ = turns(
        ("system", [{"type": "omitted", "messages": 4}]), ("user", "And then?"), ("user", "Well?")
    )
    found = exchange(given_, message("model", "Then it rained."))
    assert found.context == "[… 4 earlier messages]\n[user] And then?"
    alone = turns(("system", [{"type": "omitted", "messages": 4}]), ("user", "Well?"))
    assert not exchange(alone, message("model", "Then it rained.")).has_context


def test_a_long_question_brings_its_context_along() -> None:
    """Many applications paste their documents into what the user asks."""
    answer = message("model", "Yes.")
    assert not exchange(message("user", "Is it?"), answer).has_context
    assert exchange(message("user", "so " * LONG_QUESTION), answer).has_context


def test_what_our_library_captures_is_what_the_judge_reads() -> None:
    """The writer's own form, from a request of the SDK to the exchange."""
    contents = [
        {"role": "user", "parts": [{"text": "Weather in Ulm?"}]},
        {"role": "model", "parts": [{"function_call": {"name": "weather", "args": {"in": "Ulm"}}}]},
        {"role": "user", "parts": [{"function_response": {"name": "weather", "response": {"sky": "clear"}}}]},
    ]  # fmt: skip
    answer = Answer(10_000)
    answer.add(0, {"content": {"role": "model", "parts": [{"text": "Clear."}]}})
    found = exchange(
        input_messages(contents, 10_000),
        answer.messages({0: "stop"}),
        system_instructions("Be brief.", 10_000),
    )
    assert found.question == "Weather in Ulm?"
    assert found.answer == "Clear."
    assert found.instructions == "Be brief."
    assert '[weather gave] {"sky": "clear"}' in found.context


@given(JSON, JSON, JSON)
def test_any_json_at_all_is_an_exchange_or_nothing_to_judge(
    given_: Any, answered: Any, told: Any
) -> None:
    """Other instrumentations write what they like."""
    try:
        found = exchange(json.dumps(given_), json.dumps(answered), json.dumps(told))
    except NothingToJudge:
        return
    assert found.answer
    assert found.characters >= len(found.answer)
