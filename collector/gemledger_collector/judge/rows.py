"""What a judge or a check said of a pick, as a row of ``evaluations``."""

from dataclasses import dataclass, replace
from typing import Self

from gemledger_collector.judge.prompt import kept
from gemledger_collector.judge.sampling import Pick
from gemledger_collector.judge_config import JudgeRule

CHECK = "check"
"""The kind of what was found without a model, and who is named as the judge of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A verdict, or an error: exactly one of ``label`` and ``error`` is given."""

    dimension: str
    version: str
    by: str
    attempt: int
    kind: str | None = None
    label: str | None = None
    score: float | None = None
    evidence: str | None = None
    reason: str | None = None
    error: str | None = None

    def found(
        self, label: str, score: float | None, *, reason: str, evidence: str | None = None
    ) -> Self:
        """With this verdict."""
        quoted = None if evidence is None else kept(evidence)
        return replace(self, label=label, score=score, reason=kept(reason), evidence=quoted)


def evaluation_row(rule: JudgeRule, pick: Pick, said: Said, now: int) -> dict[str, object]:
    """Every column of ``evaluations``."""
    answer = pick.answer
    return {
        "rule": rule.name,
        "dimension": said.dimension,
        "rubric_version": said.version,
        "trace_id": answer.trace_id,
        "span_id": answer.span_id,
        "call_start_unix_nano": answer.start_time_unix_nano,
        "response_id": answer.response_id,
        "conversation_id": answer.conversation_id,
        "team": answer.team,
        "feature": answer.feature,
        "environment": answer.environment,
        "prompt_version": answer.prompt_version,
        "model": answer.model,
        "label": said.label,
        "score": said.score,
        "evidence": said.evidence,
        "reason": said.reason,
        "error": said.error,
        "attempt": said.attempt,
        "judge_model": said.by,
        "sample_rate": rule.sample_rate,
        "inclusion_probability": pick.inclusion_probability,
        "sampled_because": pick.because,
        "representative": pick.representative,
        "kind": said.kind,
        "judged_at_unix_nano": now,
    }
