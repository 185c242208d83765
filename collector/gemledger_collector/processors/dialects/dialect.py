"""The one shape that every dialect has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gemledger_collector.processors.dialects.foreign_span import ForeignSpan, as_count


@dataclass(frozen=True, slots=True)
class Dialect:
    """How another instrumentation speaks.

    It is known by an attribute that begins with one of ``marks``, or, where no dialect is known by that, by a scope
    that begins with one of ``scopes``. ``texts`` and ``counts`` are attribute → column; ``translate`` does what a table
    cannot: names of operations, content, and the repair of its counts.
    """

    name: str
    marks: tuple[str, ...]
    scopes: tuple[str, ...]
    translate: Callable[[ForeignSpan], None]
    texts: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, str] = field(default_factory=dict)

    def tell(self, span: ForeignSpan) -> None:
        """Put everything the dialect's table knows into its column, then translate the rest."""
        for key, column in self.texts.items():
            if key in span.attributes:
                span.fill(column, span.attributes.pop(key))
        for key, column in self.counts.items():
            if key in span.attributes:
                span.fill(column, as_count(span.attributes.pop(key)))
        self.translate(span)
