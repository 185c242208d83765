"""The page Quality over a real collector: the figures, what changed, which version is worse, one answer closely."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import streamlit as st
from playwright.sync_api import expect
from support.browser import chromium
from support.collector import PROTOBUF
from support.feedback import answered
from support.otlp import SECOND, payload

from gemledger_collector.storage import canary, evaluations
from gemledger_collector.storage.canary import Scored
from gemledger_collector.storage.store import Store
from gemledger_dashboard.labels.label_answers import Judge
from gemledger_dashboard.quality import quality_tables, quality_tiles
from gemledger_dashboard.quality.quality_answers import QualityRow, Version

from .conftest import NOW, Collector, Open, running
from .test_labels_page import dashboard_of
from .test_pages import figures, texts

JUDGE = "gemini-2.5-flash-lite"
OLD, NEW = 200, 100
"""How many answers of each version."""
START = int((NOW - timedelta(hours=40)).timestamp()) * SECOND
BAD = {n for n in range(OLD) if n % 20 == 0} | {n for n in range(OLD, OLD + NEW) if n % 3 == 0}
"""5 % of v7 and a third of v8."""


def call(number: int) -> Any:
    """One call every six minutes, the first ones with v7."""
    return answered(
        number + 1,
        f"r{number}",
        start=START + number * 360 * SECOND,
        request_model="gemini-2.5-flash",
        response_model="gemini-2.5-flash",
        attribution_feature="chat",
        attribution_prompt_version="v7" if number < OLD else "v8",
    )


def verdict(number: int, **columns: Any) -> dict[str, Any]:
    """What the judge said of that answer."""
    span = call(number)
    bad = number in BAD
    return {
        "rule": "all",
        "dimension": "accuracy",
        "rubric_version": "1",
        "trace_id": span.trace_id.hex(),
        "span_id": int.from_bytes(span.span_id),
        "call_start_unix_nano": span.start_time_unix_nano,
        "feature": "chat",
        "prompt_version": "v7" if number < OLD else "v8",
        "model": "gemini-2.5-flash",
        "label": "bad" if bad else "good",
        "score": number / 1_000 if bad else 0.9,
        "reason": f"because <b>{number}</b>",
        "attempt": 1,
        "judge_model": JUDGE,
        "sample_rate": 1.0,
        "judged_at_unix_nano": START + number * 360 * SECOND,
        **columns,
    }


def known(day: int) -> list[Scored]:
    """A day of the canary set: 40 of 50 right, and on the last day only 20."""
    right = 20 if day == 9 else 40
    one = Scored(
        canary="builtin",
        canary_version="1",
        item="",
        dimension="accuracy",
        rubric_version="1",
        judge_model=JUDGE,
        expected="bad",
        label="bad",
        score=0.5,
        error=None,
        day=(NOW - timedelta(days=9 - day)).date().isoformat(),
        judged_at_unix_nano=START,
    )
    return [replace(one, item=f"i{n}", label="bad" if n < right else "good") for n in range(50)]


def filled(path: Path) -> None:
    """Two dimensions, two versions, a deterministic check, and nine days of canaries."""
    rows = [verdict(number) for number in range(OLD + NEW)]
    rows += [
        verdict(n, dimension="tone", label="good", score=0.9, reason="") for n in range(OLD + NEW)
    ]
    rows += [verdict(0, rule="another", score=0.5)]  # 44 of 301 are bad
    rows += [verdict(1, dimension="valid_json", kind="check", label="bad", score=None)]
    store = Store.open(path)
    with store.writing() as transaction:
        evaluations.record(transaction, rows)
        for day in range(1, 10):
            canary.record(transaction, known(day))
    store.close()


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """A collector that has seen v8 go live, and judged everything."""
    path = tmp_path_factory.mktemp("quality") / "quality.duckdb"
    filled(path)
    with running(path) as collector:
        body = payload([call(number) for number in range(OLD + NEW)])
        asked: Any = {"trust_env": False, "timeout": 60}
        httpx.post(f"{collector.url}/v1/traces", content=body, headers=PROTOBUF, **asked)
        yield collector


def test_the_top_says_how_good_answers_are_and_what_became_worse(
    judged: Collector, open_page: Open
) -> None:
    """A figure with its interval for each dimension, and the version that is worse, with how surely."""
    page = open_page(judged.url, "views/quality.py", tz=judged.zone)
    assert not page.exception
    assert list(figures(page))[:2] == ["Accuracy", "Tone"]
    assert figures(page)["Accuracy"] == "14.6 %"
    assert figures(page)["Tone"] == "0.0 %"
    assert "judge-flagged, 11.1 to 19.1 % (95 %)" in texts(page.caption)
    (warning,) = page.warning
    told = str(warning.value).replace("\\", "")
    assert "**chat v8** is worse in accuracy than v7: over 99 % likely" in told
    assert "Judge-flagged: 33.0 %, +27.5 points (" in told


def test_versions_stand_side_by_side_and_changes_are_told(
    judged: Collector, open_page: Open
) -> None:
    """How likely the newer is worse; the first has nothing before it; the lines of the charts in words."""
    page = open_page(judged.url, "views/quality.py", tz=judged.zone)
    tables = [table.value for table in page.dataframe]
    versions = next(table for table in tables if "Probably worse" in table)
    assert list(versions["Prompt version"]) == ["v7", "v8"]
    assert list(versions["Probably worse"]) == ["", "over 99 % than v7"]
    assert list(versions["Judge-flagged"]) == ["5.5 %", "33.0 %"]
    changed = next(table for table in tables if "Before" in table)
    assert changed[["What", "Before", "After"]].to_numpy().tolist() == [
        ["Prompt version", "v7", "v8"]
    ]
    checks = next(table for table in tables if "Check" in table)
    assert list(checks["Failed"]) == ["100.0 %"]


def test_the_worst_answers_come_with_reasons_and_a_link_to_their_verdicts(
    judged: Collector, open_page: Open
) -> None:
    """The lowest score first, each answer once, however many rules judged it; the link keeps the time."""
    page = open_page(judged.url, "views/quality.py", tz=judged.zone)
    worst = next(table.value for table in page.dataframe if "Reason" in table.value)
    assert len(worst) == len(BAD)
    assert list(worst["Score"]) == sorted(worst["Score"])
    assert worst["Reason"][1] == "because <b>20</b>"
    trace = call(0).trace_id.hex()
    assert worst["Verdicts"][0] == f"?range=30d&tz={quote(judged.zone, safe='')}&trace={trace}"


def test_another_dimension_can_be_looked_at(judged: Collector, open_page: Open) -> None:
    """Its figures, and no worst answers where none was bad."""
    page = open_page(judged.url, "views/quality.py", tz=judged.zone)
    assert page.segmented_control(key="choice_dimension").value == "accuracy"
    page.segmented_control(key="choice_dimension").set_value("tone").run()
    assert not page.exception
    assert figures(page)["Judge-flagged"] == "0.0 %"
    assert "The judge called none bad" in texts(page.caption)
    assert "How far to trust the judge" in texts(page.header)


def test_a_link_of_an_alert_shows_that_answers_verdicts(judged: Collector, open_page: Open) -> None:
    """In every dimension, above everything else; and the way back to all."""
    trace = call(0).trace_id.hex()
    page = open_page(judged.url, "views/quality.py", tz=judged.zone)
    page.query_params["trace"] = trace
    page.run()
    assert not page.exception
    verdicts = page.dataframe[0].value
    assert list(verdicts["Dimension"]) == ["accuracy", "accuracy", "tone"]
    assert list(verdicts["Judge says"]) == ["bad", "bad", "good"]
    assert sorted(verdicts["Rule"]) == ["all", "all", "another"]
    assert verdicts["Reason"][0] == "because <b>0</b>"
    assert page.query_params["trace"] == trace, "the sidebar leaves it in the link"
    assert "Worst answers" not in texts(page.subheader)
    page.button(key="all-answers").click().run()
    assert "trace" not in page.query_params
    assert "Worst answers" in texts(page.subheader)


@pytest.mark.browser
def test_the_link_opens_cold_and_its_way_back_leaves_the_address(judged: Collector) -> None:
    """In a real browser: the answer stays in the address until somebody goes back to all."""
    trace = call(0).trace_id.hex()
    with dashboard_of(judged) as url, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1400})
        page.set_default_timeout(60_000)
        page.goto(f"{url}/quality?trace={trace}")
        expect(page.get_by_role("heading", name="The answer of the link")).to_be_visible()
        expect(page.get_by_text(f"Trace {trace}")).to_be_visible()
        expect(page).to_have_url(re.compile(f"range=30d.*trace={trace}"))
        page.get_by_role("button", name="Back to all answers").click()
        expect(page.get_by_role("heading", name="Worst answers")).to_be_visible()
        expect(page).not_to_have_url(re.compile("trace="))
        expect(page.get_by_test_id("stException")).to_have_count(0)


def test_an_answer_nobody_judged_is_no_error(judged: Collector, open_page: Open) -> None:
    """It says why that may be, shows text as text, and the rest of the page stays."""
    page = open_page(judged.url, "views/quality.py", tz=judged.zone)
    page.query_params["trace"] = f"{2**100:032x}"
    page.run()
    assert "No verdict on trace" in texts(page.info)
    assert figures(page)["Tone"] == "0.0 %"
    page.query_params["trace"] = "*no* trace"
    page.run()
    assert not page.exception
    assert "400" in texts(page.error)


def test_the_judge_must_earn_the_word_and_the_correction(tmp_path: Path, open_page: Open) -> None:
    """Before: judge-flagged, with what is missing. After 120 labels: the rubric's word, and the corrected share."""
    path = tmp_path / "labelled.duckdb"
    filled(path)
    with running(path) as collector:
        before = open_page(collector.url, "views/quality.py", tz=collector.zone)
        assert figures(before)["Corrected"] == "\N{EN DASH}"
        assert "not calibrated: it takes 100 more labels" in texts(before.caption)
        assert "the judge itself has changed" in texts(before.markdown)
        label(collector)
        st.cache_data.clear()  # as ten seconds do
        after = open_page(collector.url, "views/quality.py", tz=collector.zone)
        assert not after.exception
        shown = figures(after)
        assert "Judge-flagged" not in shown
        assert shown["Inaccurate answer"] == "14.6 %"
        assert shown["Corrected"] != "\N{EN DASH}"
        assert shown["Labels"] == "120"
        assert float(shown["Kappa"]) > 0.4
        assert "people agree with this judge" in texts(after.markdown)


