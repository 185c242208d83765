"""How far the judge of a run and the people who labelled the data set agree; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from gemledger_collector.estimation.agreement import agreement
from gemledger_collector.estimation.correction import LabelCounts
from gemledger_collector.estimation.rates import Estimate

DECIDED = ("good", "bad")


def agreed(verdicts: Mapping[str, tuple[str, str]], examples: int) -> dict[str, Any] | None:
    """Of item → (what the judge says, what people say); who is undecided has no part. None: no answer has both.

    The figures are those of the labelled answers as they are, however these were chosen.
    """
    both = {id_: said for id_, said in verdicts.items() if all(each in DECIDED for each in said)}
    if not both:
        return None
    found = {
        said: [id_ for id_, each in both.items() if each == said]
        for said in ((judge, people) for judge in DECIDED for people in DECIDED)
    }
    counts = LabelCounts(
        flagged_bad=len(found["bad", "bad"]),
        flagged_good=len(found["bad", "good"]),
        passed_bad=len(found["good", "bad"]),
        passed_good=len(found["good", "good"]),
    )
    told = agreement(counts)
    return {
        "labels": told.labels,
        "agreeing": len(found["bad", "bad"]) + len(found["good", "good"]),
        **_figures(told.kappa, told.sensitivity, told.specificity),
        "calibrated": told.calibrated,
        "missing": told.missing,
        "flagged_but_good": _some(found["bad", "good"], examples),
        "passed_but_bad": _some(found["good", "bad"], examples),
    }


def _figures(*estimates: Estimate | None) -> dict[str, Any]:
    named = zip(("kappa", "sensitivity", "specificity"), estimates, strict=True)
    return {name: None if each is None else asdict(each) for name, each in named}


def _some(ids: Sequence[str], examples: int) -> list[str]:
    return list(ids[:examples])
