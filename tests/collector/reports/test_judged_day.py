"""The report of a day whose answers were judged: rates of all answers, the word they have earned, and what stopped."""

from pathlib import Path
from typing import Any

import pytest
from support.judged import every, verdict

from .conftest import Shop, at
from .judged import Past


@pytest.fixture
def past(tmp_path: Path) -> Past:
    """On the 27th one answer in five was flagged; on the 28th one in ten, and four in five of fifty boosted ones."""
    path = tmp_path / "judged.duckdb"
    past = Past(path).judged("2026-11-27T09:00", every(5, 300))
    past.judged("2026-11-28T09:00", every(10, 100))
    boosted = [place % 5 > 0 for place in range(50)]
    return past.judged("2026-11-28T12:00", boosted, inclusion_probability=1.0, representative=False)


def told(past: Past) -> tuple[Any, str, str]:
    """The report as JSON, as Markdown and as HTML."""
    with past.collector() as running:
        shop = Shop(running)
        return shop.report(), shop.written("markdown"), shop.written("html")


def test_a_rate_is_of_all_answers_and_not_of_the_picked(past: Past) -> None:
    """Fifty of 150 judged answers are bad, and one in ten of all: who was sure to be picked counts a hundredth."""
    report, text, page = told(past)
    (row,) = report["quality"]
    assert (row["judged"], row["bad"], row["word"]) == (150, 50, "judge-flagged")
    assert row["rate"]["value"] == pytest.approx(1040 / 10_050)
    assert row["rate"]["low"] < 0.07
    assert row["rate"]["high"] > 0.15
    assert row["corrected"] is None
    assert row["before"]["rate"]["value"] == pytest.approx(0.2)
    assert report["sentences"][2].startswith(
        "Of 150 judgements the worst is hallucination: 10.3 % ("
    )
    assert "judge-flagged, against 20.0 % (" in report["sentences"][2]
    assert "Judge-flagged" in text
    assert "hallucination, judge-flagged" in page


def test_people_s_labels_correct_it_and_earn_its_word(past: Past) -> None:
    """The judge flags 10.3 % and is calibrated: what is truly bad has the rubric's own word, and an interval."""
    past.people(120, differ=6)
    report, text, page = told(past)
    (row,) = report["quality"]
    assert row["word"] == "hallucination"
    corrected = row["corrected"]
    assert corrected["low"] < corrected["value"] < corrected["high"]
    assert corrected["value"] != pytest.approx(row["rate"]["value"])
    assert row["before"]["corrected"] is not None
    percent = f"{corrected['value'] * 100:.1f} %"
    assert report["sentences"][2].startswith(
        f"Of 150 judgements the worst is hallucination: {percent} ("
    )
    assert "%), corrected for the judge's errors, against" in report["sentences"][2]
    assert "| Truly bad |" in text
    assert "judge-flagged" not in (text + page).lower()


def test_twenty_labels_earn_no_word(past: Past) -> None:
    """Every one of them agrees; they are too few all the same."""
    past.people(20, differ=0)
    report, text, _ = told(past)
    assert (report["quality"][0]["word"], report["quality"][0]["corrected"]) == (
        "judge-flagged",
        None,
    )
    assert "Truly bad" not in text


def test_what_could_not_be_told_is_on_neither_side(past: Past) -> None:
    """Counted apart, and no part of the rate; so are verdicts that could not be had."""
    when = at("2026-11-28T18:00")
    past.said(verdict(when + n, "cannot_tell", dimension="hallucination") for n in range(7))
    past.said(verdict(when + n, None, dimension="hallucination") for n in range(3))
    (row,) = told(past)[0]["quality"]
    assert (row["judged"], row["cannot_tell"], row["errors"]) == (157, 7, 3)
    assert row["rate"]["value"] == pytest.approx(1040 / 10_050)


def test_checks_stand_apart_from_judgements(past: Past) -> None:
    """What does not parse has failed, by definition: it is neither the worst judgement nor judge-flagged."""
    when = at("2026-11-28T18:00")
    past.said(
        verdict(when + n, "bad", dimension="valid_json", kind="check", judge_model="check")
        for n in range(9)
    )
    report, text, _ = told(past)
    judged, checked = report["quality"]
    assert (judged["dimension"], judged["checked"]) == ("hallucination", False)
    assert (checked["dimension"], checked["checked"], checked["word"]) == (
        "valid_json",
        True,
        "failed",
    )
    assert "the worst is hallucination" in report["sentences"][2]
    assert "### Checks, rates" in text


def test_a_day_of_checks_alone_was_not_judged(tmp_path: Path) -> None:
    """The report says both: what failed, and that no judge has looked."""
    past = Past(tmp_path / "checked.duckdb")
    past.said([verdict(at("2026-11-28T10:00"), "bad", dimension="valid_json", kind="check")])
    report, text, _ = told(past)
    assert report["sentences"][2].startswith("How good the answers were is not known: ")
    assert "Nothing was judged: no answer of that day is in the store." in text
    assert "### Checks, rates" in text


def test_a_judge_whose_budget_was_used_up_says_so(past: Past) -> None:
    """The alert of that day is in the report, and so is that the judge stopped."""
    past.watched("2026-11-28T15:00", budget_used_up_since="2026-11-28T14:30")
    report, text, _ = told(past)
    assert report["judge"]["budget_stopped"] is True
    assert "a day (UTC), and stood still once that was used up." in text
    rules = {each["rule"]: each for each in report["alerts"]}
    assert rules["judge-budget"]["severity"] == "info"
    assert "is used up" in rules["judge-budget"]["summary"]


def test_a_judge_with_money_left_was_not_stopped(past: Past) -> None:
    """Other alerts of the day say nothing of its budget."""
    past.watched("2026-11-28T15:00")
    report, text, _ = told(past)
    assert report["judge"]["budget_stopped"] is False
    assert "stood still" not in text


def test_the_alert_of_a_regression_is_told_with_its_cause(past: Past) -> None:
    """Version v8 came at 13:00: the report has the alert, since when, and by how much."""
    past.judged("2026-11-28T13:00", every(2, 40), prompt_version="v8")
    past.watched("2026-11-28T12:59", "2026-11-28T13:30")
    report, text, _ = told(past)
    (alert,) = [each for each in report["alerts"] if "v8" in each["summary"]]
    assert alert["began_today"]
    assert not alert["ended_today"]
    assert "of answers judge-flagged for hallucination" in alert["summary"]
    assert alert["cause"].startswith("more bad answers with prompt version v8")
    assert "still firing" in text
    assert "began" in report["sentences"][1]


def test_without_a_verdict_the_worst_is_that_of_nobody(tmp_path: Path) -> None:
    """The day before was judged and this one was not: no old rate is passed off as today's."""
    past = Past(tmp_path / "before.duckdb").judged("2026-11-27T09:00", every(5, 50))
    report, text, page = told(past)
    (row,) = report["quality"]
    assert (row["judged"], row["rate"]) == (0, None)
    assert row["before"]["judged"] == 50
    assert report["sentences"][2].startswith("How good the answers were is not known: ")
    assert "not judged" in page
    assert "20.0 %" in text
