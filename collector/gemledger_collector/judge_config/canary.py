"""``extensions.judge.canary``: a fixed set of answers whose labels are known, graded anew every day."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import time
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from gemledger_collector.config_values import Listed, Name, Strict, Zone

BUILTIN = "builtin"
_VERSION_DIGITS = 8


def _clock(written: object) -> time:
    if isinstance(written, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", written):
        return time.fromisoformat(written)
    raise ValueError(f'{written!r} is no time of day; give one such as "04:00", in quotes')


class CanaryItem(Strict):
    """A question and an answer whose label is known; ``dimensions`` are the rubrics by which it is."""

    item: Annotated[str, Field(min_length=1, max_length=100)]
    dimensions: Annotated[Listed[Name], Field(min_length=1)]
    question: str
    answer: Annotated[str, Field(min_length=1)]
    instructions: str | None = None
    context: str | None = None
    expected: Literal["good", "bad", "cannot_tell"]


@dataclass(frozen=True, slots=True)
class CanarySet:
    """All items, and a digest of them: verdicts on other items are not compared."""

    name: str
    version: str
    items: Sequence[CanaryItem]


class CanaryConfig(Strict):
    """Which set, and from what time of day on it is graded, once; ``null`` is none."""

    set: str | None = None
    at: Annotated[time, BeforeValidator(_clock)] = time(4)
    timezone: Zone = "UTC"

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        self.read()
        return self

    def read(self) -> CanarySet | None:
        """The set. Raises ValueError: file, line, what is wrong with it."""
        if self.set is None:
            return None
        return _builtin() if self.set == BUILTIN else _own(Path(self.set))


@cache
def _builtin() -> CanarySet:
    file = resources.files("gemledger_collector.judge.canary").joinpath("builtin.jsonl")
    return _set(BUILTIN, file.read_text(encoding="utf-8"))


def _own(file: Path) -> CanarySet:
    try:
        return _set(file.stem, file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{file} cannot be read ({error}); give {BUILTIN}, a file with one JSON object a line, or null"
        ) from error


def _set(name: str, text: str) -> CanarySet:
    items = [
        item
        for number, line in enumerate(text.splitlines(), 1)
        for item in _item(name, number, line)
    ]
    names = [item.item for item in items]
    twice = next((each for each in names if names.count(each) > 1), None)
    if twice is not None or not items:
        raise ValueError(
            f"canary set {name}: " + (f"{twice!r} stands there twice" if twice else "no item")
        )
    version = hashlib.sha256(text.strip().encode()).hexdigest()[:_VERSION_DIGITS]
    return CanarySet(name, version, tuple(items))


def _item(name: str, number: int, line: str) -> Iterator[CanaryItem]:
    if not line.strip():
        return
    try:
        yield CanaryItem.model_validate(json.loads(line))
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise ValueError(f"canary set {name}, line {number}: {where}: {problem['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"canary set {name}, line {number}: no JSON ({error})") from error
