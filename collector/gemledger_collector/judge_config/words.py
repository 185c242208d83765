"""What people read of a judge: what its bad answers are called, and what each label stands for."""

from pathlib import Path

from gemledger_collector.errors import ConfigError
from gemledger_collector.judge_config.rubric_files import (
    PLAIN_WORD,
    RubricFile,
    own_rubrics,
    read_own,
    read_shipped,
    shipped_rubrics,
)

FLAGGED = "judge-flagged"
FAILED = "failed"
"""What does not pass a check: that is right by definition."""


def word(dimension: str, folder: Path | None, *, calibrated: bool) -> str:
    """The rubric's own word once people's labels bear the judge out, else the cautious one.

    Where the rubric is gone or cannot be read any more, its bad answers are simply bad.
    """
    if not calibrated:
        return FLAGGED
    rubric = _rubric(dimension, folder)
    return PLAIN_WORD if rubric is None else rubric.word


def meanings(dimension: str, folder: Path | None) -> dict[str, str]:
    """What each label stands for by the rubric, so that people and judge look for the same; empty without a rubric."""
    rubric = _rubric(dimension, folder)
    if rubric is None:
        return {}
    return {label: text.strip() for label, text in rubric.labels.model_dump().items()}


def _rubric(dimension: str, folder: Path | None) -> RubricFile | None:
    if dimension in shipped_rubrics():
        return read_shipped(dimension)
    try:
        known = () if folder is None else own_rubrics(folder)
        return read_own(folder, dimension) if folder is not None and dimension in known else None
    except (
        ConfigError,
        ValueError,
    ):  # changed since the start: what was judged is read all the same
        return None
