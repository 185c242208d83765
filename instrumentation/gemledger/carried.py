"""What is in force inside a ``with`` block, carried on the OpenTelemetry context: it goes wherever the context goes."""

from types import TracebackType
from typing import Any, NamedTuple, Self

from opentelemetry import context as otel


class Frame(NamedTuple):
    """One entered block: what is in force in it, who entered it, and the context to go back to."""

    value: Any
    owner: object
    outside: otel.Context


class Carried:
    """A context manager; blocks nest, and one may be entered many times, by many threads."""

    _key: str

    def _inside(self, outside: otel.Context) -> object:
        """What is in force inside a block that is entered in this context."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        outside = otel.get_current()
        frame = Frame(self._inside(outside), self, outside)
        otel.attach(otel.set_value(self._key, frame, outside))
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # The way back is in the context itself: a token would raise when an async framework exits elsewhere.
        frame = otel.get_value(self._key)
        if isinstance(frame, Frame) and frame.owner is self:
            otel.attach(frame.outside)
