"""What people's labels change about an alert: the word, the rates its chart tells apart, and the corrected rate."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.judged import every

from gemledger_collector.alerts.alert import State
from gemledger_collector.alerts.evaluate import Evaluator
from gemledger_collector.alerts.notification import Reason
from gemledger_collector.alerts.sources import Sources
from gemledger_collector.storage.minutes import Minutes

if TYPE_CHECKING:
    from collector.alerts.quality.conftest import Judged

RUBRIC = """
name: {name}
version: "1"
word: broken promise
instructions: Say whether the answer promises what nobody may promise.
labels: {{good: promises nothing, bad: promises too much, cannot_tell: cannot be told}}
"""


def watched(timeline: "Judged", dimension: str = "hallucination") -> "Judged":
    """Of a version that is no longer in use 600 answers were judged, one in five bad."""
    timeline.quality(dimension=dimension)
    return timeline.answers("-10d", "1m", every(5, 600), dimension=dimension, prompt_version="v6")


def regression(timeline: "Judged", dimension: str = "hallucination") -> None:
    """Half of the new version's answers are bad, and somebody is told."""
    timeline.answers("0s", "1m", every(2, 40), dimension=dimension, prompt_version="v8")
    timeline.at("41m").expect(State.FIRING, Reason.FIRST)


def test_a_hundred_and_twenty_labels_earn_the_word(timeline: "Judged") -> None:
    """People agree with the judge: the message calls it what it is, and says how much of it is true."""
    watched(timeline).people(120, differ=2)
    regression(timeline)
    (alert,) = timeline.alerts
    told = alert.annotations
    assert 'of answers judged "hallucination" (' in told["summary"]
    assert "judge-flagged" not in str(told)
    assert told["corrected"].endswith(" hallucination, corrected for the judge's errors")
    assert "(95 %: " in told["corrected"]
    (message,) = timeline.messages
    assert "hallucination" in str(message.body)


def test_with_twenty_labels_the_judge_only_flags(timeline: "Judged") -> None:
    """They agree as well, but are too few to say so."""
    watched(timeline).people(20)
    regression(timeline)
    (alert,) = timeline.alerts
    assert "of answers judge-flagged for hallucination (" in alert.annotations["summary"]
    assert "corrected" not in alert.annotations


def test_people_who_disagree_earn_the_judge_no_word(timeline: "Judged") -> None:
    """A hundred and twenty labels at a kappa of about 0."""
    watched(timeline).people(120, differ=30)
    regression(timeline)
    assert "judge-flagged" in timeline.alerts[0].annotations["summary"]


def test_labels_of_another_judge_say_nothing_of_this_one(timeline: "Judged") -> None:
    """The rubric was rewritten since: what people said of the old verdicts is no praise of the new ones."""
    watched(timeline).people(120)
    timeline.answers(
        "0s", "1m", every(2, 40), dimension="hallucination", prompt_version="v8", rubric_version="2"
    )
    timeline.at("41m").expect(State.FIRING, Reason.FIRST)
    assert "judge-flagged" in timeline.alerts[0].annotations["summary"]


def test_a_fixed_rate_is_told_apart_in_what_the_judge_says(timeline: "Judged") -> None:
    """Of 60 flagged answers 12 are good: where 3 % are bad the judge flags more, and a chart at 3 % fires for ever."""
    watched(timeline).people(120, differ=0)
    timeline.people(
        24, differ=12
    )  # people look again at twelve of each half, and find the judge wrong
    timeline.answers("0s", "1m", every(12, 240), dimension="hallucination", prompt_version="v8")
    timeline.at("241m").expect_nothing()


def test_without_labels_the_same_answers_page(timeline: "Judged") -> None:
    """The control of the story above."""
    watched(timeline)
    timeline.answers("0s", "1m", every(12, 240), dimension="hallucination", prompt_version="v8")
    timeline.at("241m").expect(State.FIRING, Reason.FIRST)


def test_labels_that_come_while_it_fires_change_the_words(timeline: "Judged") -> None:
    """Nobody is paged again for it, and who looks reads the stronger word."""
    watched(timeline)
    regression(timeline)
    timeline.people(120, differ=2).at("42m").expect(State.FIRING)
    assert 'judged "hallucination"' in timeline.alerts[0].annotations["summary"]


def test_after_a_restart_the_judge_is_as_trusted_as_before(timeline: "Judged") -> None:
    """Labels are in the store; nothing of the word is only remembered."""
    watched(timeline).people(120, differ=2)
    regression(timeline)
    summary = timeline.alerts[0].annotations["summary"]
    timeline.restart().at("42m").expect(State.FIRING)
    assert timeline.alerts[0].annotations["summary"] == summary


@pytest.mark.parametrize(("there", "word"), [(True, "broken promise"), (False, "bad answer")])
def test_a_rubric_of_ones_own_brings_its_word(
    timeline: "Judged", tmp_path: Path, word: str, *, there: bool
) -> None:
    """From the folder the judge reads; without its file a bad answer is just that."""
    folder = tmp_path / "rubrics"
    folder.mkdir()
    if there:
        (folder / "promises.yaml").write_text(RUBRIC.format(name="promises"))
    watched(timeline, "promises").people(120, differ=2)
    timeline.answers("0s", "1m", every(2, 40), dimension="promises", prompt_version="v8")
    sources = Sources(Minutes(timeline.store), rubrics=folder)
    Evaluator(timeline.store, timeline.config, sources=sources).evaluate(timeline.time("41m"))
    assert f'judged "{word}"' in timeline.alerts[0].annotations["summary"]
