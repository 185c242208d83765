"""otel-config.yaml names every key there is, each with a word on what it does."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel

from gemledger_collector.config import Config

SAMPLE = (Path(__file__).parents[3] / "otel-config.yaml").read_text()


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Models anywhere in a type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from models_in(argument)


def keys(
    section: type[BaseModel], where: str = "", above: tuple[type[BaseModel], ...] = ()
) -> Iterator[tuple[str, bool]]:
    """(path, whether it stands in the sample itself): what is inside lists and empty sections stands in a comment.

    A section inside one of its own kind, as a route below a route, has nothing new to say.
    """
    for name, field in section.model_fields.items():
        key = f"{where}.{field.alias or name}".lstrip(".")
        yield key, True
        plain = isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        for model in models_in(field.annotation):
            if model in (section, *above):
                continue
            for path, shown in keys(model, key, (section, *above)):
                yield path, shown and plain


def has_key(document: Any, path: str) -> bool:
    """Whether the document has this key."""
    for part in path.split("."):
        if not isinstance(document, dict) or part not in document:
            return False
        document = document[part]
    return True


def test_every_key_stands_in_the_sample() -> None:
    """That its values are the defaults, another test says."""
    document = yaml.safe_load(SAMPLE)
    assert [path for path, shown in keys(Config) if shown and not has_key(document, path)] == []


def test_every_key_of_a_list_stands_in_a_comment_of_the_sample() -> None:
    """What one budget, token or rule may say."""
    commented = set(re.findall(r"[a-z_]+", "\n".join(re.findall(r"#(.*)", SAMPLE))))
    inner = {path.rpartition(".")[2] for path, shown in keys(Config) if not shown}
    assert inner - commented == set()
