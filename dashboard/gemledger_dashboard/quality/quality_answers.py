"""What the collector answers about quality, typed, and its JSON made into that. Pure; nothing is guessed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gemledger_dashboard.frame.json_parts import keys, moment
from gemledger_dashboard.labels import label_answers
from gemledger_dashboard.labels.label_answers import Calibration
from gemledger_dashboard.spend.sums import Json


@dataclass(frozen=True, slots=True)
class QualityRow:
    """What the judge said of one dimension in one group; rates and scores with their interval."""

    bucket_start: datetime | None
    dimension: str
    keys: Mapping[str, str | None]
    judged: int
    bad: int
    cannot_tell: int
    errors: int
    bad_rate: float | None
    bad_rate_low: float | None
    bad_rate_high: float | None
    mean_score: float | None
    mean_score_low: float | None
    mean_score_high: float | None
    corrected_rate: float | None = None
    corrected_rate_low: float | None = None
    corrected_rate_high: float | None = None
    calibrated: bool = False
    word: str = "judge-flagged"

    @property
    def good(self) -> int:
        """Judged answers that were neither flagged nor left open."""
        return self.judged - self.bad - self.cannot_tell


@dataclass(frozen=True, slots=True)
class Quality:
    """The groups of a window, and one row per dimension over all of it."""

    by: tuple[str, ...]
    rows: tuple[QualityRow, ...]
    totals: tuple[QualityRow, ...]
    checks: tuple[QualityRow, ...]
    """Deterministic checks over all of the window: right by definition, so without a correction."""
    interval: str


@dataclass(frozen=True, slots=True)
class Change:
    """A feature's first call with another prompt version or model; not `exact`: the quarter of an hour it was in."""

    time: datetime
    exact: bool
    kind: str
    feature: str | None
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Version:
    """A prompt version of a feature in one dimension, against the one that was judged before it, if any."""

    figures: QualityRow
    before: str | None
    has_before: bool
    same_judge: bool
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    probability_worse: float | None

    @property
    def feature(self) -> str | None:
        """Whose it is."""
        return self.figures.keys["feature"]

    @property
    def name(self) -> str | None:
        """The prompt version itself."""
        return self.figures.keys["prompt_version"]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One answer as one judge saw it in one dimension."""

    call_start_time: datetime
    trace_id: str
    span_id: str
    feature: str | None
    prompt_version: str | None
    model: str | None
    rule: str
    dimension: str
    label: str | None
    """None where the judge gave no usable answer; then `reason` says why."""
    score: float | None
    reason: str
    evidence: str
    judge_model: str
    rubric_version: str


@dataclass(frozen=True, slots=True)
class Summary:
    """All that the page about quality begins with, of one moment."""

    quality: Quality
    versions: tuple[Version, ...]
    changes: tuple[Change, ...]
    calibration: Calibration


def summary(body: Json) -> Summary:
    """`/api/v1/quality/summary`."""
    return Summary(
        quality(body["quality"], ()),
        versions(body),
        changes(body),
        label_answers.calibration(body["calibration"]),
    )


def quality(body: Json, by: tuple[str, ...]) -> Quality:
    """`/api/v1/quality`, asked by these dimensions of attribution."""
    return Quality(
        by,
        tuple(_quality(row, by) for row in body["rows"]),
        tuple(_quality(row, ()) for row in body["totals"]),
        tuple(_quality(row, ()) for row in body["checks"]["totals"]),
        str(body["interval"]),
    )


def changes(body: Json) -> tuple[Change, ...]:
    """`/api/v1/changes`."""
    return tuple(
        Change(
            time=datetime.fromisoformat(row["time"]),
            exact=bool(row["exact"]),
            kind=str(row["kind"]),
            feature=row["feature"],
            before=str(row["before"]),
            after=str(row["after"]),
        )
        for row in body["changes"]
    )


def evaluations(body: Json) -> tuple[Evaluation, ...]:
    """`/api/v1/evaluations`."""
    return tuple(
        Evaluation(
            call_start_time=datetime.fromisoformat(row["call_start_time"]),
            trace_id=str(row["trace_id"]),
            span_id=str(row["span_id"]),
            feature=row["feature"],
            prompt_version=row["prompt_version"],
            model=row["model"],
            rule=str(row["rule"]),
            dimension=str(row["dimension"]),
            label=row["label"],
            score=_ratio(row["score"]),
            reason=row["reason"] or row["error"] or "",
            evidence=row["evidence"] or "",
            judge_model=str(row["judge_model"]),
            rubric_version=str(row["rubric_version"]),
        )
        for row in body["evaluations"]
    )


def versions(body: Json) -> tuple[Version, ...]:
    """`/api/v1/quality/versions`."""
    return tuple(_version(row) for row in body["versions"])


def _version(row: Json) -> Version:
    before = row["before"]
    return Version(
        figures=_quality(row, ("feature", "prompt_version")),
        before=before and before["prompt_version"],
        has_before=before is not None,
        same_judge=before is None or bool(before["same_judge"]),
        difference=_ratio(row["difference"]),
        difference_low=_ratio(row["difference_low"]),
        difference_high=_ratio(row["difference_high"]),
        probability_worse=_ratio(row["probability_worse"]),
    )


def _quality(row: Json, by: tuple[str, ...]) -> QualityRow:
    return QualityRow(
        bucket_start=moment(row.get("bucket_start")),
        dimension=str(row["dimension"]),
        keys=keys(row, by),
        judged=int(row["judged"]),
        bad=int(row["bad"]),
        cannot_tell=int(row["cannot_tell"]),
        errors=int(row["errors"]),
        bad_rate=_ratio(row["bad_rate"]),
        bad_rate_low=_ratio(row["bad_rate_low"]),
        bad_rate_high=_ratio(row["bad_rate_high"]),
        mean_score=_ratio(row["mean_score"]),
        mean_score_low=_ratio(row["mean_score_low"]),
        mean_score_high=_ratio(row["mean_score_high"]),
        corrected_rate=_ratio(row["corrected_rate"]),
        corrected_rate_low=_ratio(row["corrected_rate_low"]),
        corrected_rate_high=_ratio(row["corrected_rate_high"]),
        calibrated=bool(row["calibrated"]),
        word=str(row["word"]),
    )


def _ratio(value: Any) -> float | None:  # noqa: ANN401 - JSON can hold anything here
    return None if value is None else float(value)
