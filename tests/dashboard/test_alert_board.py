"""What somebody on call does on the Alerts page: see why it fires, acknowledge, silence, take it back; by keyboard."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from streamlit.testing.v1 import AppTest
from support.browser import chromium
from support.collector import PROTOBUF
from support.tokens import Issued
from support.walking import settle

from gemledger_dashboard.alerts import past_alerts, past_answers

from . import conftest
from .conftest import (
    STORY,
    Call,
    Collector,
    Open,
    export_request,
    messages_delivered,
    running,
    wait_until,
)
from .test_alert_pages import BODY
from .test_labels_page import dashboard_of
from .test_pages import texts

ODD = "<b>growth</b> *x* =cmd()" + "y" * 10_000


@pytest.fixture
def firing(tmp_path: Path) -> Iterator[Collector]:
    """A collector of one's own in which the daily budget of support is used up to 93 %."""
    with running(tmp_path / "firing.duckdb") as started:
        started.send(STORY)
        wait_until(lambda: messages_delivered(started) == 1)
        yield started


def opened(collector: Collector, open_page: Open) -> AppTest:
    """The Alerts page."""
    page = open_page(collector.url, "views/alerts.py", tz=collector.zone)
    assert not page.exception
    return page


def written(page: AppTest, form: str, label: str, text: str) -> None:
    """Write into a field of a form."""
    (found,) = [
        each
        for each in page.text_input
        if str(each.key).startswith(f"{form}-") and each.label == label
    ]
    found.set_value(text)


def pressed(page: AppTest, label: str) -> AppTest:
    """After a button was pressed."""
    next(each for each in page.button if each.label.replace("\\", "") == label).click()
    return page.run()


def silences(collector: Collector) -> list[dict[str, Any]]:
    """What is quiet."""
    found: list[dict[str, Any]] = collector.get("/api/v1/alerts/silences")["silences"]
    return found


def test_a_card_says_why_it_fires_and_which_rule_made_it(
    firing: Collector, open_page: Open
) -> None:
    """The cause in words, who is behind it and by how much, and the budget as it is written."""
    page = opened(firing, open_page)
    said = texts(page.markdown)
    assert "Why: " in said
    assert "team support, feature support-chat, model gemini-2.5-flash: $9.30 more" in said
    written = next(code.value for code in page.code if "support-daily" in code.value)
    assert "extensions:\n  alerts:\n    budgets:\n    - name: support-daily" in written
    assert "limit_usd: 10\n" in written


def test_an_alert_is_acknowledged_and_taken_back(firing: Collector, open_page: Open) -> None:
    """By whom and why stands on the card; then it is as loud as before."""
    page = opened(firing, open_page)
    pressed(page, "Acknowledge it")
    assert "Say in the comment" in texts(page.error)
    written(page, "ack", "Your name", "ana")
    written(page, "ack", "Comment", "a load test")
    pressed(page, "Acknowledge it")
    assert not page.exception
    assert "support-daily is acknowledged" in texts(page.success)
    assert "ana: a load test" in texts(page.markdown)
    assert [each["kind"] for each in silences(firing)] == ["acknowledgement"]
    assert "Acknowledge it" not in [button.label for button in page.button]
    pressed(page, "Take it back")
    assert silences(firing) == []
    assert "Acknowledge it" in [button.label for button in page.button]


def test_an_alert_is_silenced_for_a_while_and_the_silence_ended(
    firing: Collector, open_page: Open
) -> None:
    """By its labels; who and why is kept; one button ends it."""
    page = opened(firing, open_page)
    written(page, "silence", "Comment", "a migration")
    pressed(page, "Silence it")
    assert not page.exception
    (silence,) = silences(firing)
    assert silence["comment"] == "a migration"
    assert set(silence["matchers"]) == {
        'rule="support-daily"',
        'severity="critical"',
        'team="support"',
        'threshold_percent="90"',
    }
    assert "Kept quiet by silence" in texts(page.markdown)
    pressed(page, "End “loopback: a migration”")
    assert silences(firing) == []


