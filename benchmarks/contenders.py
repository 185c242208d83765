"""What is compared: the bare SDK, one span of OpenTelemetry's (the floor), and instrumentations of the SDK.

A contender is two functions. Add one for a rival instrumentation where it is installed.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from google.genai.models import AsyncModels, Models
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind

import gemledger
from gemledger.attributes import Attributes
from gemledger.patching import PATCHING


class Contender(NamedTuple):
    """One way to run the SDK. ``enable`` is given the provider that takes the spans."""

    name: str
    enable: Callable[[TracerProvider], object]
    disable: Callable[[], object]


def _nothing(*_: object) -> None:
    """What it takes to leave the SDK alone."""


def _with_content(provider: TracerProvider) -> None:
    PATCHING.enable(provider, capture_content=True)


_STARTING: Attributes = {
    "gen_ai.operation.name": "generate_content",
    "gen_ai.provider.name": "gcp.gemini",
    "gen_ai.request.model": "gemini-2.5-flash",
    "server.address": "generativelanguage.googleapis.com",
    "server.port": 443,
}
_LATER = {f"gen_ai.attribute.{number}": number if number % 2 else "a value" for number in range(11)}


class _Floor:
    """One span with 16 attributes around the public method, and nothing read: no instrumentation can do less."""

    def __init__(self) -> None:
        self._originals: dict[tuple[type, str], Any] = {}

    def enable(self, provider: TracerProvider) -> None:
        """Patch the public unary methods."""
        tracer = provider.get_tracer("floor")
        sync, asynchronous = Models.generate_content, AsyncModels.generate_content

        def call(self: Models, **arguments: Any) -> Any:  # noqa: ANN401 - the SDK's types pass through
            with tracer.start_as_current_span("x", kind=SpanKind.CLIENT, attributes=_STARTING) as s:
                response = sync(self, **arguments)
                s.set_attributes(_LATER)
            return response

        async def call_async(self: AsyncModels, **arguments: Any) -> Any:  # noqa: ANN401 - the same
            with tracer.start_as_current_span("x", kind=SpanKind.CLIENT, attributes=_STARTING) as s:
                response = await asynchronous(self, **arguments)
                s.set_attributes(_LATER)
            return response

        self._patch(Models, "generate_content", call)
        self._patch(AsyncModels, "generate_content", call_async)

    def _patch(self, owner: type, method: str, replacement: object) -> None:
        self._originals[owner, method] = owner.__dict__[method]
        setattr(owner, method, replacement)

    def disable(self) -> None:
        """Take it back."""
        for (owner, method), original in self._originals.items():
            setattr(owner, method, original)
        self._originals.clear()


_floor = _Floor()

BARE = Contender("bare SDK", _nothing, _nothing)
FLOOR = Contender("floor: one span, 16 attributes", _floor.enable, _floor.disable)
GEMLEDGER = Contender("gemledger", gemledger.instrument, gemledger.uninstrument)
WITH_CONTENT = Contender("gemledger, content on", _with_content, gemledger.uninstrument)
