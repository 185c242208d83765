"""ETags: nothing is sent twice, and nothing stale is ever called fresh."""

from typing import Any

import httpx
import pytest
from support.collector import RunningCollector, config_for
from support.otlp import NOON, call, payload_of

from gemledger_collector.storage.store import Store

DAY = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-02T00:00:00Z"}
ONE = f"/api/v1/calls/{call(1).trace_id.hex()}/{call(1).span_id.hex()}"
AT = {"at": "2026-11-01T12:00:00Z"}


def ask(
    collector: RunningCollector, path: str, given: Any, etag: str | None = None
) -> httpx.Response:
    """A GET that says what the caller has."""
    headers = {} if etag is None else {"If-None-Match": etag}
    return collector.http.get(path, params=given, headers=headers)


ROUTES: tuple[tuple[str, Any], ...] = (
    ("/api/v1/calls", DAY),
    (ONE, AT),
    (ONE.rpartition("/")[0].replace("calls", "traces"), AT),
    ("/api/v1/conversations", DAY),
    ("/api/v1/filters", DAY),
    ("/api/v1/spend", DAY),
    ("/api/v1/errors", DAY),
    ("/api/v1/quality", DAY),
    ("/api/v1/alerts", DAY),
)


def test_an_answer_is_sent_once_and_again_after_a_span_came_in_between(
    collector: RunningCollector,
) -> None:
    """304 without a body while nothing was stored; never when something was."""
    assert collector.send(payload_of(1)).status_code == 200
    names = {}
    for path, given in ROUTES:
        first = ask(collector, path, given)
        assert first.status_code == 200, first.text
        names[path] = first.headers["etag"]
        again = ask(collector, path, given, names[path])
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == names[path]
        assert ask(collector, path, given, f'"other", {names[path]}').status_code == 304
    assert collector.send(payload_of(2)).status_code == 200
    for path, given in ROUTES:
        third = ask(collector, path, given, names[path])
        # A 304 now is of an answer named by its bytes in which there is nothing about the new span.
        assert third.status_code == (304 if path in ("/api/v1/quality", "/api/v1/alerts") else 200)


def test_every_acknowledged_span_is_in_the_next_answer(collector: RunningCollector) -> None:
    """However often one asks with the name of the last."""
    etag = None
    for number in range(1, 10):
        assert collector.send(payload_of(number)).status_code == 200
        answer = ask(collector, "/api/v1/calls", DAY, etag)
        assert answer.status_code == 200
        assert len(answer.json()["calls"]) == number
        etag = answer.headers["etag"]


def test_answers_that_tell_the_time_follow_the_clock(tmp_path: Any) -> None:
    """A range that ends now is another one a day later, though nothing was stored."""
    moment = [NOON + 3600 * 10**9]
    with RunningCollector(config_for(tmp_path / "ledger.duckdb"), lambda: moment[0]) as collector:
        assert collector.send(payload_of(1)).status_code == 200
        first = ask(collector, "/api/v1/calls", {})
        assert len(first.json()["calls"]) == 1
        moment[0] += 40 * 86_400 * 10**9
        later = ask(collector, "/api/v1/calls", {}, first.headers["etag"])
        assert later.status_code == 200
        assert later.json()["calls"] == []


def test_the_name_is_of_the_very_question(collector: RunningCollector) -> None:
    """Another page, another filter, another name."""
    assert collector.send(payload_of(1)).status_code == 200
    etag = ask(collector, "/api/v1/calls", DAY).headers["etag"]
    assert ask(collector, "/api/v1/calls", DAY | {"limit": 7}, etag).status_code == 200
    assert ask(collector, "/api/v1/filters", DAY, etag).status_code == 200


def test_refusals_have_no_name(collector: RunningCollector) -> None:
    """What is wrong today may be right tomorrow."""
    answer = ask(collector, "/api/v1/calls", {"limit": 0})
    assert "etag" not in answer.headers
    assert "etag" not in ask(collector, "/healthz", {}).headers


def test_commits_are_counted_once_they_are_there(store: Store) -> None:
    """Not those that were rolled back, and not before readers see them."""
    assert store.commits == 0
    with pytest.raises(ZeroDivisionError), store.writing():
        raise ZeroDivisionError
    assert store.commits == 0
    with store.writing():
        assert store.commits == 0
    assert store.commits == 1