def test_who_may_only_read_is_told_so(
    tmp_path: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 403 is a sentence with the remedy, and the page stays."""
    token = Issued("viewer", ("read", "ingest"))
    guarded = f"{conftest.CONFIGURATION}  api: {{{{tokens: [{json.dumps(token.entry)[1:-1].join(('{{', '}}'))}]}}}}\n"
    monkeypatch.setattr(conftest, "CONFIGURATION", guarded)
    monkeypatch.setenv("GEMLEDGER_TOKEN", token.secret)
    with (
        running(tmp_path / "guarded.duckdb") as collector,
        httpx.Client(base_url=collector.url, headers=token.header, trust_env=False) as http,
    ):
        body = export_request(STORY).SerializeToString()
        sent = http.post("/v1/traces", content=body, headers=PROTOBUF)
        assert sent.status_code == 200, sent.text
        wait_until(lambda: bool(http.get("/api/v1/alerts").json()["notifications"]))
        page = opened(collector, open_page)
        written(page, "ack", "Comment", "mine")
        pressed(page, "Acknowledge it")
        assert "You may look here, but change nothing" in texts(page.error)
        assert "1 alert fires." in texts(page.markdown)
        assert not page.exception


def test_a_collector_that_does_not_know_the_question_is_explained(
    firing: Collector, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older one: the page says so, and the history is there."""
    monkeypatch.setattr("gemledger_dashboard.questions.board", _unknown)
    page = opened(firing, open_page)
    assert "older than the dashboard" in texts(page.info)
    assert list(page.dataframe[0].value["State"]) == ["firing"] * 3


def _unknown() -> Any:
    from gemledger_dashboard.frame.client import Question  # noqa: PLC0415

    return Question("/api/v1/alerts/never-heard-of", (), lambda body: body)


def test_foreign_labels_format_nothing(tmp_path: Path, open_page: Open) -> None:
    """HTML, Markdown and ten thousand characters of a team are text, cut in sight."""
    with running(tmp_path / "odd.duckdb") as collector:
        calls = tuple(
            Call(timedelta(minutes=5 + n), feature=ODD, input_tokens=10_000_000) for n in range(4)
        )
        collector.send(calls)
        wait_until(lambda: messages_delivered(collector) == 1)
        page = opened(collector, open_page)
        raw = "\n".join(str(each.value) for each in page.markdown)
        assert "<b>" not in raw
        assert "y" * 200 not in raw
        assert not page.exception


def test_the_history_is_narrowed_by_labels_and_says_where_it_cannot_be() -> None:
    """Another team's alert goes, one about all teams stays and is counted."""
    rows = [BODY | {"labels": labels} for labels in ({"team": "growth"}, {"team": "search"}, {})]
    history = past_answers.alert_history({"alerts": rows, "notifications": []})
    kept, unlabelled = past_alerts.narrowed(history.alerts, {"team": ("growth",)})
    assert [dict(alert.labels) for alert in kept] == [{"team": "growth"}, {}]
    assert unlabelled == 1


def test_the_history_is_filtered_by_state(firing: Collector, open_page: Open) -> None:
    """The choice is in the link; nothing resolved yet is said, not shown as nothing ever."""
    page = opened(firing, open_page)
    page.query_params["state"] = "resolved"
    page.run()
    assert "No alert of this choice" in texts(page.info)


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus."""
    wanted.wait_for()
    for _ in range(200):
        if wanted.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{wanted} cannot be reached by Tab")


@pytest.mark.browser
def test_somebody_acknowledges_and_silences_with_the_keyboard(firing: Collector) -> None:
    """Tab, Enter and text are enough; nothing on the page breaks."""
    with dashboard_of(firing) as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 2400})
        page.set_default_timeout(60_000)
        page.goto(f"{url}/alerts?tz={quote(firing.zone)}")
        expect(page.get_by_text("1 alert fires.")).to_be_visible(timeout=60_000)
        picture(page, "alerts-light")
        tab_to(page, page.get_by_role("button", name="Acknowledge", exact=True))
        page.keyboard.press("Enter")
        tab_to(page, page.get_by_role("textbox", name="Comment"))
        page.keyboard.type("on it")
        picture(page, "alerts-acknowledge")
        tab_to(page, page.get_by_role("button", name="Acknowledge it"))
        page.keyboard.press("Enter")
        expect(page.get_by_text("loopback: on it", exact=True)).to_be_visible(timeout=60_000)
        settle(page)
        tab_to(page, page.get_by_role("button", name="Silence", exact=True))
        page.keyboard.press("Enter")
        tab_to(page, page.get_by_role("textbox", name="Comment"))
        page.keyboard.type("a migration")
        tab_to(page, page.get_by_role("button", name="Silence it"))
        page.keyboard.press("Enter")
        expect(page.get_by_text("Quiet for 1 hour")).to_be_visible(timeout=60_000)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        assert {each["kind"] for each in silences(firing)} == {"acknowledgement", "silence"}
        look(page)


def look(page: Page) -> None:
    """Pictures in dark and on a phone, where somebody wants them."""
    if not os.environ.get("GEMLEDGER_SCREENSHOTS"):
        return
    page.emulate_media(color_scheme="dark")
    picture(page, "alerts-dark")
    page.set_viewport_size({"width": 390, "height": 3600})
    picture(page, "alerts-phone-dark")
    page.emulate_media(color_scheme="light")
    picture(page, "alerts-phone-light")


def picture(page: Page, name: str) -> None:
    """A picture of the page as it is, where somebody wants them."""
    folder = os.environ.get("GEMLEDGER_SCREENSHOTS")
    if folder:
        page.wait_for_timeout(1500)
        page.screenshot(path=Path(folder) / f"{name}.png")
