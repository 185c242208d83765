"""``GET /api/v1/calibration``: how far each judge agrees with people, and what its verdicts may be called."""

from pathlib import Path
from typing import Any

from fastapi import APIRouter

from gemledger_collector.api import canary
from gemledger_collector.api.context import Ask, iso
from gemledger_collector.api.quality_rows import estimate
from gemledger_collector.estimation.agreement import (
    KAPPA_NEEDED,
    LABELS_NEEDED,
    band,
)
from gemledger_collector.storage.judges import Judges, Trust
from gemledger_collector.storage.labels import Grading
from gemledger_collector.storage.transaction import Snapshot

Json = dict[str, Any]
_CANARY_DAYS = 30

router = APIRouter(tags=["quality"])


@router.get("/api/v1/calibration")
def calibration(ask: Ask) -> Json:
    """Each judge (dimension, rubric version, judge model) against the labels of people, the newest judge first.

    Labels come half from flagged answers and half from the others; the figures are those of all judged answers. Who
    could not tell, judge or person, has no part in them and is counted apart. ``canary`` is its newest day of the last
    thirty with the fixed set, null where it has none.
    """
    with ask.store.reading() as snapshot:
        return told(snapshot, Judges.of(snapshot), ask.clock(), ask.config.judge.rubrics_folder)


def told(snapshot: Snapshot, found: Judges, now_unix_nano: int, rubrics: Path | None) -> Json:
    """The answer of ``/api/v1/calibration``."""
    graded = canary.judges(snapshot, now_unix_nano, _CANARY_DAYS)
    newest = {_grading(each): {"set": each["set"], **each["days"][-1]} for each in graded}
    return {
        "judges": [
            {
                **_judge(each, rubrics),
                "canary": newest.get(each.labelled.grading),
            }
            for each in found.known.values()
        ],
        "labels_needed": LABELS_NEEDED,
        "kappa_needed": KAPPA_NEEDED,
        "interval": "95 %, drawn from the posteriors of Jeffreys' prior",
    }


def _grading(graded: Json) -> Grading:
    return Grading(graded["dimension"], graded["rubric_version"], graded["judge_model"])


def _judge(trust: Trust, rubrics: Path | None) -> Json:
    each, found = trust.labelled, trust.agreement
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
        **estimate("kappa", found.kappa),
        **estimate("sensitivity", found.sensitivity),
        **estimate("specificity", found.specificity),
        "band": None if found.kappa is None else band(found.kappa.value),
        "calibrated": found.calibrated,
        "word": trust.word(rubrics),
        "missing": found.missing or None,
    }
