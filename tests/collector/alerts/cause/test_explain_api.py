"""``GET /api/v1/alerts/{id}/explain``, asked of a real application on a real store."""

from dataclasses import replace
from typing import Any

import pytest

from gemledger_collector.storage import alert_history

from ..conftest import Timeline
from ..test_alerts_api import asking

USD = 10**12


@pytest.fixture
def story(timeline: Timeline) -> Timeline:
    """An hour that cost $60 instead of nothing, after a week of $1 a day."""
    for day in range(1, 8):
        timeline.spend(1, at=f"-{day}d", team="support")
    timeline.rule(above_usd=40).at("0m").look()
    timeline.at("20m").spend(60, team="growth", feature="search")
    timeline.now += 7  # a clock tells nanoseconds, the API microseconds
    timeline.look()
    return timeline


def test_an_alert_is_explained_by_its_fingerprint_with_or_without_its_start(
    story: Timeline,
) -> None:
    """Parts and contributors sum to the excess; the series to the spend of the window."""
    client = asking(story)
    (listed,) = client.get("/api/v1/alerts").json()["alerts"]
    answer: Any = client.get(f"/api/v1/alerts/{listed['fingerprint']}/explain").json()
    again = client.get(f"/api/v1/alerts/{listed['fingerprint']}@{listed['started_at']}/explain")
    assert again.json() == answer
    told = answer["what_changed"]
    assert answer["as_told"] is True
    assert sum(int(part) for part in told["parts"].values()) == int(told["excess_pico_usd"])
    assert told["contributors"]["payer"]["largest"][0]["team"] == "growth"
    assert sum(int(each["pico_usd"]) for each in answer["series"]) == 60 * USD
    assert answer["cause"].startswith("largest contributor: growth / search")


def test_an_alert_of_before_explanations_is_explained_now(story: Timeline) -> None:
    """What is missing in the store is worked out from the ledger, and says so."""
    with story.store.writing() as transaction:
        (row,) = alert_history.recorded_alerts(transaction)
        alert_history.record(transaction, [replace(row, evidence=None)])
    answer = asking(story).get(f"/api/v1/alerts/{row.fingerprint}/explain").json()
    assert answer["as_told"] is False
    assert answer["what_changed"]["contributors"]["payer"]["largest"][0]["feature"] == "search"


@pytest.mark.parametrize("name", ["0123456789abcdef", "x@y", "{}@2026-01-01T00:00:00Z", "{}@17"])
def test_an_alert_that_nobody_knows_is_404_with_words(story: Timeline, name: str) -> None:
    """It says where the names are."""
    (alert,) = story.alerts
    response = asking(story).get(
        f"/api/v1/alerts/{name.format(alert.identity.fingerprint)}/explain"
    )
    assert response.status_code == 404
    assert "GET /api/v1/alerts lists" in response.json()["error"]["message"]
