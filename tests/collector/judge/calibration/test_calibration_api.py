"""How far the judge agrees with people, over HTTP: the figures, the word they earn, and what is missing."""

from pathlib import Path

import pytest
from support.collector import RunningCollector, config_for

from gemledger_collector.storage.labels import Grading, label_counts
from gemledger_collector.storage.store import Store

from .conftest import ANSWERS, FLAGGED, MODEL, NOON, Labelling, content, fill, label, verdict


def test_without_labels_the_judge_only_flags(labelling: Labelling) -> None:
    """What is missing is said in words, and no figure is made up."""
    judge = labelling.judge()
    assert (judge["dimension"], judge["rubric_version"], judge["judge_model"]) == (
        "accuracy",
        "1",
        MODEL,
    )
    assert (judge["judged"], judge["labels"]) == (ANSWERS, 0)
    assert (judge["calibrated"], judge["word"], judge["missing"]) == (
        False,
        "judge-flagged",
        "100 more labels",
    )
    assert judge["kappa"] is judge["sensitivity"] is judge["specificity"] is None


def test_a_hundred_labels_that_agree_earn_the_word(labelling: Labelling) -> None:
    """Of 30 flagged answers 27 are bad, of 70 others 2: weighted back to all 300."""
    flagged = [label(number, "bad" if number <= 27 else "good") for number in range(1, FLAGGED + 1)]
    others = [label(number, "bad" if number <= 32 else "good") for number in range(31, 101)]
    labelling.say(*flagged)
    assert labelling.judge()["missing"] == "70 more labels"
    labelling.say(*others)
    judge = labelling.judge()
    caught, missed = 0.1 * 27 / 30, 0.9 * 2 / 70
    assert judge["labels"] == 100
    assert judge["sensitivity"] == pytest.approx(caught / (caught + missed))
    assert judge["specificity"] == pytest.approx(0.9 * 68 / 70 / (0.9 * 68 / 70 + 0.1 * 3 / 30))
    assert judge["kappa_low"] < judge["kappa"] < judge["kappa_high"]
    assert judge["calibrated"] is True
    assert judge["word"] != "judge-flagged"
    assert judge["missing"] is None
    assert judge["band"] == "almost perfect"


def test_a_judge_that_people_disagree_with_keeps_the_cautious_word(labelling: Labelling) -> None:
    """A hundred labels by the toss of a coin: kappa is about 0."""
    labelling.say(*(label(number, ("bad", "good")[number % 2]) for number in range(1, 121)))
    judge = labelling.judge()
    assert judge["labels"] == 120
    assert not judge["calibrated"]
    assert judge["word"] == "judge-flagged"
    assert "kappa is" in judge["missing"]


def test_who_cannot_tell_counts_on_neither_side(tmp_path: Path) -> None:
    """A person's and the judge's are counted apart."""
    path = tmp_path / "x.duckdb"
    rows = [
        verdict(1, "good"),
        verdict(2, "bad"),
        verdict(3, "cannot_tell"),
        verdict(4, None, error="x"),
    ]
    fill(path, rows, [content(number) for number in range(1, 5)])
    with RunningCollector(config_for(path), lambda: NOON) as running:
        labelling = Labelling(running)
        labelling.say(label(1, "good"), label(2, "cannot_tell"), label(3, "bad"), label(4, "bad"))
        judge = labelling.judge()
    assert (judge["judged"], judge["labels"]) == (2, 1)
    assert (judge["people_cannot_tell"], judge["judge_cannot_tell"]) == (1, 1)


def test_each_model_and_version_of_a_rubric_is_a_judge_of_its_own(tmp_path: Path) -> None:
    """The same labels serve all of them; the newest judge comes first."""
    path = tmp_path / "x.duckdb"
    rows = [verdict(1, "good"), verdict(2, "bad")]
    rows += [verdict(1, "bad", rubric_version="2", judged_at_unix_nano=NOON + 5)]
    rows += [verdict(2, "good", judge_model="gemini-2.5-pro", judged_at_unix_nano=NOON + 7)]
    fill(path, rows, [])
    with RunningCollector(config_for(path), lambda: NOON) as running:
        labelling = Labelling(running)
        labelling.say(label(1, "good"), label(2, "bad"))
        judges = running.get("/api/v1/calibration")["judges"]
    assert [(each["judge_model"], each["rubric_version"], each["labels"]) for each in judges] == [
        ("gemini-2.5-pro", "1", 1),
        (MODEL, "2", 1),
        (MODEL, "1", 2),
    ]


def test_answers_that_were_judged_more_often_count_less(tmp_path: Path) -> None:
    """A boost that judged every thumbs-down must not make the judge look as if it flagged half of all."""
    path = tmp_path / "x.duckdb"
    rows = [
        verdict(
            number,
            "bad" if number <= 50 else "good",
            inclusion_probability=1.0 if number <= 50 else 0.05,
        )
        for number in range(1, 101)
    ]
    rows += [verdict(101, "bad", inclusion_probability=0.05)]
    fill(path, rows, [])
    with RunningCollector(config_for(path), lambda: NOON) as running:
        Labelling(running).say(
            *(label(number, "bad" if number <= 50 else "good") for number in range(1, 101))
        )
    store = Store.open(path)
    with store.reading() as snapshot:
        counts = label_counts(snapshot, Grading("accuracy", "1", MODEL))
        nobody = label_counts(snapshot, Grading("tone", "1", MODEL))
    store.close()
    assert (counts.flagged_bad, counts.flagged_good, counts.passed_bad) == (50, 0, 0)
    assert nobody.flagged + nobody.passed == 0
