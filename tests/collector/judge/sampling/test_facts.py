"""What decides whether an answer is judged comes with its content, however that arrives, and is never made up."""

import json
from typing import Any

import pytest
from support.collector import PROTOBUF, RunningCollector
from support.otlp import call, call_attributes, payload
from support.otlp_logs import event, logs

from gemledger_collector.judge.sampling import positions

ANSWER = json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": "done"}]}])
FACTS = (
    "select replace(trace_id::varchar, '-', ''), conversation_id, answered, capture_rate, trace_position,"
    " conversation_position, finish_reasons, answer_tokens, cost_pico_usd is not null, avg_logprobs from contents"
)
DETAILS = "gen_ai.client.inference.operation.details"


def span(**changes: Any) -> Any:
    """A call as an app sends it that captures a quarter."""
    told = {
        "content_sample_rate": 0.25,
        "response_avg_logprobs": -0.75,
        "reasoning_output_tokens": 30,
        "conversation_id": "chat-1",
        **changes,
    }
    return call(1, attributes=call_attributes(**told))


def facts(collector: RunningCollector) -> list[Any]:
    """Of the only content: its ids checked, then the rest."""
    ((trace, conversation, *rest),) = collector.select(FACTS)
    assert rest[2] == positions.unit_position(trace)
    assert rest[3] == positions.unit_position(conversation)
    return [*rest[:2], *rest[4:]]


def test_an_answer_brings_what_boosts_ask_for(collector: RunningCollector) -> None:
    """Its share, its end, its length without thoughts, its price, how sure the model was; and where it lies."""
    assert collector.send(payload([span(output_messages=ANSWER)])).status_code == 200
    assert facts(collector) == [True, 0.25, "stop", 70, True, -0.75]
    assert collector.select("select avg_logprobs from spans") == [[-0.75]]


@pytest.mark.parametrize("first", ["span", "log"])
def test_content_that_comes_apart_brings_them_too(collector: RunningCollector, first: str) -> None:
    """Whichever comes first."""
    one = span(content_sample_rate=None)
    record = event(DETAILS, one, attributes={"gen_ai.output.messages": ANSWER})
    body = logs([record]).SerializeToString()
    if first == "span":
        collector.send(payload([one]))
    assert collector.http.post("/v1/logs", content=body, headers=PROTOBUF).status_code == 200
    if first == "log":
        collector.send(payload([one]))
    assert facts(collector) == [True, None, "stop", 70, True, -0.75]


def test_more_content_of_an_answer_leaves_its_share(collector: RunningCollector) -> None:
    """The question came with the span, the answer after it."""
    asked = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "do it"}]}])
    one = span(input_messages=asked)
    collector.send(payload([one]))
    assert facts(collector)[:2] == [False, 0.25]
    record = event(DETAILS, one, attributes={"gen_ai.output.messages": ANSWER})
    body = logs([record]).SerializeToString()
    assert collector.http.post("/v1/logs", content=body, headers=PROTOBUF).status_code == 200
    assert facts(collector)[:2] == [True, 0.25]


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5, float("nan"), "a half"])
def test_an_impossible_share_or_sureness_is_none(collector: RunningCollector, share: Any) -> None:
    """It would weigh answers by nonsense."""
    sure = float("inf") if isinstance(share, float) else "very"
    one = span(
        content_sample_rate=share,
        response_avg_logprobs=sure,
        output_messages=ANSWER,
    )
    assert collector.send(payload([one])).status_code == 200
    assert facts(collector) == [True, None, "stop", 70, True, None]
