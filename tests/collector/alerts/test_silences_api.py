"""Silences, made and ended over HTTP by people with names, against the evaluator they keep quiet."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from gemledger_collector.access import LOOPBACK
from gemledger_collector.alerts.alert import State
from gemledger_collector.api.doorway import CALLER

from . import test_alerts_api
from .conftest import Timeline

QUIET = {"matchers": ['team="growth"'], "duration": "2h", "comment": "a load test"}
PATH = "/api/v1/alerts/silences"


def asking(story: Timeline) -> TestClient:
    """A client of the story's collector that the door of this machine has let in."""
    client = test_alerts_api.asking(story)
    app = client.app

    async def let_in(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, CALLER: LOOPBACK}, receive, send)

    return TestClient(let_in)


def made(client: TestClient, **changes: Any) -> dict[str, Any]:
    """Make a silence."""
    answer = client.post(PATH, json=QUIET | changes)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_silence_keeps_quiet_until_it_is_ended(timeline: Timeline) -> None:
    """Nobody is told of what it matches while it lasts; when somebody ends it, the channel hears what still fires."""
    timeline.rule(above_usd=10, filter={"team": "growth"}, window="1d").spend(20, team="growth")
    silence = made(asking(timeline))
    assert (silence["state"], silence["created_by"]) == ("active", "loopback")
    assert silence["ends_at"] == "2026-11-10T10:00:00Z"
    timeline.at("1m").expect(State.FIRING)
    ended = asking(timeline.at("1h")).delete(f"{PATH}/{silence['id']}").json()
    assert (ended["state"], ended["ends_at"]) == ("expired", "2026-11-10T09:00:00Z")
    timeline.at("61m").look()
    assert [status for status, _ in timeline.told] == ["firing"]


def test_a_silence_is_listed_while_it_lasts_and_kept_when_it_ended(timeline: Timeline) -> None:
    """Pending, active, expired; what has ended is shown to those who ask for it, and ended once only."""
    later = made(asking(timeline), starts_at="2026-11-10T12:00:00Z", matchers=['a!="b"', "c=~d|e"])
    assert later["state"] == "pending"
    assert later["matchers"] == ['a!="b"', 'c=~"d|e"']
    now = made(asking(timeline), duration=None, ends_at="2026-11-10T09:00:00Z")
    client = asking(timeline.at("2h"))
    assert [each["id"] for each in client.get(PATH).json()["silences"]] == [later["id"]]
    both = client.get(PATH, params={"expired": True}).json()["silences"]
    assert {each["id"] for each in both} == {later["id"], now["id"]}
    assert client.delete(f"{PATH}/{now['id']}").json() == {**now, "state": "expired"}
    assert client.delete(f"{PATH}/{later['id']}").json()["state"] == "expired"
    assert client.get(PATH).json() == {"silences": []}


def test_who_made_and_who_ended_a_silence_is_in_the_audit(timeline: Timeline) -> None:
    """Action, author and matchers."""
    client = asking(timeline)
    silence = made(client)
    client.delete(f"{PATH}/{silence['id']}")
    lines = client.get("/api/v1/audit").json()["lines"]
    assert [(line["action"], line["actor"]) for line in lines] == [
        ("silence_expired", "loopback"),
        ("silence", "loopback"),
    ]
    assert lines[0]["detail"]["matchers"] == 'team="growth"'


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"matchers": []}, "matchers"),
        ({"matchers": ["growth"]}, 'write label="value"'),
        ({"matchers": ["a=~("]}, "no regular expression"),
        ({"duration": "two hours"}, "15s, 5m, 1h or 1d"),
        ({"duration": "900d"}, "366d"),
        ({"duration": None}, "either ends_at or duration"),
        ({"ends_at": "2026-11-11T00:00:00Z"}, "either ends_at or duration"),
        ({"duration": None, "ends_at": "2026-11-09T00:00:00Z"}, "give a later end"),
        ({"comment": ""}, "comment"),
        ({"comment": None}, "comment"),
        ({"author": "me"}, "author"),
    ],
)
def test_a_wrong_silence_is_refused_with_the_remedy(
    timeline: Timeline, wrong: dict[str, Any], told: str
) -> None:
    """400, and nothing is kept."""
    answer = asking(timeline).post(PATH, json=QUIET | wrong)
    assert answer.status_code == 400, answer.text
    assert told in answer.json()["error"]["message"]
    assert asking(timeline).get(PATH).json() == {"silences": []}


def test_an_unknown_silence_cannot_be_ended(timeline: Timeline) -> None:
    """404 with where to look."""
    answer = asking(timeline).delete(f"{PATH}/none")
    assert answer.status_code == 404
    assert "lists them" in answer.json()["error"]["message"]
