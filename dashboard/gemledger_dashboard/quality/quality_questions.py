"""What the pages about quality ask of the collector."""

from collections.abc import Mapping
from typing import Literal

from gemledger_dashboard.frame.client import Question
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.labels import label_answers
from gemledger_dashboard.quality import quality_answers, value_answers
from gemledger_dashboard.quality.value_answers import Answered, Said, Thumbs, Value
from gemledger_dashboard.questions import ALL, Bucket, Only, narrowed, times

ValueBy = Literal["model", "feature", "prompt_version"]
NARROWING = frozenset(("team", "feature", "environment", "prompt_version", "model"))
"""What judged answers can be narrowed to."""


def summary(window: Window, bucket: Bucket, only: Only = ALL) -> Question[quality_answers.Summary]:
    """What the judge said of the calls of a window, by version, what changed, and how far to trust it."""
    chosen = narrowed({name: values for name, values in only.items() if name in NARROWING})
    params = (*times(window), ("bucket", bucket), *chosen)
    return Question("/api/v1/quality/summary", params, quality_answers.summary)


def worst(
    window: Window, dimension: str, limit: int = 50
) -> Question[tuple[quality_answers.Evaluation, ...]]:
    """Answers that the judge called bad, the lowest score first."""
    chosen = (("label", "bad"), ("dimension", dimension), ("order", "worst"))
    params = (*times(window)[:2], *chosen, ("limit", str(limit)))
    return Question("/api/v1/evaluations", params, quality_answers.evaluations)


def of_trace(trace_id: str) -> Question[tuple[quality_answers.Evaluation, ...]]:
    """Every verdict on the answers of one trace, however old."""
    return Question("/api/v1/evaluations", (("trace_id", trace_id),), quality_answers.evaluations)


def to_label(dimension: str, limit: int) -> Question[label_answers.Queue]:
    """Answers that await a label; asking is noted as reading content."""
    params = (("dimension", dimension), ("limit", str(limit)))
    return Question("/api/v1/labels/next", params, label_answers.queue)


def calibration() -> Question[label_answers.Calibration]:
    """How far each judge agrees with people."""
    return Question("/api/v1/calibration", (), label_answers.calibration)


def value(window: Window, by: ValueBy, dimension: str | None = None) -> Question[Value]:
    """What good answers of a window cost, and where the same costs less."""
    chosen = () if dimension is None else (("dimension", dimension),)
    params = (*times(window)[:2], ("by", by), *chosen)
    return Question("/api/v1/quality/value", params, value_answers.value)


def thumbs(window: Window, *by: str) -> Question[Thumbs]:
    """How people liked the answers of a window."""
    params = (*times(window)[:2], *(("by", name) for name in by))
    return Question("/api/v1/feedback/summary", params, value_answers.thumbs)


def said(window: Window, limit: int = 1_000) -> Question[Mapping[Answered, Said]]:
    """Thumbs of single answers, by trace and span."""
    params = (*times(window)[:2], ("limit", str(limit)))
    return Question("/api/v1/feedback", params, value_answers.said)
