"""Rubrics: what a judge is told, by name and version."""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from gemledger_collector.judge_config.rubric_files import (
    PLAIN_WORD,
    Needs,
    RubricFile,
    read_own,
    read_shipped,
    shipped_rubrics,
)

LABELS = ("good", "bad", "cannot_tell")
DIGEST_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Rubric:
    """The written criteria of one dimension.

    ``version`` is what stands beside every verdict: of one that comes with the collector the number in its file (a
    test holds its wording), of one's own that number and a digest of the wording, ``2+ab12cd34``, so that verdicts by
    other words never mix. ``word`` is what a bad answer may be called once the judge is calibrated.
    """

    name: str
    version: str
    instructions: str
    labels: tuple[tuple[str, str], ...]
    word: str = PLAIN_WORD
    needs: Needs = "none"

    @property
    def digest(self) -> str:
        """Changes with every word the judge is told, and with nothing else."""
        told = [self.name, self.needs, self.instructions, list(self.labels)]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:DIGEST_DIGITS]


def load(name: str, folder: Path | None = None) -> Rubric:
    """The rubric of this name: one that comes with the collector, else ``NAME.yaml`` of the folder.

    Raises ConfigError where there is none, or where it cannot be judged by.
    """
    if folder is None or name in shipped_rubrics():
        return _shipped(name)
    own = _rubric(read_own(folder, name))
    return replace(own, version=f"{own.version}+{own.digest}")


@cache
def _shipped(name: str) -> Rubric:
    return _rubric(read_shipped(name))


def _rubric(written: RubricFile) -> Rubric:
    meanings = written.labels
    return Rubric(
        name=written.name,
        version=written.version,
        instructions=written.instructions.strip(),
        labels=tuple((label, getattr(meanings, label).strip()) for label in LABELS),
        word=written.word,
        needs=written.needs,
    )
