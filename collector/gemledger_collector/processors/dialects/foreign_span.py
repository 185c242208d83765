"""One span of another instrumentation while it is being translated."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from gemledger_collector.processors.otlp_schema import message_class

JsonValue = Any
"""Whatever JSON holds."""


@dataclass(slots=True)
class ForeignSpan:
    """Columns by name, and what had no column; a dialect moves the one into the other.

    ``reasons`` are doubts about the cost that result, in the vocabulary of ``gemledger.pricing.reasons``; ``repairs``
    are stable words for what was mended. ``children_use_tools``: a tool ran inside this very call.
    """

    scope: str
    name: str
    columns: dict[str, Any]
    attributes: dict[str, str]
    nested: dict[str, bytes]
    events: list[Any] = field(default_factory=list)
    children_use_tools: bool = False
    reasons: list[str] = field(default_factory=list)
    repairs: list[str] = field(default_factory=list)

    def take(self, *keys: str) -> str | None:
        """The value of the first of these attributes that is there; all of them leave the map."""
        found = [self.attributes.pop(key) for key in keys if key in self.attributes]
        return found[0] if found else None

    def count(self, *keys: str) -> int | None:
        """The same, as a number of tokens; None for what is none."""
        return as_count(self.take(*keys))

    def fill(self, column: str, value: object) -> None:
        """Write a column where the span itself is silent."""
        if value is not None and value != "" and self.columns.get(column) is None:
            self.columns[column] = value

    def take_json(self, key: str) -> JsonValue:
        """The value of a nested attribute, or of one that is JSON; None where there is neither. It leaves the map."""
        if (blob := self.nested.pop(key, None)) is not None:
            return decoded(blob)
        return parsed(self.attributes.pop(key, None))

    def keys(self) -> Iterator[str]:
        """Every attribute that has no column."""
        yield from self.attributes
        yield from self.nested

    def doubt(self, reason: str) -> None:
        """Note why the cost is not exact, once."""
        if reason not in self.reasons:
            self.reasons.append(reason)

    def repaired(self, word: str) -> None:
        """Note what was mended, once."""
        if word not in self.repairs:
            self.repairs.append(word)


def as_count(text: str | None) -> int | None:
    """A whole number from the text of an attribute; a double that is whole counts too. Absurd ones stay absurd."""
    try:
        number = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return int(max(-_ABSURD, min(_ABSURD, number))) if number == number // 1 else None


def addable(number: int) -> int:
    """The count, or where it is absurd the nearest one that can still be added to: sums of them fit a column."""
    return max(-_ABSURD, min(_ABSURD, number))


_ABSURD = 2**50
"""Beyond what any call has, and still a number that can be added to."""


def parsed(text: str | None) -> JsonValue:
    """What a text says as JSON; None where it says nothing as such."""
    if text is None or text[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # cut off by an exporter, or not JSON at all
        return None


def decoded(blob: bytes) -> JsonValue:
    """A nested attribute as the decoder keeps it: a mark, then the protobuf bytes."""
    if blob[:1] == b"b":
        return None
    value = message_class("AnyValue")()
    if blob[:1] == b"a":
        value.array_value = blob[1:]
    else:
        value.kvlist_value = blob[1:]
    return _plain(value, depth=0)


def _plain(value: Any, depth: int) -> JsonValue:  # noqa: ANN401  made at run time
    kind = value.WhichOneof("value")
    if kind is None or kind == "bytes_value" or depth > _DEEPEST:
        return None
    held = getattr(value, kind)
    if kind == "array_value":
        items: Sequence[Any] = message_class("ArrayValue").FromString(held).values
        return [_plain(item, depth + 1) for item in items]
    if kind == "kvlist_value":
        pairs: Sequence[Any] = message_class("KeyValueList").FromString(held).values
        return {pair.key: _plain(pair.value, depth + 1) for pair in pairs}
    return held


_DEEPEST = 32
