"""The simulator as a judge. It reads the judge's prompt, decides what is true, and then errs.

It knows nothing but that text; `judge_grading` says what decides in which dimension. Where the answer lies between
tags, only that is judged. A bad answer is called bad with the probability `judge_sensitivity`, a good one
good with `judge_specificity`. With the probability `judge_gullibility` it does what anybody tells it outside the tags,
or seems to. The draws depend on seed and prompt alone.
"""

from . import draw, judge_grading, judge_reading
from .fields import Json, submessage
from .judge_grading import Judgement, Verdict
from .prompt import Prompt
from .settings import Settings

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
    dimension = judge_grading.dimension(prompt.system, prompt.text)
    texts = judge_reading.read(prompt.spoken).texts
    found = judge_grading.grade(dimension, texts.get("answer", prompt.text), texts)
    if found.verdict is Verdict.CANNOT_TELL:
        return found
    rate = (
        settings.judge_sensitivity if found.verdict is Verdict.BAD else settings.judge_specificity
    )
    if draw.chance(settings.seed, "judge", prompt.digest) < rate:
        return found
    return _mistaken(found, dimension.subject)


def _obedient(label: str) -> Judgement:
    return Judgement(Verdict(label), "", "That is what was asked for.")


def _mistaken(found: Judgement, subject: str) -> Judgement:
    if found.verdict is Verdict.BAD:
        return Judgement(Verdict.GOOD, found.evidence, f"Nothing in the {subject} stands out.")
    return Judgement(Verdict.BAD, found.evidence, f"The {subject} is not what was asked for.")


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
