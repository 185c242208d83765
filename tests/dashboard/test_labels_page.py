"""The page where people label answers, over a real collector and in a real browser: read, say, go on."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest
from playwright.sync_api import Page, expect
from support.browser import chromium

from gemledger_cli.addresses import free_port
from gemledger_collector.storage.store import Store
from gemledger_dashboard.frame import process
from gemledger_dashboard.labels import label_answers

from .conftest import NOW, Collector, Open, running

ANSWERS, FLAGGED = 120, 60
HANDBOOK = "Answer from the handbook: <b>batteries</b> last fourteen months."


def said(role: str, text: str) -> list[dict[str, Any]]:
    """A captured message."""
    return [{"role": role, "parts": [{"type": "text", "content": text}]}]


def fill(path: Path) -> None:
    """Judged answers with their content, half of them flagged."""
    begin = int(NOW.timestamp()) * 10**9 - 3600 * 10**9
    shared: list[dict[str, Any]] = [
        {
            "trace_id": f"{number:032x}",
            "span_id": number,
            "feature": "support-chat",
            "model": "gemini-2.5-flash",
        }
        for number in range(1, ANSWERS + 1)
    ]
    verdicts = [
        {
            **row,
            "rule": "support-quality",
            "dimension": "accuracy",
            "rubric_version": "1",
            "call_start_unix_nano": begin,
            "label": "bad" if row["span_id"] <= FLAGGED else "good",
            "attempt": 1,
            "judge_model": "gemini-2.5-flash-lite",
            "sample_rate": 1.0,
            "judged_at_unix_nano": begin,
        }
        for row in shared
    ]
    contents = [
        {
            **row,
            "start_time_unix_nano": begin,
            "prompt_version": "v7",
            "system_instructions": json.dumps([{"type": "text", "content": HANDBOOK}]),
            "input_messages": json.dumps(said("user", f"Question {row['span_id']}: how *long*?")),
            "output_messages": json.dumps(
                said("assistant", f"Answer {row['span_id']}: <i>six</i> weeks.\n$5 and $6")
            ),
        }
        for row in shared
    ]
    store = Store.open(path)
    with store.writing() as transaction:
        transaction.append("evaluations", pa.Table.from_pylist(verdicts))
        transaction.append("contents", pa.Table.from_pylist(contents))
    store.close()


@pytest.fixture
def judged(tmp_path: Path) -> Iterator[Collector]:
    """A collector with answers to label."""
    path = tmp_path / "judged.duckdb"
    fill(path)
    with running(path) as started:
        yield started


def label(collector: Collector, count: int) -> None:
    """Let somebody label as many answers, mostly as the judge did."""
    following = collector.get(f"/api/v1/labels/next?dimension=accuracy&limit={count}")["answers"]
    labels = [
        {
            **{name: answer[name] for name in ("trace_id", "span_id")},
            "dimension": "accuracy",
            "label": "bad"
            if (int(answer["span_id"], 16) <= FLAGGED) != (place % 10 == 0)
            else "good",
        }
        for place, answer in enumerate(following)
    ]
    sent = httpx.post(f"{collector.url}/api/v1/labels", json={"labels": labels}, trust_env=False)
    assert sent.json()["stored"] == count


def test_without_a_judge_the_page_says_what_it_takes(
    empty_collector: Collector, open_page: Open
) -> None:
    """No buttons for nothing."""
    page = open_page(empty_collector.url, "views/labels.py")
    assert not page.exception
    assert "No answer was judged yet" in page.info[0].value
    assert not [button for button in page.button if button.label in ("Good", "Bad")]


def test_labels_are_stored_and_the_next_answer_is_shown(judged: Collector, open_page: Open) -> None:
    """With the note and the name; the same answer does not come again."""
    page = open_page(judged.url, "views/labels.py")
    assert not page.exception
    page.text_input(key="label_name").set_value("ada").run()
    seen = []
    for button, note in (
        ("label_bad", "wrong by far"),
        ("label_good", ""),
        ("label_cannot_tell", ""),
    ):
        seen.append(shown(page))
        page.text_input(key="label_note").set_value(note)
        page.button(key=button).click().run()
        assert not page.exception
    assert len({*seen, shown(page)}) == 4
    labels = judged.get("/api/v1/labels?notes=true")["labels"]
    assert [(each["label"], each["note"]) for each in reversed(labels)] == [
        ("bad", "wrong by far"),
        ("good", None),
        ("cannot_tell", None),
    ]
    assert {(each["labelled_by"], each["source"]) for each in labels} == {("ada", "dashboard")}
    assert page.text_input(key="label_note").value == ""


def shown(page: Any) -> str:
    """The answer on the page."""
    return next(str(each.value) for each in page.get("html") if "Answer " in str(each.value))


def test_foreign_text_formats_nothing(judged: Collector, open_page: Open) -> None:
    """Neither HTML nor Markdown of a question, an answer or instructions."""
    page = open_page(judged.url, "views/labels.py")
    found: Any = page.get("html")
    text = "".join(str(each.value) for each in found)
    assert "&lt;i&gt;six&lt;/i&gt; weeks." in text
    assert "&lt;b&gt;batteries" in text
    assert "<i>" not in text


def test_the_word_is_earned_on_the_page(judged: Collector, open_page: Open) -> None:
    """Below a hundred labels the judge only flags; what is missing stands there in words."""
    label(judged, 60)
    page = open_page(judged.url, "views/labels.py")
    assert "40 more labels" in said_of_judge(page)
    assert "judge-flagged" in said_of_judge(page)
    label(judged, 50)
    page = page.run()
    assert "people agree with this judge" in said_of_judge(page)
    figures = {metric.label: metric.value for metric in page.metric}
    assert figures["Labels"] == "110"
    assert 0.7 < float(figures["Kappa"]) < 0.9
    assert not page.exception


def said_of_judge(page: Any) -> str:
    """What the page says of the word."""
    return "\n".join(str(each.value) for each in page.markdown).replace("\\", "")


def test_messages_of_any_shape_can_be_read() -> None:
    """Tools, images, plain text, and what is no message at all."""
    messages = [
        {
            "role": "user",
            "parts": [{"type": "text", "content": "Hi"}, {"type": "blob", "modality": "image"}],
        },
        {
            "role": "assistant",
            "parts": [{"type": "tool_call", "name": "look_up", "arguments": {"id": 7}}],
        },
        {"role": "tool", "parts": [{"type": "tool_call_response", "response": "in stock"}]},
        {"role": "user", "content": "So?"},
        "bare",
        7,
    ]
    assert [(turn.role, turn.text) for turn in label_answers.turns(messages)] == [
        ("user", "Hi\n[blob]"),
        ("assistant", '[tool_call: look_up] {"id": 7}'),
        ("tool", "[tool_call_response] in stock"),
        ("user", "So?"),
        ("", "bare"),
        ("", "7"),
    ]
    assert label_answers.turns(None) == ()
    assert label_answers.turns("cut off [{") == (label_answers.Turn("", "cut off [{"),)


@pytest.fixture
def dashboard(judged: Collector) -> Iterator[str]:
    """The dashboard over it, as a process of its own."""
    with dashboard_of(judged) as url:
        yield url


@contextmanager
def dashboard_of(collector: Collector) -> Iterator[str]:
    """A dashboard over this collector, as a process of its own; its address."""
    port = free_port()
    url = f"http://{process.HOST}:{port}"
    child = subprocess.Popen(
        process.command(port=port, collector_url=collector.url),
        env={**os.environ, **process.environment(collector_url=collector.url)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until_ready(f"{url}/_stcore/health")
        yield url
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(30)


def wait_until_ready(url: str) -> None:
    """Ask until it answers; fail after half a minute."""
    deadline = time.monotonic() + 30
    while True:
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the dashboard did not start"
        time.sleep(0.1)


@pytest.fixture
def page() -> Iterator[Page]:
    """A page of a headless browser; skips, saying so, where there is none. CI always has one."""
    with chromium() as browser:
        opened = browser.new_page(viewport={"width": 1280, "height": 1400})
        opened.set_default_timeout(60_000)
        yield opened


@pytest.mark.browser
def test_somebody_labels_with_the_keyboard(judged: Collector, dashboard: str, page: Page) -> None:
    """2 is bad; a 1 typed into the note is only text; the progress goes on by one."""
    page.goto(f"{dashboard}/labels")
    expect(page.get_by_text("0 of 100 labels")).to_be_visible()
    page.keyboard.press("2")
    expect(page.get_by_text("1 of 100 labels")).to_be_visible()
    note = page.get_by_role("textbox", name="Note (optional)")
    note.click()
    page.keyboard.type("11 of them")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Good").click()
    expect(page.get_by_text("2 of 100 labels")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    labels = judged.get("/api/v1/labels?notes=true")["labels"]
    assert [(each["label"], each["note"]) for each in labels] == [
        ("good", "11 of them"),
        ("bad", None),
    ]
    folder = os.environ.get("GEMLEDGER_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / "labels-light.png")
        page.emulate_media(color_scheme="dark")
        page.reload()
        expect(page.get_by_text("2 of 100 labels")).to_be_visible()
        page.screenshot(path=Path(folder) / "labels-dark.png")
