"""Who answers: the data set itself, or one or two models under system instructions of one's own."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from gemledger_cli.evaluating.items import Item

_Each = TypeVar("_Each")
GIVEN = "data set"
MOST = 2


class NoCandidates(ValueError):  # noqa: N818 - named for what was not given
    """The arguments name no candidates; the text says what to give."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name, and who answers under it; without a model the answers are those of the data set."""

    name: str
    model: str | None = None
    system_instruction: str | None = None
    """In place of the item's own; None leaves that."""

    @property
    def told(self) -> dict[str, str | None]:
        """What makes it this candidate and no other."""
        prompt = self.system_instruction
        digest = None if prompt is None else sha256(prompt.encode()).hexdigest()[:12]
        return {"name": self.name, "model": self.model, "prompt_sha256": digest}


def candidates(
    models: Sequence[str], prompts: Sequence[Path], items: Sequence[Item]
) -> Sequence[Candidate]:
    """Who is to answer. Two of both are two pairs, one of either holds for both. Raises NoCandidates."""
    if not models and not prompts:
        return [Candidate(GIVEN)]
    if len(models) > MOST or len(prompts) > MOST:
        raise NoCandidates("a comparison has two sides: give --model and --prompt twice at most")
    named = list(models) or [_usual_model(items)]
    texts: list[str | None] = [_prompt(each) for each in prompts] or [None]
    count = max(len(named), len(texts))
    sides = zip(_filled(named, count), _filled(texts, count), strict=True)
    labels = _names(named, [each.name for each in prompts], count)
    found = [Candidate(label, *side) for label, side in zip(labels, sides, strict=True)]
    if count == MOST and found[0].told | {"name": ""} == found[1].told | {"name": ""}:
        raise NoCandidates("both sides are the same model and prompt; there is nothing to compare")
    return found


def _usual_model(items: Sequence[Item]) -> str:
    counted = Counter(item.model for item in items if item.model)
    if not counted:
        raise NoCandidates("no item says which model answered; name one with --model")
    return min(counted, key=lambda model: (-counted[model], model))


def _prompt(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NoCandidates(f"--prompt {file} cannot be read ({error})") from error
    if not text:
        raise NoCandidates(f"--prompt {file} is empty")
    return text


def _filled(given: Sequence[_Each], count: int) -> Sequence[_Each]:
    return list(given) * (count // len(given))


def _names(models: Sequence[str], files: Sequence[str], count: int) -> Sequence[str]:
    """What tells the sides apart, and nothing else."""
    parts = [given for given in (models, files) if len(set(given)) == count]
    if not parts:
        return [f"{letter}: {models[0]}" for letter in "AB"[:count]]
    return [", ".join(side) for side in zip(*parts, strict=True)]
