"""Feedback given, listed and counted over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from support.collector import RunningCollector, config_for
from support.feedback import answered, told
from support.otlp import NOON, SECOND, payload
from support.tokens import Issued, extensions

from gemledger_collector.estimation import rates

NOW = NOON + 3600 * SECOND
READER, WRITER, CURIOUS = (
    Issued("reader", ["read"]),
    Issued("app", ["ingest"]),
    Issued("curious", ["read", "content"]),
)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[RunningCollector]:
    """A collector whose clock stands an hour after noon."""
    with RunningCollector(config_for(tmp_path / "ledger.duckdb"), lambda: NOW) as running:
        yield running


def give(collector: RunningCollector, **said: Any) -> Any:
    """POST one feedback."""
    return collector.http.post("/api/v1/feedback", json=said)


def test_an_app_in_another_language_gives_it_by_json(collector: RunningCollector) -> None:
    """Redacted like any other, found by its call, counted by its verdict."""
    collector.send(payload([answered(1, "r1", attribution_feature="chat")]))
    answer = give(
        collector, response_id="r1", thumbs="up", comment="call +49 30 901820", user_id="u"
    )
    assert answer.status_code == 201
    assert answer.json()["stored"]
    (row,) = collector.get("/api/v1/feedback", comments=True)["feedback"]
    assert (row["feature"], row["source"], row["comment"]) == ("chat", "api", "call [phone]")
    assert UUID(row["feedback_id"]) == UUID(answer.json()["feedback_id"])
    assert collector.metric('gemledger_feedback_total{kind="up"}') == 1


def test_the_same_id_again_adds_nothing(collector: RunningCollector) -> None:
    """Whoever got no answer sends it again."""
    said = {"response_id": "r1", "score": 0.5, "feedback_id": str(UUID(int=7))}
    stored = [give(collector, **said).json()["stored"] for _ in range(2)]
    assert stored == [True, False]
    assert collector.select("select count(*) from feedback") == [[1]]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"response_id": "r1"}, "says nothing"),
        ({"response_id": "r1", "comment": " "}, "says nothing"),
        ({"thumbs": "up"}, "about nothing"),
        ({"response_id": "r1", "score": 2}, "less than or equal to 1"),
        ({"response_id": "r1", "thumbs": "maybe"}, "'up' or 'down'"),
        ({"trace_id": "zz", "thumbs": "up"}, "trace_id"),
        ({"response_id": "r1", "thumbs": "up", "given_at": "2027-01-01"}, "future"),
        ({"response_id": "r1", "thumbs": "up", "stars": 5}, "stars"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(
    collector: RunningCollector, said: dict[str, Any], message: str
) -> None:
    """400, and nothing is stored."""
    answer = give(collector, **said)
    assert answer.status_code == 400, answer.text
    assert message in answer.json()["error"]["message"]
    assert collector.select("select count(*) from feedback") == [[0]]


def test_the_last_word_of_a_user_counts(collector: RunningCollector) -> None:
    """For each answer and name; others are shown, and say that they do not count."""
    collector.send(payload([answered(1, "r1")]))
    for minute, (user, name, thumbs) in enumerate(
        [("a", "x", "up"), ("a", "x", "down"), ("a", "y", "up"), ("b", "x", "up")]
    ):
        at = f"2026-11-01T12:{minute:02}:00Z"
        give(collector, response_id="r1", user_id=user, name=name, thumbs=thumbs, given_at=at)
    rows = collector.get("/api/v1/feedback")["feedback"]
    assert [row["counts"] for row in rows] == [True, True, True, False]
    totals = collector.get("/api/v1/feedback/summary")["totals"]
    assert (totals["given"], totals["up"], totals["down"]) == (3, 2, 1)


def test_pages_follow_each_other_without_gap(collector: RunningCollector) -> None:
    """By key, also where many were given at the same moment."""
    for number in range(7):
        give(collector, response_id=f"r{number}", thumbs="up", given_at="2026-11-01T12:00:00Z")
    seen: list[str] = []
    cursor = None
    for _ in range(10):
        asked = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = collector.get("/api/v1/feedback", since="2026-11-01", until="2026-11-02", **asked)
        seen += [row["feedback_id"] for row in page["feedback"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7


def test_rates_come_by_feature_and_version_with_their_interval(collector: RunningCollector) -> None:
    """Thumbs down of those who said something; what found no call has a row of its own."""
    calls = [
        answered(
            number, f"r{number}", attribution_feature="chat", attribution_prompt_version=version
        )
        for number, version in enumerate(["v1"] * 10 + ["v2"] * 10)
    ]
    liked = [
        told(100 + number, response_id=f"r{number}", thumbs="down" if number in bad else "up")
        for bad in [{0, 10, 11, 12, 13}]
        for number in range(20)
    ]
    lost = told(200, response_id="unknown", thumbs="up", score=1.0)
    collector.send(payload([*calls, *liked, lost]))
    answer = collector.get("/api/v1/feedback/summary", by=["feature", "prompt_version"])
    rows = {(row["feature"], row["prompt_version"]): row for row in answer["rows"]}
    expected = rates.rate(4, 10)
    assert expected is not None
    found = rows["chat", "v2"]
    assert (found["down_rate"], found["down_rate_low"], found["down_rate_high"]) == (
        expected.value,
        expected.low,
        expected.high,
    )
    assert rows["chat", "v1"]["down"] == 1
    assert rows[None, None]["unmatched"] == answer["totals"]["unmatched"] == 1
    assert rows[None, None]["mean_score"] == 1.0
    assert sum(row["given"] for row in answer["rows"]) == answer["totals"]["given"] == 21


def test_of_nothing_there_is_no_rate(collector: RunningCollector) -> None:
    """Null, not zero."""
    answer = collector.get("/api/v1/feedback/summary")
    assert answer["rows"] == []
    assert answer["totals"]["down_rate"] is None
    assert answer["totals"]["given"] == 0


def test_comments_take_their_own_scope_and_leave_a_line_in_the_audit(tmp_path: Path) -> None:
    """A reader sees verdicts; whoever reads words is noted; an app may only give."""
    config = config_for(tmp_path / "x.duckdb", extensions=extensions(READER, WRITER, CURIOUS))
    with RunningCollector(config, lambda: NOW) as collector:
        said = {"response_id": "r1", "comment": "too long"}
        asked = "/api/v1/feedback"

        def as_(token: Issued, method: str, path: str, **rest: Any) -> httpx.Response:
            return collector.http.request(method, path, headers=token.header, **rest)

        assert as_(READER, "POST", asked, json=said).status_code == 403
        assert as_(WRITER, "POST", asked, json=said).status_code == 201
        assert as_(WRITER, "GET", asked).status_code == 403
        (row,) = as_(READER, "GET", asked).json()["feedback"]
        assert row["comment"] is None
        assert as_(READER, "GET", asked, params={"comments": True}).status_code == 403
        (row,) = as_(CURIOUS, "GET", asked, params={"comments": True}).json()["feedback"]
        assert row["comment"] == "too long"
    with RunningCollector(config_for(tmp_path / "x.duckdb"), lambda: NOW) as collector:
        lines = collector.get("/api/v1/audit", action="content")["lines"]
        assert [line["actor"] for line in lines] == ["curious"]


def test_erasing_a_user_takes_words_and_name_and_leaves_the_verdict(tmp_path: Path) -> None:
    """What they said, and what was said of their answers."""
    with RunningCollector(config_for(tmp_path / "x.duckdb"), lambda: NOW) as collector:
        theirs = answered(1, "r1", attribution_user_id="anna")
        collector.send(payload([theirs, answered(2, "r2", attribution_user_id="bert")]))
        give(collector, response_id="r1", thumbs="down", comment="secret", user_id="bert")
        give(collector, response_id="r2", thumbs="up", comment="mine", user_id="anna")
        give(collector, response_id="r2", thumbs="up", comment="kept", user_id="bert")
        done = collector.http.post("/api/v1/upkeep/erase", json={"user_id": "anna"})
        assert done.status_code == 200
        rows = collector.select("select label, comment, user_id from feedback order by all")
    assert rows == [["down", None, "bert"], ["up", "kept", "bert"], ["up", None, "(erased)"]]
