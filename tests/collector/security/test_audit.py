"""The audit over HTTP: for admin, in pages, and what the door adds to it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.collector import RunningCollector, config_for
from support.tokens import Issued, extensions
from support.waiting import eventually

ADMIN, READER = Issued("root", ["admin"]), Issued("maria", ["read"])
SECOND = 10**9


class Clock:
    """Time that the test moves."""

    def __init__(self) -> None:
        self.now = 1_793_534_400 * SECOND

    def __call__(self) -> int:
        """Unix nanoseconds; each reading is one later, so that no two are equal."""
        self.now += 1
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The collector's clock."""
    return Clock()


@pytest.fixture
def guarded(tmp_path: Path, clock: Clock) -> Iterator[RunningCollector]:
    """A collector with an admin and a reader."""
    config = config_for(tmp_path / "x.duckdb", extensions=extensions(ADMIN, READER))
    with RunningCollector(config, clock=clock) as running:
        yield running


def audit(collector: RunningCollector, **asked: Any) -> dict[str, Any]:
    """The answer to an admin."""
    answer = collector.http.get("/api/v1/audit", params=asked, headers=ADMIN.header)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def select(collector: RunningCollector, sql: str, token: Issued) -> None:
    """Ask in SQL, which is noted."""
    answer = collector.http.post("/api/v1/sql", json={"sql": sql}, headers=token.header)
    assert answer.status_code == 200, answer.text


def test_pages_are_newest_first_and_what_comes_meanwhile_shifts_none(
    guarded: RunningCollector,
) -> None:
    """Every line once, whatever is noted between two pages."""
    for number in range(5):
        select(guarded, f"select {number}", READER)
    first = audit(guarded, limit=2, actor="maria")
    select(guarded, "select 5", READER)
    second = audit(guarded, limit=2, actor="maria", cursor=first["next"])
    third = audit(guarded, limit=2, actor="maria", cursor=second["next"])
    told = [line["detail"]["sql"] for page in (first, second, third) for line in page["lines"]]
    assert told == [f"select {number}" for number in (4, 3, 2, 1, 0)]
    assert third["next"] is None
    assert audit(guarded, action="none")["lines"] == []


@pytest.mark.parametrize("cursor", ["x", "1", "MS0x"])
def test_a_cursor_of_one_s_own_making_is_refused(guarded: RunningCollector, cursor: str) -> None:
    """With what to send instead."""
    answer = guarded.http.get("/api/v1/audit", params={"cursor": cursor}, headers=ADMIN.header)
    assert answer.status_code == 400
    assert "send `next` of its last answer" in answer.json()["error"]["message"]


def test_attempts_at_what_only_admin_may_are_noted_and_never_a_flood(
    guarded: RunningCollector, clock: Clock
) -> None:
    """One line a minute and caller, the next one says how many there were."""

    def refused(count: int) -> Callable[[], list[dict[str, Any]]]:
        for _ in range(count):
            assert guarded.http.get("/api/v1/audit", headers=READER.header).status_code == 403
        return lambda: list(audit(guarded, action="refused")["lines"])

    lines = eventually(refused(30), lambda lines: len(lines) == 1)
    assert (lines[0]["actor"], lines[0]["detail"]) == (
        "maria",
        {"route": "GET /api/v1/audit", "more": 0},
    )
    clock.now += 60 * SECOND
    lines = eventually(refused(1), lambda lines: len(lines) == 2)
    assert lines[0]["detail"]["more"] == 29
    assert guarded.http.get("/secret/glt_in_a_path", headers=READER.header).status_code == 403
    clock.now += 60 * SECOND
    eventually(refused(1), lambda lines: len(lines) == 3)


def test_a_change_of_tokens_is_noted_by_name(guarded: RunningCollector, tmp_path: Path) -> None:
    """Never the hash, and nothing where nothing changed."""
    other = Issued("deploy", ["ingest"])
    changed = Issued("maria", ["read", "content"], secret=READER.secret)
    config = config_for(tmp_path / "x.duckdb", extensions=extensions(ADMIN, changed, other))
    guarded.read_again(config)
    guarded.read_again(config)
    (line,) = audit(guarded, action="tokens")["lines"]
    assert line["actor"] == "collector"
    assert line["detail"] == {"added": "deploy", "removed": "", "changed": "maria"}
