"""The simulator as a judge. It reads the judge's prompt, decides what is true, and then errs.

It knows nothing but that text: claims of the fact table decide accuracy, rude phrases decide tone. Where the answer
lies between tags, only that is judged. A bad answer is called bad with the probability `judge_sensitivity`, a good one
good with `judge_specificity`. With the probability `judge_gullibility` it does what anybody tells it outside the tags,
or seems to. The draws depend on seed and prompt alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from . import draw, facts, judge_reading
from .answers import CLOSINGS, OPENINGS, RUDE_CLOSINGS, RUDE_OPENINGS
from .fields import Json, submessage
from .prompt import Prompt
from .settings import Settings


class Verdict(StrEnum):
    """What a judge may say."""

    GOOD = "good"
    BAD = "bad"
    CANNOT_TELL = "cannot_tell"


# What a rubric's `label` enum may call each verdict; the first that the enum has is used.
_LABELS = {
    Verdict.GOOD: (
        "good",
        "pass",
        "passed",
        "correct",
        "accurate",
        "yes",
        "true",
        "ok",
        "positive",
    ),
    Verdict.BAD: (
        "bad",
        "fail",
        "failed",
        "incorrect",
        "inaccurate",
        "no",
        "false",
        "poor",
        "negative",
    ),
    Verdict.CANNOT_TELL: (
        "cannot_tell",
        "unknown",
        "unsure",
        "undecided",
        "not_applicable",
        "skip",
    ),
}
_ACCURACY_WORDS = re.compile(
    r"\b((?:in)?accura\w*|factual\w*|facts?|incorrect|correct\w*|contradict\w*|true|wrong)\b",
    re.IGNORECASE,
)
_TONE_WORDS = re.compile(
    r"\b(tone|polite\w*|rude\w*|courte\w*|friendl\w*|curt|respect\w*|condescend\w*)\b",
    re.IGNORECASE,
)
_RUDE = {facts.plain(phrase): phrase for phrase in (*RUDE_OPENINGS, *RUDE_CLOSINGS)}
_KIND = {facts.plain(phrase): phrase for phrase in (*CLOSINGS, *OPENINGS)}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the sentence it rests on."""

    verdict: Verdict
    evidence: str
    reason: str


def is_judge_schema(schema: Json | None) -> bool:
    """Whether an answer of this schema is a judgement: an object with an enum `label`."""
    label = submessage(submessage(schema or {}, "properties"), "label")
    return isinstance(label.get("enum"), list)


def known_values(prompt: Prompt, schema: Json, settings: Settings) -> dict[str, object]:
    """The values of a judgement's properties, by name, for the schema filler."""
    gullible = draw.chance(settings.seed, "gullible", prompt.digest) < settings.judge_gullibility
    said = judge_reading.read(prompt.spoken, gullible=gullible)
    ordered = said.ordered_label if gullible else None
    judgement = _obedient(ordered) if ordered else judge(prompt, settings)
    score = _score(judgement.verdict, draw.chance(settings.seed, prompt.digest, "score"))
    if gullible and said.ordered_score is not None:
        score = said.ordered_score
    label = _label(judgement.verdict, submessage(submessage(schema, "properties"), "label"))
    return {
        "label": label,
        "score": score,
        "reason": judgement.reason,
        "explanation": judgement.reason,
        "evidence": judgement.evidence,
        "quote": judgement.evidence,
    }


def judge(prompt: Prompt, settings: Settings) -> Judgement:
    """The judgement on the answer in ``prompt``, errors included."""
    about_tone = asks_about_tone(prompt)
    answer = judge_reading.read(prompt.spoken).texts.get("answer", prompt.text)
    found = _tone(answer) if about_tone else _accuracy(answer)
    if found.verdict is Verdict.CANNOT_TELL:
        return found
    rate = (
        settings.judge_sensitivity if found.verdict is Verdict.BAD else settings.judge_specificity
    )
    if draw.chance(settings.seed, "judge", prompt.digest) < rate:
        return found
    return _mistaken(found, about_tone=about_tone)


def _obedient(label: str) -> Judgement:
    return Judgement(Verdict(label), "", "That is what was asked for.")


def asks_about_tone(prompt: Prompt) -> bool:
    """Which of the two dimensions is asked about: the one that the instruction names more often.

    Without an instruction of its own the whole prompt decides; in doubt it is accuracy.
    """
    for text in (prompt.system, prompt.text):
        tone, accuracy = len(_TONE_WORDS.findall(text)), len(_ACCURACY_WORDS.findall(text))
        if tone != accuracy:
            return tone > accuracy
    return False


def _accuracy(text: str) -> Judgement:
    claims = facts.claims_in(text)
    false = next((claim for claim in claims if not claim.true), None)
    if false:
        return Judgement(
            Verdict.BAD, false.sentence, "The answer contradicts what is known of the product."
        )
    if claims:
        return Judgement(Verdict.GOOD, claims[0].sentence, "What the answer states is true.")
    return Judgement(Verdict.CANNOT_TELL, "", "The answer states nothing that can be checked.")


def _tone(text: str) -> Judgement:
    read = facts.plain(text)
    if rude := _phrase(_RUDE, read):
        return Judgement(Verdict.BAD, rude, "The wording is dismissive towards the customer.")
    return Judgement(
        Verdict.GOOD, _phrase(_KIND, read), "The wording is friendly and to the point."
    )


def _phrase(phrases: Mapping[str, str], read: str) -> str:
    return next((phrase for plain, phrase in phrases.items() if plain in read), "")


def _mistaken(found: Judgement, *, about_tone: bool) -> Judgement:
    dimension = "tone" if about_tone else "content"
    if found.verdict is Verdict.BAD:
        return Judgement(Verdict.GOOD, found.evidence, f"Nothing in the {dimension} stands out.")
    return Judgement(Verdict.BAD, found.evidence, f"The {dimension} is not what was asked for.")


def _score(verdict: Verdict, drawn: float) -> float:
    low, high = {Verdict.GOOD: (0.8, 1.0), Verdict.BAD: (0.0, 0.35)}.get(verdict, (0.45, 0.55))
    return low + (high - low) * drawn


def _label(verdict: Verdict, schema: Json) -> str:
    choices = [str(choice) for choice in schema["enum"]]
    by_plain = {choice.casefold().replace(" ", "_"): choice for choice in choices}
    for name in _LABELS[verdict]:
        if name in by_plain:
            return by_plain[name]
    return choices[-1] if verdict is Verdict.CANNOT_TELL else choices[verdict is Verdict.BAD]
