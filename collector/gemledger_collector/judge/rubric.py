"""Rubrics: what a judge is told, by name and version."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

LABELS = ("good", "bad", "cannot_tell")


@dataclass(frozen=True, slots=True)
class Rubric:
    """The written criteria of one dimension. A change of wording is a new version."""

    name: str
    version: str
    instructions: str
    labels: tuple[tuple[str, str], ...]


@cache
def load(name: str) -> Rubric:
    """The rubric of ``rubrics/NAME.yaml``. The configuration has checked that the file exists."""
    text = (
        resources.files(f"{__package__}.rubrics")
        .joinpath(f"{name}.yaml")
        .read_text(encoding="utf-8")
    )
    written = yaml.safe_load(text)
    return Rubric(
        name=written["name"],
        version=written["version"],
        instructions=written["instructions"].strip(),
        labels=tuple((label, written["labels"][label]) for label in LABELS),
    )
