"""Judged answers, prompt versions and changes as tables for the screen. Pure."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pandas as pd

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.quality import change_marks
from gemledger_dashboard.quality.quality_answers import Change, Evaluation, QualityRow, Version
from gemledger_dashboard.quality.value_answers import Answered, Said
from gemledger_dashboard.spend.grouping import UNSET

COUNTS = ("Judged", "Cannot tell", "Errors", "Checked")
"""The columns that hold whole numbers."""
VERDICTS = {"good": "good", "bad": "bad", "cannot_tell": "cannot tell", None: "error"}


def versions(found: Sequence[Version], word: str) -> pd.DataFrame:
    """One line per feature and prompt version of one dimension; `word` is what its bad answers are called."""
    frame = pd.DataFrame([_version(each, word) for each in found])
    corrected = any(each.figures.corrected_rate is not None for each in found)
    compared = any(each.has_before for each in found)
    left_out = [
        *([] if corrected else ["Corrected"]),
        *([] if compared else ["Difference", "Probably worse"]),
    ]
    return frame.drop(columns=left_out)


def likely_worse(version: Version) -> str:
    """How likely a version is worse than the one before it; who judged otherwise is named."""
    if not version.has_before:
        return ""
    if version.probability_worse is None:
        return "cannot be told"
    other = "" if version.same_judge else ", but another judge"
    return f"{likelihood(version.probability_worse)} than {version.before or UNSET}{other}"


def likelihood(probability: float) -> str:
    """A probability in whole percent; never a certainty."""
    if probability > 0.99:
        return "over 99 %"
    return "under 1 %" if probability < 0.01 else f"{probability * 100:.0f} %"


def checks(totals: Sequence[QualityRow]) -> pd.DataFrame:
    """One line per deterministic check."""
    return pd.DataFrame(
        [
            {
                "Check": row.dimension,
                "Checked": row.judged,
                "Failed": formats.percent(row.bad_rate),
                "95 % interval": formats.percent_interval(row.bad_rate_low, row.bad_rate_high),
                "Errors": row.errors,
            }
            for row in totals
        ]
    )


def changes(found: Sequence[Change], window: Window) -> pd.DataFrame:
    """One line per change, the newest first."""
    return pd.DataFrame(
        [
            {
                "When": change_marks.moment(change, window),
                "Feature": change.feature or UNSET,
                "What": change.kind.replace("_", " ").capitalize(),
                "Before": change.before,
                "After": change.after,
            }
            for change in reversed(found)
        ]
    )


def worst(
    answers: Sequence[Evaluation], said: Mapping[Answered, Said], window: Window
) -> pd.DataFrame:
    """One line per answer, with the judge's reason, what people said, and where its verdicts are.

    An answer that several rules had judged is there once, as the one saw it that liked it least.
    """
    once = {(answer.trace_id, answer.span_id): answer for answer in reversed(answers)}
    answers = [answer for answer in answers if once[answer.trace_id, answer.span_id] is answer]
    frame = pd.DataFrame(
        [
            {
                "Score": formats.score(answer.score),
                "Reason": answer.reason or formats.MISSING,
                "Verdicts": f"?{urlencode({**window.params(), 'trace': answer.trace_id})}",
                "Feature": answer.feature or UNSET,
                "Prompt version": answer.prompt_version or UNSET,
                "Thumbs": _thumbs(said.get((answer.trace_id, answer.span_id))),
                "Call": formats.instant(answer.call_start_time, window.zone),
                "Model": answer.model or UNSET,
            }
            for answer in answers
        ]
    )
    return frame if any(frame["Thumbs"] != formats.MISSING) else frame.drop(columns=["Thumbs"])


def verdicts(answers: Sequence[Evaluation], zone: ZoneInfo) -> pd.DataFrame:
    """One line per verdict on the calls of one trace."""
    frame = pd.DataFrame(
        [
            {
                "Dimension": answer.dimension,
                "Judge says": VERDICTS[answer.label],
                "Score": formats.score(answer.score),
                "Reason": answer.reason or formats.MISSING,
                "Evidence": answer.evidence,
                "Call": formats.instant(answer.call_start_time, zone),
                "Feature": answer.feature or UNSET,
                "Prompt version": answer.prompt_version or UNSET,
                "Model": answer.model or UNSET,
                "Judge": f"{answer.judge_model}, rubric {answer.rubric_version}",
                "Rule": answer.rule,
            }
            for answer in answers
        ]
    )
    return frame if any(frame["Evidence"]) else frame.drop(columns=["Evidence"])


def _version(version: Version, word: str) -> dict[str, object]:
    row = version.figures
    return {
        "Feature": version.feature or UNSET,
        "Prompt version": version.name or UNSET,
        word.capitalize(): formats.percent(row.bad_rate),
        "95 % interval": formats.percent_interval(row.bad_rate_low, row.bad_rate_high),
        "Corrected": formats.percent(row.corrected_rate),
        "Probably worse": likely_worse(version),
        "Difference": formats.points(
            version.difference, version.difference_low, version.difference_high
        ),
        "Mean score": formats.score(row.mean_score),
        "Judged": row.judged,
        "Cannot tell": row.cannot_tell,
        "Errors": row.errors,
    }


def _thumbs(said: Said | None) -> str:
    return formats.MISSING if said is None else f"{said.up} up, {said.down} down"
