"""The alerts page beyond its budgets: other units, silences, channels, and a rule tried out."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from gemledger_dashboard.alerts import (
    alert_answers,
    alert_tables,
    past_answers,
    past_tables,
    rule_preview,
)

from .conftest import Collector
from .test_pages import texts

Open = Callable[..., AppTest]
BODY = {
    "fingerprint": "f",
    "rule": "slow",
    "kind": "rule",
    "state": "firing",
    "severity": "critical",
    "labels": {"team": "growth"},
    "unit": "microseconds",
    "metric": "latency_p95",
    "value": "3200000",
    "limit": "3000000",
    "value_pico_usd": None,
    "limit_pico_usd": None,
    "threshold_percent": None,
    "started_at": "2026-11-10T08:00:00Z",
    "firing_since": "2026-11-10T08:00:00Z",
    "resolved_at": None,
    "reason": "",
    "notified": False,
    "cause": "",
    "summary": "slow",
    "muted_by": [{"by": "silence", "name": "s1", "words": "ann: a load test", "channel": ""}],
}


@pytest.mark.parametrize(
    ("unit", "value", "shown"),
    [
        ("pico_usd", "12000000000000", "$12.00"),
        ("billionths", "45000000", "4.5 %"),
        ("microseconds", "3200000", "3.2 s"),
        ("count", "1200", "1,200"),
    ],
)
def test_an_alert_is_shown_in_its_own_unit(unit: str, value: str, shown: str) -> None:
    """A latency is no amount of money, and no amount at all is no crash."""
    body = {"alerts": [{**BODY, "unit": unit, "value": value}], "notifications": []}
    line = past_tables.alerts(past_answers.alert_history(body), ZoneInfo("UTC")).iloc[0]
    assert line["Value"] == shown


def test_what_keeps_an_alert_quiet_is_in_words() -> None:
    """Kind, name, author and comment."""
    (alert,) = past_answers.alert_history({"alerts": [BODY], "notifications": []}).alerts
    assert alert.muted_by == ("silence s1 (ann: a load test)",)


def test_a_channel_that_is_down_is_told_apart() -> None:
    """Failing and given up are; waiting and unused are not."""
    row = {
        "name": "oncall",
        "type": "webhook",
        "waiting": 2,
        "given_up": 1,
        "last_success_at": None,
        "last_error_at": None,
        "last_error": "503",
    }
    states = ("ok", "unused", "waiting", "failing", "gave_up")
    found = alert_answers.channels({"channels": [{**row, "state": state} for state in states]})
    assert [channel.down for channel in found] == [False, False, False, True, True]
    table = alert_tables.channels(found, ZoneInfo("UTC"))
    assert list(table["State"]) == ["ok", "unused", "waiting", "failing", "gave up"]


def test_a_silence_is_a_line_with_author_and_comment() -> None:
    """And an acknowledgement says that it ends with its alert."""
    silence = {
        "id": "1",
        "matchers": ['team="growth"'],
        "state": "active",
        "created_by": "ann",
        "starts_at": "2026-11-10T08:00:00Z",
        "ends_at": "2026-11-10T10:00:00Z",
        "comment": "a load test",
    }
    seen = {**silence, "kind": "acknowledgement", "ends_at": None}
    found = alert_answers.silences({"silences": [silence, seen]})
    table = alert_tables.silences(found, ZoneInfo("UTC"))
    line = table.iloc[0]
    assert (line["Quiet about"], line["By"], line["Comment"]) == (
        'team="growth"',
        "ann",
        "a load test",
    )
    assert list(table["Until"]) == ["10 Nov 2026, 10:00", "its alert ends"]
    assert list(table["Kind"]) == ["silence", "acknowledgement"]
    assert found[0].ends_at == datetime(2026, 11, 10, 10, tzinfo=UTC)


def test_a_rule_is_tried_out_and_copied(collector: Collector, open_page: Open) -> None:
    """What it would have done, its series and the YAML to paste; a wrong rule is refused with the remedy."""
    page = open_page(collector.url, "views/alerts.py", tz=collector.zone)
    page.text_area[0].input("name: dear\nwindow: 1h\nabove: 5")
    preview_button(page).click().run()
    assert not page.exception
    assert "dear would have fired 1 time in 1 group" in texts(page.markdown)
    assert "    rules:\n    - name: dear\n      window: 1h\n      above: 5" in texts(page.code)
    page.text_area[0].input("name: dear\nmetric: costs\nabove: 5")
    preview_button(page).click().run()
    assert not page.exception
    assert "metric" in texts(page.error)


def preview_button(page: AppTest) -> Any:
    """What sends the rule."""
    return next(button for button in page.button if button.label == "Preview")


@pytest.mark.parametrize("kind", rule_preview.TEMPLATES)
def test_every_template_is_a_rule_that_can_be_tried(collector: Collector, kind: str) -> None:
    """What somebody starts from is right."""
    body = {"rule": rule_preview.TEMPLATES[kind][1], "hours": 6}
    answer = httpx.post(f"{collector.url}/api/v1/alerts/preview", json=body, trust_env=False)
    assert answer.status_code == 200, answer.text


def test_a_rule_is_put_where_it_belongs_in_the_file() -> None:
    """Whether it was written as an item of the list or not."""
    expected = "extensions:\n  alerts:\n    rules:\n    - name: a\n      above: 1"
    assert rule_preview.as_yaml("name: a\nabove: 1\n") == expected
    assert rule_preview.as_yaml("- name: a\n  above: 1") == expected
