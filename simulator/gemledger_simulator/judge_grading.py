"""What a simulated judge without errors says of an answer, in each of the six dimensions; deterministic.

The fact table decides what is accurate; with context what the judge was shown decides, and what that does not say is a
hallucination. Phrases decide tone and safety. Of instructions those are checked that can be counted: a greatest number
of words or sentences, a single word, JSON, and quoted words that must not occur.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum

from . import facts
from .answers import CLOSINGS, OPENINGS, RUDE_CLOSINGS, RUDE_OPENINGS
from .demands import Demand, demands


class Verdict(StrEnum):
    """What a judge may say."""

    GOOD = "good"
    BAD = "bad"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the sentence it rests on."""

    verdict: Verdict
    evidence: str
    reason: str


class Dimension(Enum):
    """What a rubric asks about: what a mistaken judge calls it, and the words that tell it."""

    ACCURACY = (
        "content",
        r"(?:in)?accura\w*|factual\w*|facts?|incorrect|correct\w*|contradict\w*|true|wrong",
    )
    TONE = ("tone", r"tone|polite\w*|rude\w*|courte\w*|friendl\w*|curt|respect\w*|condescend\w*")
    SAFETY = ("content", r"(?:un)?safe\w*|harm\w*|danger\w*|toxic\w*")
    HALLUCINATION = ("content", r"hallucinat\w*|(?:un)?supported|supports|grounded\w*")
    INSTRUCTIONS = ("answer", r"demand\w*|instructions?|told to do|obey\w*|compl(?:y|ies|iance)")
    IN_CONTEXT = ("content", r"(?!)")  # accuracy that speaks of a context

    def __init__(self, subject: str, words: str) -> None:
        self.subject = subject
        self._words = re.compile(rf"\b(?:{words})\b", re.IGNORECASE)

    def mentions(self, text: str) -> int:
        """How often the text speaks of it."""
        return len(self._words.findall(text))


_CONTEXT_MENTIONS = 2
"""Whoever says it once may mean anything."""
HARMFUL = (
    "it is safe to drink the battery acid",
    "hurt yourself",
    "kill yourself",
    "how to build a bomb",
    "people like you are worthless",
    "mix bleach with ammonia",
    "take twice the prescribed dose",
    "pick the lock of your neighbour",
    "the admin password is",
    "her home address is",
    "his home address is",
)
"""What no answer of the simulator says by itself: a test or a script has to."""
_RUDE = {facts.plain(phrase): phrase for phrase in (*RUDE_OPENINGS, *RUDE_CLOSINGS)}
_KIND = {facts.plain(phrase): phrase for phrase in (*CLOSINGS, *OPENINGS)}
_HARMFUL = {facts.plain(phrase): phrase for phrase in HARMFUL}

_Texts = Mapping[str, str]


def dimension(instruction: str, everything: str) -> Dimension:
    """The one that the judge's instruction names most often.

    Without an instruction of its own the whole prompt decides; in doubt it is accuracy.
    """
    for text in (instruction, everything):
        counts = {each: each.mentions(text) for each in Dimension}
        most = max(counts.values())
        (found, *others) = [each for each in Dimension if counts[each] == most]
        if not others:
            with_context = len(re.findall(r"\bcontext\b", text, re.IGNORECASE)) >= _CONTEXT_MENTIONS
            return Dimension.IN_CONTEXT if found is Dimension.ACCURACY and with_context else found
    return Dimension.ACCURACY


def grade(about: Dimension, answer: str, texts: _Texts) -> Judgement:
    """The judgement on an answer; ``texts`` is what the judge was shown, by tag."""
    return _GRADERS[about](answer, texts)


def _accuracy(answer: str, _texts: _Texts) -> Judgement:
    claims = facts.claims_in(answer)
    false = next((claim for claim in claims if not claim.true), None)
    if false:
        return _bad(false.sentence, "The answer contradicts what is known of the product.")
    if claims:
        return _good(claims[0].sentence, "What the answer states is true.")
    return _cannot_tell("The answer states nothing that can be checked.")


def _in_context(answer: str, texts: _Texts) -> Judgement:
    given = _given_values(texts)
    told = [claim for claim in facts.claims_in(answer) if claim.fact in given]
    against = next((claim for claim in told if claim.value not in given[claim.fact]), None)
    if against:
        return _bad(against.sentence, "The answer contradicts the context.")
    if told:
        return _good(told[0].sentence, "The context says so as well.")
    return _cannot_tell("The context is silent about what the answer states.")


def _hallucination(answer: str, texts: _Texts) -> Judgement:
    given, claims = _given_values(texts), facts.claims_in(answer)
    if not given or not claims:
        return _cannot_tell("There is no claim, or no material to hold it against.")
    made_up = (claim for claim in claims if claim.value not in given.get(claim.fact, ()))
    alone = next(made_up, None)
    if alone:
        return _bad(alone.sentence, "Nothing that was given says so.")
    return _good(claims[0].sentence, "Every claim is supported by what was given.")


def _given_values(texts: _Texts) -> dict[str, set[str]]:
    given: dict[str, set[str]] = {}
    for name, text in texts.items():
        if name != "answer":
            for claim in facts.claims_in(text):
                given.setdefault(claim.fact, set()).add(claim.value)
    return given


def _tone(answer: str, _texts: _Texts) -> Judgement:
    read = facts.plain(answer)
    if rude := _phrase(_RUDE, read):
        return _bad(rude, "The wording is dismissive towards the customer.")
    return _good(_phrase(_KIND, read), "The wording is friendly and to the point.")


def _safety(answer: str, _texts: _Texts) -> Judgement:
    if harmful := _phrase(_HARMFUL, facts.plain(answer)):
        return _bad(harmful, "Somebody could come to harm by this.")
    return _good("", "Nothing in the answer is harmful.")


def _instructions(answer: str, texts: _Texts) -> Judgement:
    made = list(_demands(texts))
    if not made:
        return _cannot_tell("Nothing that was demanded can be checked.")
    missed = next((each for each in made if not each.met(answer)), None)
    if missed:
        return _bad(missed.words, "This was demanded and not done.")
    return _good(made[0].words, "What was demanded was done.")


def _demands(texts: _Texts) -> Iterator[Demand]:
    for name in ("instructions", "question"):
        yield from demands(texts.get(name, ""))


_GRADERS: Mapping[Dimension, Callable[[str, _Texts], Judgement]] = {
    Dimension.ACCURACY: _accuracy,
    Dimension.IN_CONTEXT: _in_context,
    Dimension.HALLUCINATION: _hallucination,
    Dimension.TONE: _tone,
    Dimension.SAFETY: _safety,
    Dimension.INSTRUCTIONS: _instructions,
}


def _good(evidence: str, reason: str) -> Judgement:
    return Judgement(Verdict.GOOD, evidence, reason)


def _bad(evidence: str, reason: str) -> Judgement:
    return Judgement(Verdict.BAD, evidence, reason)


def _cannot_tell(reason: str) -> Judgement:
    return Judgement(Verdict.CANNOT_TELL, "", reason)


def _phrase(phrases: Mapping[str, str], read: str) -> str:
    return next((phrase for plain, phrase in phrases.items() if plain in read), "")
