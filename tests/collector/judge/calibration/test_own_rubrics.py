"""Rubrics of one's own are as good as those that come along: their words, and what their labels mean."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.collector import RunningCollector, config_for

from .conftest import ANSWERS, FLAGGED, NOON, Labelling, content, fill, label, verdict

RUBRIC = """
name: promises
version: "1"
word: broken promise
instructions: Say whether the answer promises what nobody may promise.
labels:
  good: promises nothing that cannot be kept
  bad: promises a refund or a date
  cannot_tell: is no answer at all
"""


@pytest.fixture
def promising(tmp_path: Path) -> Iterator[Labelling]:
    """A collector that judges by a rubric of its user, a hundred of whose verdicts people bear out."""
    folder = tmp_path / "rubrics"
    folder.mkdir()
    (folder / "promises.yaml").write_text(RUBRIC)
    path = tmp_path / "ledger.duckdb"
    numbers = range(1, ANSWERS + 1)
    rows = [
        verdict(number, "bad" if number <= FLAGGED else "good", dimension="promises")
        for number in numbers
    ]
    fill(path, rows, [content(number) for number in numbers])
    config = config_for(path, extensions={"judge": {"rubrics": str(folder)}})
    with RunningCollector(config, lambda: NOON + 3600 * 10**9) as running:
        labelling = Labelling(running)
        labelling.say(
            *(
                label(number, "bad" if number <= FLAGGED else "good", dimension="promises")
                for number in range(1, 121)
            )
        )
        yield labelling


def test_its_word_is_said_once_people_bear_the_judge_out(promising: Labelling) -> None:
    """By the calibration and by the quality alike: they ask the same room."""
    assert promising.judge()["word"] == "broken promise"
    (total,) = promising.collector.get(
        "/api/v1/quality", since="2026-11-10T00:00:00Z", until="2026-11-11T00:00:00Z"
    )["totals"]
    assert (total["calibrated"], total["word"]) == (True, "broken promise")


def test_who_labels_is_told_what_the_labels_mean(promising: Labelling) -> None:
    """By the rubric's own words; of a dimension without a rubric nothing is made up."""
    told = promising.collector.get("/api/v1/labels/next", dimension="promises")["meanings"]
    assert told["bad"] == "promises a refund or a date"
    for unknown in ("unheard-of", "../rubrics/promises"):
        assert not promising.collector.get("/api/v1/labels/next", dimension=unknown)["meanings"]


def test_a_rubric_that_is_gone_takes_its_word_along(promising: Labelling, tmp_path: Path) -> None:
    """Figures are told all the same, and the bad answers are just that."""
    (tmp_path / "rubrics" / "promises.yaml").write_text("no rubric")
    assert promising.judge()["word"] == "bad answer"
    (tmp_path / "rubrics" / "promises.yaml").unlink()
    (tmp_path / "rubrics").rmdir()
    assert (promising.judge()["calibrated"], promising.judge()["word"]) == (True, "bad answer")
