"""A judge that quotes at length: its words are redacted whole, and cut only then."""

from gemledger.redaction import Redactor
from gemledger_collector.judge.prompt import LONGEST_TEXT, Prompt, Verdict
from gemledger_collector.judge.redacting import RedactingJudge
from gemledger_collector.judge.rows import Said

SECRET = "anna.schmidt@example.com"


class Quoting:
    """A judge that quotes an address across the place where its words are cut."""

    def grade(self, prompt: Prompt) -> Verdict:
        """The same whatever it is asked."""
        del prompt
        words = "x " * (LONGEST_TEXT // 2 - 4) + SECRET
        return Verdict("bad", 0.1, words, words)

    def flush(self) -> bool:
        """Nothing waits."""
        return True

    def close(self) -> None:
        """Nothing is open."""


def test_half_an_address_at_the_cut_is_not_kept() -> None:
    """Cut first, the first half would be no address any more, and stay."""
    verdict = RedactingJudge(Quoting(), Redactor()).grade(Prompt("", ""))
    said = Said(dimension="accuracy", version="1", by="judge", attempt=1).found(
        verdict.label, verdict.score, reason=verdict.reason, evidence=verdict.evidence
    )
    for words in (said.reason, said.evidence):
        assert words is not None
        assert len(words) <= LONGEST_TEXT
        assert "anna" not in words
