"""A JSON value that fits a schema: Gemini's own Schema message (types in capitals) or JSON Schema."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from . import draw
from .fields import Json, field, submessage, submessages, whole_number

MAX_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Filler:
    """Fills schemas. ``words`` decide every draw; ``known`` gives values for properties by name."""

    words: tuple[draw.Word, ...]
    known: Mapping[str, object]
    text: str
    definitions: Json
    depth: int = 0

    def value(self, schema: Json, name: str = "") -> Any:  # noqa: ANN401 - any JSON value may be wanted
        """A value of ``schema`` for the property ``name``."""
        schema = self._resolved(schema)
        inner = replace(self, words=(*self.words, name), depth=self.depth + 1)
        choices = schema.get("enum")
        if "const" in schema:
            return schema["const"]
        if isinstance(choices, list) and choices:
            known = self.known.get(name)
            return known if known in choices else draw.pick(choices, *inner.words)
        return inner.by_type(schema, name)

    def _resolved(self, schema: Json) -> Json:
        """Follows ``$ref``, and takes the first alternative that is not null."""
        for _ in range(MAX_DEPTH):
            reference = schema.get("$ref")
            alternatives = submessages(schema, "anyOf") or submessages(schema, "oneOf")
            if isinstance(reference, str):
                found = self.definitions.get(reference.rpartition("/")[2])
                schema = found if isinstance(found, dict) else {}
            elif alternatives:
                schema = next((a for a in alternatives if _type(a) != "null"), alternatives[0])
            else:
                break
        return schema

    def by_type(self, schema: Json, name: str) -> object:
        """A value of the schema's type."""
        kind = _type(schema)
        if kind in _FILLERS and self.depth <= MAX_DEPTH:
            return _FILLERS[kind](self, schema, name)
        return None


def fill(
    schema: Json, *words: draw.Word, known: Mapping[str, object] | None = None, text: str = ""
) -> object:
    """A value that fits ``schema``; strings that nothing is known about are taken from ``text``."""
    definitions = submessage(schema, "$defs") or submessage(schema, "definitions")
    return Filler(words, known or {}, text, definitions).value(schema)


def fill_json(schema: Json, *words: draw.Word, known: Mapping[str, object]) -> str:
    """The JSON text of a value that fits ``schema``."""
    return as_json(fill(schema, *words, known=known))


def as_json(value: object) -> str:
    """JSON as Gemini writes it: indented by two, and text as it is."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _type(schema: Json) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    if isinstance(kind, str):
        return kind.lower()
    return "object" if "properties" in schema else "array" if "items" in schema else "string"


def _object(filler: Filler, schema: Json, _name: str) -> object:
    properties = submessage(schema, "properties")
    ordering = field(schema, "propertyOrdering")
    names = [n for n in ordering if n in properties] if isinstance(ordering, list) else []
    names += [n for n in properties if n not in names]
    required = schema.get("required")
    filled: Json = {}
    for name in names:
        deep = filler.depth > MAX_DEPTH // 2
        if deep and not (isinstance(required, list) and name in required):
            continue  # a schema that contains itself must end somewhere
        filled[name] = filler.value(properties[name], name)
    return filled


def _array(filler: Filler, schema: Json, name: str) -> object:
    least = whole_number(schema, "minItems") or 0
    most = whole_number(schema, "maxItems")
    if name in filler.known:
        least = most = 1
    deep = filler.depth > MAX_DEPTH // 2
    wanted = 0 if deep else 1 + int(3 * draw.chance(*filler.words, "items"))
    count = max(least, min(wanted, most if most is not None else wanted))
    items = submessage(schema, "items")
    filled = []
    for number in range(count):
        item_filler = replace(filler, words=(*filler.words, number))
        filled.append(item_filler.value(items, name))
    return filled


def _number(filler: Filler, schema: Json, name: str) -> float:
    low, high = _limits(schema)
    known = filler.known.get(name)
    if isinstance(known, (int, float)):  # a share of the range: 0.9 is 4.6 of 1..5
        return round(low + (high - low) * known, 2)
    return round(draw.between(low, high, *filler.words), 2)


def _integer(filler: Filler, schema: Json, name: str) -> object:
    low, high = _limits(schema, usual=100.0)
    value = round(_number(filler, {"minimum": low, "maximum": high}, name))
    return min(max(value, math.ceil(low)), math.floor(high))


def _limits(schema: Json, usual: float = 1.0) -> tuple[float, float]:
    low, high = schema.get("minimum"), schema.get("maximum")
    first = float(low) if isinstance(low, (int, float)) else 0.0
    return first, float(high) if isinstance(high, (int, float)) else max(first, 0.0) + usual


def _string(filler: Filler, schema: Json, name: str) -> object:
    known = filler.known.get(name)
    if isinstance(known, str):
        return known
    made = _FORMATS.get(str(schema.get("format")))
    if made:
        return made(draw.chance(*filler.words))
    length = whole_number(schema, "maxLength")
    return (filler.text or f"a plausible {name or 'value'}")[:length]


def _moment(share: float) -> datetime:
    return datetime.fromtimestamp(1_735_689_600 + int(share * 31_536_000), UTC)


_FORMATS: dict[str, Callable[[float], str]] = {
    "date-time": lambda share: _moment(share).isoformat().replace("+00:00", "Z"),
    "date": lambda share: _moment(share).date().isoformat(),
    "time": lambda share: _moment(share).time().isoformat(),
}
_FILLERS: dict[str, Callable[[Filler, Json, str], object]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "number": _number,
    "integer": _integer,
    "boolean": lambda filler, _schema, _name: draw.chance(*filler.words) < 0.5,
}
