"""Feedback that comes as spans: once in its own table, joined to its call, and no call itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from support.collector import RunningCollector, config_for
from support.feedback import answered, told
from support.otlp import NOON, SECOND, call, call_attributes, payload

from gemledger_collector.processors.chain import Chain, read
from gemledger_collector.processors.feedback import set_apart
from gemledger_collector.storage.store import Store

LATER = NOON + 60 * SECOND


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[RunningCollector]:
    """A collector whose clock stands a minute after the calls."""
    config = config_for(tmp_path / "ledger.duckdb")
    with RunningCollector(config, lambda: NOON + 120 * SECOND) as running:
        yield running


def send(collector: RunningCollector, *spans: Any) -> None:
    """All of them in one request."""
    assert collector.send(payload(spans)).status_code == 200


def feedback(collector: RunningCollector, **asked: Any) -> list[dict[str, Any]]:
    """What the API lists."""
    rows: list[dict[str, Any]] = collector.get("/api/v1/feedback", **asked)["feedback"]
    return rows


@pytest.mark.parametrize("feedback_first", [False, True])
def test_it_finds_its_call_whichever_came_first(
    collector: RunningCollector, feedback_first: bool
) -> None:
    """By the response's id; attribution is the call's."""
    made = answered(1, "r1", attribution_feature="chat", attribution_prompt_version="v2")
    liked = told(2, start=LATER, response_id="r1", thumbs="down", user_id="anna")
    for span in (liked, made) if feedback_first else (made, liked):
        send(collector, span)
    (row,) = feedback(collector)
    assert row["matched"]
    assert row["counts"]
    assert (row["thumbs"], row["user_id"], row["source"]) == ("down", "anna", "app")
    assert (row["feature"], row["prompt_version"]) == ("chat", "v2")
    assert row["model"] == "gemini-2.5-flash"
    assert row["trace_id"] == made.trace_id.hex()
    assert row["span_id"] == made.span_id.hex()
    assert row["given_at"] == "2026-11-01T12:01:00Z"


def test_the_same_span_again_adds_nothing(collector: RunningCollector) -> None:
    """A retry, in a request of its own or twice in one."""
    liked = told(2, start=LATER, response_id="r1", thumbs="up")
    send(collector, liked, liked)
    send(collector, liked, answered(1, "r1"))
    assert collector.select("select count(*) from feedback") == [[1]]
    assert collector.metric('gemledger_feedback_total{kind="up"}') == 1


def test_no_figure_takes_it_for_a_call(collector: RunningCollector) -> None:
    """Not even one that pretends to be: neither calls, charges, ledger, services nor metrics have it."""
    send(collector, answered(1, "r1"))
    before = figures(collector)
    pretending = told(2, start=LATER, response_id="r1", thumbs="up")
    for other in call(3, attributes=call_attributes(response_id="r1")).attributes:
        pretending.attributes.append(other)
    send(collector, pretending, told(4, start=LATER, response_id="r1", score=0.5))
    assert figures(collector) == before
    assert collector.select("select count(*) from feedback") == [[2]]


def figures(collector: RunningCollector) -> list[object]:
    """Everything that counts calls or money."""
    counted = [
        collector.select(f"select count(*), sum(cost_pico_usd)::varchar from {table}")
        for table in ("calls", "charges", "ledger")
    ]
    services = [
        {key: each[key] for key in ("service", "calls_per_day") if key in each}
        for each in collector.get("/api/v1/services")["services"]
    ]
    metrics = [
        line
        for line in collector.http.get("/metrics").text.splitlines()
        if line.startswith(("gemledger_calls_total", "gemledger_cost_usd", "gemledger_tokens"))
    ]
    return [counted, services, metrics]


def test_a_comment_is_redacted_again_and_stands_nowhere_else(collector: RunningCollector) -> None:
    """Not on the span, and for those without the scope content not in an answer."""
    mail = "anna@example.com"
    send(collector, told(2, start=LATER, response_id="r1", comment=f"ask {mail} " + "x" * 3000))
    ((comment,),) = collector.select("select comment from feedback")
    assert comment.startswith("ask [email] x")
    assert len(comment) == 2000
    ((attributes,),) = collector.select("select attributes::varchar from spans")
    assert "comment" not in attributes
    assert "response_id" in attributes
    (row,) = feedback(collector)
    assert (row["comment"], row["has_comment"]) == (None, True)
    (row,) = feedback(collector, comments=True)
    assert row["comment"] == comment


def test_by_its_span_or_trace_the_last_answer_before_it_is_meant(
    collector: RunningCollector,
) -> None:
    """The very span where it is a call, else what had answered in that trace by then; a later call is not meant."""
    first, second = call(1, trace=7), call(2, trace=7, start=NOON + 5 * SECOND)
    embedded = call(
        3,
        trace=7,
        start=NOON + 9 * SECOND,
        attributes=call_attributes(operation_name="embeddings", output_tokens=None),
    )
    after = call(4, trace=7, start=LATER + SECOND)
    trace_id = first.trace_id.hex()
    about_request = told(5, start=LATER, trace_id=trace_id, span_id="00000000000000aa", thumbs="up")
    about_first = told(
        6, start=LATER, trace_id=trace_id, span_id=first.span_id.hex(), thumbs="down"
    )
    child = told(7, start=LATER, thumbs="up", name="child")
    child.trace_id, child.parent_span_id = first.trace_id, second.span_id
    send(collector, about_request, about_first, child, after, first, second, embedded)
    found = {(row["thumbs"], row["name"]): row["span_id"] for row in feedback(collector)}
    assert found == {
        ("up", "user_feedback"): second.span_id.hex(),
        ("down", "user_feedback"): first.span_id.hex(),
        ("up", "child"): second.span_id.hex(),
    }


def test_one_of_several_exchanges_is_enough(collector: RunningCollector) -> None:
    """A call that took several requests is found by the id of each response."""
    from support.otlp import add_exchange  # noqa: PLC0415

    made = answered(1, "r2")
    for response in ("r1", "r2"):
        add_exchange(made, {"gen_ai.response.id": response, "gen_ai.usage.input_tokens": 10})
    send(collector, made, told(2, start=LATER, response_id="r1", thumbs="up"))
    (row,) = feedback(collector)
    assert row["span_id"] == made.span_id.hex()


def test_what_says_nothing_is_counted_and_left_out(collector: RunningCollector) -> None:
    """No verdict, a score of 7, no answer that is meant: the span stays, feedback there is none."""
    send(
        collector,
        told(1, response_id="r1"),
        told(2, response_id="r1", score=7.0),
        told(3, thumbs="up"),
        told(4, response_id="r1", thumbs="sideways", comment=["a", "b"]),
    )
    assert collector.select("select count(*) from feedback") == [[0]]
    assert collector.select("select count(*) from spans") == [[4]]
    assert collector.metric('gemledger_feedback_total{kind="incomplete"}') == 4


def test_a_batch_without_feedback_is_not_touched(store: Store) -> None:
    """The very same arrays go on: what nobody uses costs one comparison of names."""
    batch = read([payload([call(1), call(2)])]).decoded.batch
    assert set_apart(batch, None) is batch
    assert isinstance(batch.spans, pa.RecordBatch)
    assert Chain.__doc__ is not None
