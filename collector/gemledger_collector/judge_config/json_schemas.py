"""JSON Schema, as much of it as a check reads: what it asks of a value, and that it asks nothing else; pure."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: _is_number(value),  # noqa: PLW0108 - it is defined below
    "integer": lambda value: _is_number(value) and float(value).is_integer(),
}
_NOTES = frozenset({"$schema", "$id", "title", "description", "default", "examples"})
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems")
_BOUNDS = ("minimum", "maximum")
_DEEPEST = 32


def require_schema(schema: object, where: str = "schema", depth: int = 0) -> None:
    """Raises ValueError when the schema asks for what is not understood, or makes no sense."""
    if depth > _DEEPEST:
        raise ValueError(f"{where} is nested deeper than {_DEEPEST} levels")
    if not isinstance(schema, Mapping):
        raise ValueError(f"{where} is {schema!r}; write a mapping")  # noqa: TRY004 - pydantic reports ValueError only
    for key, value in schema.items():
        if key in _NOTES:
            continue
        if key not in _UNDERSTOOD:
            known = ", ".join(sorted(_UNDERSTOOD))
            raise ValueError(f"{where} asks for {key!r}; understood are {known}")
        if problem := _UNDERSTOOD[key](value):
            raise ValueError(f"{where}.{key} is {value!r}; {problem}")
    for name, child in _children(schema):
        require_schema(child, f"{where}.{name}", depth + 1)


def _children(schema: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for name, child in schema.get("properties", {}).items():
        yield f"properties.{name}", child
    if "items" in schema:
        yield "items", schema["items"]
    for position, child in enumerate(schema.get("anyOf", ())):
        yield f"anyOf[{position}]", child


def _types(value: object) -> str:
    named = value if isinstance(value, list) else [value]
    fits = bool(named) and all(isinstance(each, str) and each in _TYPES for each in named)
    return "" if fits else f"write one of {', '.join(_TYPES)}, or a list of them"


def _count(value: object) -> str:
    fits = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return "" if fits else "write a whole number from 0 on"


def _bound(value: object) -> str:
    return "" if _is_number(value) else "write a number"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _filled(kind: type, words: str) -> Callable[[object], str]:
    return lambda value: "" if isinstance(value, kind) and value else words


_UNDERSTOOD: Mapping[str, Callable[[object], str]] = {
    "type": _types,
    "properties": _filled(Mapping, "write a schema for each name"),
    "required": lambda value: "" if _are_texts(value) else "write a list of names",
    "additionalProperties": lambda value: "" if isinstance(value, bool) else "write true or false",
    "items": _filled(Mapping, "write a schema"),
    "anyOf": _filled(list, "write a list of schemas"),
    "enum": _filled(list, "write a list of values"),
    "const": lambda _: "",
    **dict.fromkeys(_COUNTS, _count),
    **dict.fromkeys(_BOUNDS, _bound),
}


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def problem_of(value: Any, schema: Mapping[str, Any], where: str = "it") -> str | None:  # noqa: ANN401 - any JSON
    """The first thing in which a value is not as the schema asks; None when it is. Quotes nothing of the value."""
    for found in (_kind_problem, _size_problem, _object_problem, _array_problem):
        if problem := found(value, schema, where):
            return problem
    return None


def _kind_problem(value: Any, schema: Mapping[str, Any], where: str) -> str | None:  # noqa: ANN401 - any JSON
    named = schema.get("type")
    kinds = named if isinstance(named, list) else [named] if named else []
    if kinds and not any(_TYPES[kind](value) for kind in kinds):
        return f"{where} is no {' or '.join(kinds)}"
    if "const" in schema and not _same(value, schema["const"]):
        return f"{where} is not the one value it must be"
    if "enum" in schema and not any(_same(value, each) for each in schema["enum"]):
        return f"{where} is none of the {len(schema['enum'])} values it may be"
    choices = schema.get("anyOf", ())
    if choices and all(problem_of(value, each, where) for each in choices):
        return f"{where} fits none of anyOf"
    return None


def _same(value: object, other: object) -> bool:
    """Whether two values of JSON are equal: true is not 1."""
    return value == other and isinstance(value, bool) is isinstance(other, bool)


def _size_problem(value: Any, schema: Mapping[str, Any], where: str) -> str | None:  # noqa: ANN401 - any JSON
    if _is_number(value):
        return _outside(value, schema, _BOUNDS, where)
    if isinstance(value, str):
        return _outside(len(value), schema, _COUNTS[:2], f"the length of {where}")
    if isinstance(value, list):
        return _outside(len(value), schema, _COUNTS[2:], f"the number of items of {where}")
    return None


def _outside(
    size: float, schema: Mapping[str, Any], bounds: Sequence[str], where: str
) -> str | None:
    low, high = (schema.get(name) for name in bounds)
    if low is not None and size < low:
        return f"{where} is {size}, below {low}"
    if high is not None and size > high:
        return f"{where} is {size}, above {high}"
    return None


def _object_problem(value: Any, schema: Mapping[str, Any], where: str) -> str | None:  # noqa: ANN401 - any JSON
    if not isinstance(value, dict):
        return None
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            return f"{where} has no {name!r}"
    if schema.get("additionalProperties") is False and value.keys() - set(properties):
        return f"{where} has a property that it may not have"
    for name, child in properties.items():
        if name in value and (problem := problem_of(value[name], child, f"{name!r}")):
            return problem
    return None


def _array_problem(value: Any, schema: Mapping[str, Any], where: str) -> str | None:  # noqa: ANN401 - any JSON
    if not isinstance(value, list) or "items" not in schema:
        return None
    problems = (problem_of(each, schema["items"], f"an item of {where}") for each in value)
    return next((problem for problem in problems if problem), None)