def label(collector: Collector) -> None:
    """People label 40 flagged answers and 80 others, and mostly agree."""
    good = [n for n in range(OLD + NEW) if n not in BAD]
    said = [(n, "bad") for n in sorted(BAD)[:40]] + [(n, "good") for n in good[:80]]
    labels = [
        {
            "trace_id": call(n).trace_id.hex(),
            "span_id": call(n).span_id.hex(),
            "dimension": "accuracy",
            "label": "good" if place % 10 == 0 else each,
        }
        for place, (n, each) in enumerate(said)
    ]
    sent = httpx.post(f"{collector.url}/api/v1/labels", json={"labels": labels}, trust_env=False)
    assert sent.json()["stored"] == len(labels), sent.text


def row(**changed: Any) -> QualityRow:
    """A dimension in which nothing was judged, unless told otherwise."""
    nothing = dict.fromkeys(QualityRow.__slots__, None)
    counts = dict.fromkeys(("judged", "bad", "cannot_tell", "errors"), 0)
    known = {"dimension": "tone", "keys": {"feature": "chat", "prompt_version": "v2"}}
    rest = {"word": "judge-flagged", "calibrated": False}
    return QualityRow(**{**nothing, **counts, **known, **rest, **changed})


def test_what_is_not_known_is_a_dash_and_says_why() -> None:
    """Never a zero, never not-a-number: nothing decided, no labels, or a judge that labels say too little of."""
    nothing = quality_tiles.detail(row(errors=3), None)
    assert [tile.value for tile in nothing] == ["\N{EN DASH}"] * 3 + ["0"]
    assert [tile.note for tile in nothing][:3] == ["nothing decided", "nothing decided", "no score"]
    decided = row(judged=5, bad_rate=0.2, bad_rate_low=0.04, bad_rate_high=0.6)
    assert "another judge" in quality_tiles.why_not_corrected(decided, None)
    unsure = replace(decided, calibrated=True)
    assert "label more" in quality_tiles.why_not_corrected(unsure, judge(missing=None))
    assert quality_tiles.few(decided) == (
        "Only 5 answers judged: read the intervals, not the figures."
    )
    assert quality_tiles.few(replace(decided, judged=30)) is None


def judge(missing: str | None) -> Judge:
    """One that nothing else is known of."""
    return Judge("tone", "1", JUDGE, 5, 0, 0, 0, None, None, None, None, False, "w", missing, None)


def version(**changed: Any) -> Version:
    """A version with one before it."""
    shown = Version(row(judged=50, bad_rate=0.3), "v1", True, True, 0.2, 0.1, 0.3, 0.97)
    return replace(shown, **changed)


def test_only_the_newest_version_is_told_to_be_worse() -> None:
    """What is over is in the table; doubts about who judged are told."""
    assert len(quality_tiles.turned_worse([version()])) == 1
    mended = version(probability_worse=0.02)
    assert quality_tiles.turned_worse([version(), mended]) == []
    (told,) = quality_tiles.turned_worse([version(same_judge=False)])
    assert "Another judge graded it" in told
    assert (
        quality_tables.likely_worse(version(same_judge=False)) == "97 % than v1, but another judge"
    )
    assert quality_tables.likely_worse(version(probability_worse=None)) == "cannot be told"
    assert quality_tables.likely_worse(version(probability_worse=0.999)) == "over 99 % than v1"
    assert quality_tables.likely_worse(version(has_before=False)) == ""
