"""What a check is shown, and what it may find."""

from dataclasses import dataclass

from gemledger_collector.judge.failures import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One captured answer, for a check to read; what was not captured or not known is empty, or None."""

    answer: str
    question: str = ""
    context: str = ""
    instructions: str = ""
    model: str | None = None
    team: str | None = None
    feature: str | None = None
    environment: str | None = None
    prompt_version: str | None = None
    conversation_id: str | None = None
    response_id: str | None = None
    start_time_unix_nano: int = 0
    duration_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Label, score and why; the reason quotes nothing of the answer. Without a score it cannot be told."""

    label: str
    score: float | None
    reason: str

    @classmethod
    def good(cls, reason: str) -> "Finding":
        """As it should be."""
        return cls("good", 1.0, reason)

    @classmethod
    def bad(cls, reason: str) -> "Finding":
        """Not as it should be."""
        return cls("bad", 0.0, reason)

    @classmethod
    def either(cls, good: bool, reason: str) -> "Finding":
        """Good or bad, for the same reason."""
        return cls.good(reason) if good else cls.bad(reason)

    @classmethod
    def cannot_tell(cls, reason: str) -> "Finding":
        """Neither."""
        return cls("cannot_tell", None, reason)


class CheckError(Exception):
    """The check found nothing because it failed; the text says why. Becomes an error row."""

    def __init__(self, text: str, kind: Kind = Kind.CHECK_FAILED) -> None:
        super().__init__(text[:500])
        self.kind = kind
