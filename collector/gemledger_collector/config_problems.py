"""A configuration's problems in words a person can act on: path, value, remedy."""

import difflib
import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

Location = Sequence[int | str]

_SECRET = re.compile(r"secret|key|token|password|channels", re.IGNORECASE)
"""A setting whose path has one of these is not shown: it came from the environment to stay secret, as the address of a
webhook does."""


def problems_of(error: ValidationError, root: type[BaseModel]) -> list[str]:
    """One line per problem: ``path: value …; remedy``."""
    return [_line(problem["loc"], problem, root) for problem in error.errors(include_url=False)]


def _line(location: Location, problem: Any, root: type[BaseModel]) -> str:  # noqa: ANN401  pydantic's ErrorDetails
    where = path_text(_walked(root, location)[0])
    if problem["type"] == "extra_forbidden":
        remedy = _suggestion(str(location[-1]), section_at(root, location[:-1]))
        shown = "" if _SECRET.search(where) else f" (with value {_short(problem['input'])})"
        return f"{where}: unknown key{shown}; {remedy}"
    if problem["type"] == "missing":
        return f"{where}: missing; give it a value"
    message = problem["msg"].removeprefix("Value error, ")
    value = problem["input"]
    if (
        isinstance(value, dict | list)
        or _SECRET.search(where)
        or message.startswith((repr(value), str(value)))
    ):
        return f"{where}: {message}"
    return f"{where}: {value!r} is wrong: {message[:1].lower()}{message[1:]}"


def _short(value: object) -> str:
    """A value as it is shown in a message: enough to find it in the file."""
    return textwrap.shorten(repr(value), 60, placeholder=" …")


def path_text(location: Location) -> str:
    """``extensions.alerts.budgets[0].limit_usd``; the top is ``(file)``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.lstrip(".") or "(file)"


def _suggestion(key: str, section: type[BaseModel] | None) -> str:
    known = [] if section is None else sorted(_keys(section))
    close = difflib.get_close_matches(key, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known here: {', '.join(known)}" if known else "remove it"


def _keys(section: type[BaseModel]) -> Iterator[str]:
    for name, field in section.model_fields.items():
        yield field.alias or name


def section_at(root: type[BaseModel], location: Location) -> type[BaseModel] | None:
    """The model that describes the section at ``location``, if one does."""
    return next(iter(_walked(root, location)[1]), None)


def _walked(
    root: type[BaseModel], location: Location
) -> tuple[list[int | str], list[type[BaseModel]]]:
    """The location as it stands in the file, and the models that may describe what is there.

    Where a list holds members of a union, pydantic puts the member's tag behind the position.
    """
    kept: list[int | str] = []
    models = [root]
    for part in location:
        tagged = [model for model in models if part in set(_tags_of(model))]
        if tagged and kept and isinstance(kept[-1], int):
            models = tagged
            continue
        kept.append(part)
        if isinstance(part, str):
            models = [child for model in models for child in _children(model, part)]
    return kept, models


def _tags_of(section: type[BaseModel]) -> Iterator[str]:
    """What its ``type`` or ``check`` may be, where that tells the members of a union apart."""
    for name in ("type", "check"):
        if field := section.model_fields.get(name):
            yield from (value for value in get_args(field.annotation) if isinstance(value, str))


def _children(section: type[BaseModel], key: str) -> list[type[BaseModel]]:
    for name, field in section.model_fields.items():
        if key in (name, field.alias):
            return list(_models_in(field.annotation))
    return []


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:  # noqa: ANN401  a type expression
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def without_empty_sections(document: Any, section: type[BaseModel] | None) -> Any:  # noqa: ANN401  YAML values
    """``document`` without sections left empty (``otlp:`` and nothing below): those mean their defaults."""
    if not isinstance(document, dict) or section is None:
        return document
    kept = {}
    for key, value in document.items():
        child = next(iter(_children(section, str(key))), None)
        if value is not None or child is None:
            kept[key] = without_empty_sections(value, child)
    return kept
