"""Rubrics in files: what one must hold, which there are, and what is wrong with one, with file, line and remedy."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BeforeValidator, Field, ValidationError, model_validator
from yaml.nodes import MappingNode, Node

from gemledger_collector.config_lines import Lines
from gemledger_collector.config_problems import problems_of
from gemledger_collector.config_values import Name, Strict
from gemledger_collector.errors import ConfigError

SETTING = "extensions.judge.rubrics"
SUFFIX = ".yaml"
PLAIN_WORD = "bad answer"

Needs = Literal["none", "context", "instructions"]


def _version(written: object) -> object:
    """YAML reads ``version: 2`` as a number, and ``1.10`` as 1.1: the first is meant as it stands, the second lost."""
    if isinstance(written, float):
        raise ValueError(f"{written} is read as a number; write it in quotes")  # noqa: TRY004 - pydantic reports ValueError only
    return str(written) if isinstance(written, int) and not isinstance(written, bool) else written


Version = Annotated[
    str, BeforeValidator(_version), Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$")
]
Meaning = Annotated[str, Field(min_length=3, max_length=2000, pattern=r"\S")]


class LabelMeanings(Strict):
    """What each of the three labels means; there are no others."""

    good: Meaning
    bad: Meaning
    cannot_tell: Meaning

    @model_validator(mode="after")
    def _differ(self) -> Self:
        meanings = [text.strip() for text in (self.good, self.bad, self.cannot_tell)]
        if len(set(meanings)) < len(meanings):
            raise ValueError("two labels mean the same; no judge could choose between them")
        return self


class RubricFile(Strict):
    """The written criteria of one dimension, as they stand in ``NAME.yaml``.

    ``word`` is what an answer with the label bad is called once the judge is calibrated; ``needs`` what must have been
    captured beside question and answer.
    """

    name: Name
    version: Version
    word: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\n<>]*\S$")] = PLAIN_WORD
    needs: Needs = "none"
    instructions: Annotated[str, Field(min_length=20, max_length=20_000)]
    labels: LabelMeanings


@cache
def shipped_rubrics() -> tuple[str, ...]:
    """Names of the rubrics that come with the collector."""
    files = (entry.name for entry in resources.files("gemledger_collector.judge.rubrics").iterdir())
    return tuple(sorted(name.removesuffix(SUFFIX) for name in files if name.endswith(SUFFIX)))


def known_rubrics(folder: Path | None = None) -> tuple[str, ...]:
    """Names of all there are: those that come with the collector, then the user's own."""
    return shipped_rubrics() + (own_rubrics(folder) if folder else ())


def own_rubrics(folder: Path) -> tuple[str, ...]:
    """Names of the rubrics in a folder. Raises ValueError where there is none."""
    if not folder.is_dir():
        raise ValueError(f"{str(folder)!r} is no folder; make it, with a NAME.yaml for each rubric")
    return tuple(sorted(file.stem for file in folder.glob(f"*{SUFFIX}")))


@cache
def read_shipped(name: str) -> RubricFile:
    """One that comes with the collector. Raises ConfigError where there is none of this name."""
    if name not in shipped_rubrics():
        raise ConfigError(f"there is no rubric {name!r}; there are {', '.join(shipped_rubrics())}")
    file = resources.files("gemledger_collector.judge.rubrics").joinpath(f"{name}{SUFFIX}")
    return RubricFile.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))


def read_own(folder: Path, name: str) -> RubricFile:
    """One of the user's own. Raises ConfigError: file, line, key, remedy; all problems at once."""
    path = folder / f"{name}{SUFFIX}"
    root, document = _read(path)
    problems = [f"{key}: stands there twice; keep one" for key in _repeated(root)]
    try:
        rubric = RubricFile.model_validate(document)
    except ValidationError as error:
        problems += problems_of(error, RubricFile)
    else:
        problems += _misnamed(rubric, name)
    if problems:
        raise ConfigError(Lines(root).located(path, problems))
    return rubric


def require_rubrics(folder: Path | None) -> None:
    """Raises ConfigError when a rubric of the folder could not be judged by, used or not."""
    if folder is None:
        return
    problems = []
    for name in own_rubrics(folder):
        try:
            read_own(folder, name)
        except ConfigError as error:
            problems.append(str(error))
    problems += [
        f"{SETTING}: {file} is not read; name it {file.with_suffix(SUFFIX).name}"
        for file in sorted(folder.glob("*.yml"))
    ]
    if problems:
        raise ConfigError("\n".join(problems))


def _read(path: Path) -> tuple[Node | None, object]:
    try:
        text = path.read_text(encoding="utf-8")
        return yaml.compose(text, Loader=yaml.SafeLoader), yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}); check {SETTING}") from error
    except (yaml.YAMLError, RecursionError) as error:
        where = " ".join(str(error).split())
        raise ConfigError(f"{path}: not YAML ({where}); check indentation and quotes") from error


def _misnamed(rubric: RubricFile, name: str) -> Iterator[str]:
    if rubric.name != name:
        yield f"name: {rubric.name!r} is not what the file is called; write {name!r}, or rename it"
    elif name in shipped_rubrics():
        yield f"name: {name!r} is the name of a rubric that comes with gemledger; give yours its own"


def _repeated(root: Node | None) -> Iterator[str]:
    """Keys that one mapping has twice: YAML would silently take the last."""
    if not isinstance(root, MappingNode):
        return
    for key, count in Counter(key.value for key, _ in root.value).items():
        if count > 1:
            yield str(key)
    for key, child in root.value:
        yield from (f"{key.value}.{each}" for each in _repeated(child))
