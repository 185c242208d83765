"""What the collector answers about labels and judges, typed, and captured messages as turns to read. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gemledger_dashboard.spend.sums import Json


@dataclass(frozen=True, slots=True)
class Turn:
    """What somebody said."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class ToLabel:
    """One answer that awaits a label: the last question, the answer, and what stood before."""

    trace_id: str
    span_id: str
    feature: str | None
    prompt_version: str | None
    question: str
    answer: str
    context: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """Answers that await a label in one dimension; ``meanings`` is what each label stands for, where that is known."""

    dimension: str
    labelled: int
    waiting: int
    answers: tuple[ToLabel, ...]
    meanings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Canary:
    """The newest day with the fixed set: ``changed`` is None in the first week."""

    day: str
    scored: int
    agreement: Measured | None
    changed: bool | None


@dataclass(frozen=True, slots=True)
class Judge:
    """How one judge agrees with people, and what its verdicts may be called."""

    dimension: str
    rubric_version: str
    model: str
    judged: int
    labels: int
    people_cannot_tell: int
    judge_cannot_tell: int
    kappa: Measured | None
    sensitivity: Measured | None
    specificity: Measured | None
    band: str | None
    calibrated: bool
    word: str
    missing: str | None
    canary: Canary | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """Every judge, of each dimension the one that judged last first."""

    judges: tuple[Judge, ...]
    labels_needed: int
    kappa_needed: float

    @property
    def dimensions(self) -> tuple[str, ...]:
        """What answers are judged for."""
        return tuple(dict.fromkeys(judge.dimension for judge in self.judges))

    def judge(self, dimension: str) -> Judge | None:
        """The one in use now."""
        return next((judge for judge in self.judges if judge.dimension == dimension), None)


def queue(body: Json) -> Queue:
    """``/api/v1/labels/next``."""
    return Queue(
        dimension=str(body["dimension"]),
        labelled=int(body["labelled"]),
        waiting=int(body["waiting"]),
        answers=tuple(_to_label(row) for row in body["answers"]),
        meanings={str(name): str(text) for name, text in body["meanings"].items()},
    )


def calibration(body: Json) -> Calibration:
    """``/api/v1/calibration``."""
    return Calibration(
        tuple(_judge(row) for row in body["judges"]),
        int(body["labels_needed"]),
        float(body["kappa_needed"]),
    )


def turns(messages: Any) -> tuple[Turn, ...]:  # noqa: ANN401 - JSON of any instrumentation
    """Captured messages as text; what is no text is named in brackets, what is no message shown as it is."""
    if messages is None:
        return ()
    if not isinstance(messages, list):
        return (Turn("", messages if isinstance(messages, str) else json.dumps(messages)),)
    return tuple(turn for message in messages if (turn := _turn(message)).text)


def _to_label(row: Json) -> ToLabel:
    asked = turns(row["input_messages"])
    last = next(
        (place for place in reversed(range(len(asked))) if asked[place].role == "user"), None
    )
    question = "" if last is None else asked[last].text
    before = tuple(turn for place, turn in enumerate(asked) if place != last)
    instructions = "\n".join(turn.text for turn in turns(row["system_instructions"]))
    return ToLabel(
        trace_id=str(row["trace_id"]),
        span_id=str(row["span_id"]),
        feature=row["feature"],
        prompt_version=row["prompt_version"],
        question=question,
        answer="\n\n".join(turn.text for turn in turns(row["output_messages"])),
        context=(*((Turn("instructions", instructions),) if instructions else ()), *before),
    )


def _turn(message: object) -> Turn:
    if isinstance(message, str):
        return Turn("", message)
    if not isinstance(message, Mapping):
        return Turn("", json.dumps(message))
    parts = message.get("parts", message.get("content", message.get("text", "")))
    if "type" in message and "parts" not in message:  # instructions are a list of parts
        parts = [message]
    told = [parts] if isinstance(parts, str) else [_part(part) for part in _list(parts)]
    return Turn(str(message.get("role", "")), "\n".join(text for text in told if text))


def _part(part: object) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        return json.dumps(part)
    for name in ("content", "text"):
        if isinstance(part.get(name), str):
            return str(part[name])
    named = ": ".join(str(part[name]) for name in ("type", "name") if part.get(name))
    shown = next(
        (part[name] for name in ("response", "result", "arguments") if part.get(name)), None
    )
    told = "" if shown is None else f" {shown if isinstance(shown, str) else json.dumps(shown)}"
    return f"[{named or 'part'}]{told}"


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]


def _judge(row: Json) -> Judge:
    return Judge(
        dimension=str(row["dimension"]),
        rubric_version=str(row["rubric_version"]),
        model=str(row["judge_model"]),
        judged=int(row["judged"]),
        labels=int(row["labels"]),
        people_cannot_tell=int(row["people_cannot_tell"]),
        judge_cannot_tell=int(row["judge_cannot_tell"]),
        kappa=_measured(row, "kappa"),
        sensitivity=_measured(row, "sensitivity"),
        specificity=_measured(row, "specificity"),
        band=row["band"],
        calibrated=bool(row["calibrated"]),
        word=str(row["word"]),
        missing=row["missing"],
        canary=None if row["canary"] is None else _canary(row["canary"]),
    )


def _canary(day: Json) -> Canary:
    return Canary(
        day=str(day["day"]),
        scored=int(day["scored"]),
        agreement=_measured(day, "agreement"),
        changed=day["changed"],
    )


def _measured(row: Json, name: str) -> Measured | None:
    if row[name] is None:
        return None
    return Measured(*(float(row[key]) for key in (name, f"{name}_low", f"{name}_high")))
