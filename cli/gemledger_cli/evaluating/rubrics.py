"""The judge's own rubrics, prompts and parsing, as the collector has them: what it would say is what is said here."""

from collections.abc import Sequence
from pathlib import Path

from gemledger_collector.errors import ConfigError
from gemledger_collector.judge import rubric as rubrics
from gemledger_collector.judge.rubric import Rubric
from gemledger_collector.judge_config import known_rubrics

FILE = ".yaml"


class NoRubric(ValueError):  # noqa: N818 - named for what was not given
    """There is no such rubric, or it cannot be judged by; the text says where and what to do."""


def load_rubrics(given: Sequence[str]) -> Sequence[Rubric]:
    """Rubrics by name, or from a file that ends in .yaml. Raises NoRubric."""
    loaded = [_load(each) for each in given]
    names = [rubric.name for rubric in loaded]
    if len(set(names)) < len(names):
        raise NoRubric(f"--rubric names one twice among {', '.join(names)}; give each once")
    return loaded


def _load(given: str) -> Rubric:
    if not given.endswith(FILE):
        if given not in known_rubrics():
            known = ", ".join(known_rubrics())
            raise NoRubric(
                f"there is no rubric {given!r}; there are {known}, and files that end in .yaml"
            )
        return rubrics.load(given)
    file = Path(given)
    if not file.is_file():
        raise NoRubric(f"--rubric {given}: there is no such file")
    if file.stem in known_rubrics():
        raise NoRubric(
            f"{given}: {file.stem!r} is the name of a rubric that comes with gemledger; rename it"
        )
    try:
        return rubrics.load(file.stem, file.absolute().parent)
    except ConfigError as error:
        raise NoRubric(str(error)) from error
