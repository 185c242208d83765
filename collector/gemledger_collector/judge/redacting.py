"""A judge whose words are redacted: like anyone's, they may hold what nobody should keep, even of a redacted answer."""

from dataclasses import dataclass, replace

from gemledger.redaction import Redactor
from gemledger_collector.judge.grade import GradeError, Judge
from gemledger_collector.judge.prompt import Prompt, Verdict
from gemledger_collector.judge_config.canary import CanarySet


@dataclass(frozen=True, slots=True)
class RedactingJudge:
    """Grades as ``judge`` does."""

    judge: Judge
    redactor: Redactor

    def grade(self, prompt: Prompt) -> Verdict:
        """One verdict, its words without secrets and personal data, as those of an error are. Raises GradeError."""
        try:
            verdict = self.judge.grade(prompt)
        except GradeError as error:
            raise GradeError(
                self.redactor(str(error)),
                error.kind,
                wait_seconds=error.wait_seconds,
                metered=error.metered,
            ) from error
        evidence, reason = self.redactor(verdict.evidence), self.redactor(verdict.reason)
        return replace(verdict, evidence=evidence, reason=reason)

    def flush(self) -> bool:
        """As the judge does."""
        return self.judge.flush()

    def close(self) -> None:
        """As the judge does."""
        self.judge.close()


def redacted_set(known: CanarySet, redactor: Redactor | None) -> CanarySet:
    """A canary set as its answers would be captured; it stays the same set, by name and version."""
    if redactor is None:
        return known
    items = [
        item.model_copy(
            update={
                name: redactor(text)
                for name in ("question", "answer", "instructions", "context")
                if (text := getattr(item, name)) is not None
            }
        )
        for item in known.items
    ]
    return replace(known, items=items)
