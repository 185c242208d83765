"""``GET /api/v1/calibration``: how far each judge agrees with people, and what its verdicts may be called."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter

from gemledger_collector.api.context import Ask, iso
from gemledger_collector.estimation.agreement import (
    KAPPA_NEEDED,
    LABELS_NEEDED,
    Agreement,
    agreement,
    band,
)
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.judge import rubric
from gemledger_collector.judge_config import known_rubrics
from gemledger_collector.storage.labels import Labelled, labelled

Json = dict[str, Any]
FLAGGED = "judge-flagged"
PLAIN_WORD = "bad answer"

router = APIRouter(tags=["quality"])


@dataclass(frozen=True, slots=True)
class Word:
    """What answers that a judge calls bad are called, and why not something stronger."""

    word: str
    missing: str


def word_of(dimension: str, found: Agreement) -> Word:
    """The rubric's own word once the judge is known to agree with people, else the cautious one."""
    if found.missing:
        return Word(FLAGGED, found.missing)
    return Word(_own_word(dimension), "")


@router.get("/api/v1/calibration")
def calibration(ask: Ask) -> Json:
    """Each judge (dimension, rubric version, judge model) against the labels of people, the newest judge first.

    Labels come half from flagged answers and half from the others; the figures are those of all judged answers. Who
    could not tell, judge or person, has no part in them and is counted apart.
    """
    with ask.store.reading() as snapshot:
        found = labelled(snapshot)
    return {
        "judges": [_judge(each) for each in found],
        "labels_needed": LABELS_NEEDED,
        "kappa_needed": KAPPA_NEEDED,
        "interval": "95 %, drawn from the posteriors of Jeffreys' prior",
    }


def _judge(each: Labelled) -> Json:
    found = agreement(each.counts)
    word = word_of(each.grading.dimension, found)
    return {
        "dimension": each.grading.dimension,
        "rubric_version": each.grading.rubric_version,
        "judge_model": each.grading.judge_model,
        "last_judged_at": iso(each.judged_at_unix_nano),
        "judged": each.judged,
        "labels": each.labels,
        "labels_that_count": found.labels,
        "people_cannot_tell": each.people_cannot_tell,
        "judge_cannot_tell": each.judge_cannot_tell,
        **_estimate("kappa", found.kappa),
        **_estimate("sensitivity", found.sensitivity),
        **_estimate("specificity", found.specificity),
        "band": None if found.kappa is None else band(found.kappa.value),
        "calibrated": found.calibrated,
        "word": word.word,
        "missing": word.missing or None,
    }


def _estimate(name: str, found: Estimate | None) -> Json:
    if found is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def _own_word(dimension: str) -> str:
    if dimension not in known_rubrics():
        return PLAIN_WORD
    return str(getattr(rubric.load(dimension), "word", None) or PLAIN_WORD)
