"""Public methods that are one HTTP request, whatever it bills: embeddings, media, caches, counting tokens.

A kind of answer is a subclass of ``Answered``, which reads it; the wrapper is the same for all.
"""

from collections.abc import Callable, Mapping
from typing import Any

from gemledger import semconv
from gemledger.attributes import Attributes, Request
from gemledger.exchange import Exchange
from gemledger.grounding import BILLED
from gemledger.guard import guarded
from gemledger.one_exchange_call import OneExchangeCall
from gemledger.opening import Opener
from gemledger.pricing import Book, Facts, price_exchange
from gemledger.surfaces.around import Enter, Then, Wrap, WrapAsync, around, around_async
from gemledger.tiers import served_tier
from gemledger.usage import Reading, read_usage

_NOTHING: Mapping[str, Any] = {}


class Answered(Exchange):
    """One request of another kind than generate_content. ``read`` is what a kind overrides.

    It may set ``metadata`` (usage as the API gives it), ``usage_read`` (a reading, where it is none of the usual
    shapes), ``model``, ``response_id``, ``quantities`` (what is billed by the piece), ``resolution``, ``doubts``
    (reasons), ``tier_served`` and ``told`` (span attributes). An error in it is reported, and harms nobody.
    ``tool_tokens`` is as in ``Facts``. ``given`` is what the method was called with, by name.
    """

    __slots__ = (
        "doubts",
        "given",
        "resolution",
        "tier_served",
        "told",
        "tool_tokens",
        "usage_read",
    )

    def __init__(self, call: Any, request: Request, answer: Any) -> None:  # noqa: ANN401 - as Exchange's
        super().__init__(call, request, answer)
        self.given: Mapping[str, Any] = _NOTHING
        self.usage_read: Reading | None = None
        self.resolution = ""
        self.doubts: tuple[str, ...] = ()
        self.tier_served: str | None = None
        self.tool_tokens = BILLED
        self.told: Attributes = {}

    def observe(self, response: Any) -> None:  # noqa: ANN401 - an answer of the SDK
        """Take note of the answer."""
        self.observed = self.finished = True
        http = getattr(response, "sdk_http_response", None)
        self.headers = getattr(http, "headers", None)
        self.read(response)

    def read(self, response: Any) -> None:  # noqa: ANN401 - an answer of the SDK
        """What the answer says of its bill: here, nothing but usage where it has any."""
        self.metadata = getattr(response, "usage_metadata", None)

    def settle(self, book: Book, at_unix_nano: int, reasons: tuple[str, ...]) -> None:
        """Price what was read."""
        request, endpoint = self.request, self.request.endpoint
        unsure: tuple[str, ...] = ()
        if self.tier_served is not None:
            self.tier = self.tier_served
        else:
            self.tier, unsure = served_tier(self.headers, self.metadata, request.config)
        reading = self.usage_read
        if reading is None and self.metadata is not None:
            reading = read_usage(self.metadata)
        self.reading = reading
        doubts = () if reading is None else reading.reasons
        self.facts = Facts(
            platform=endpoint.platform,
            request_model=request.model,
            response_model=self.model,
            tier=self.tier,
            at_unix_nano=at_unix_nano,
            usage=None if reading is None else reading.usage,
            region=endpoint.region,
            server_address=endpoint.server_address,
            quantities=self.quantities,
            resolution=self.resolution,
            tool_tokens=self.tool_tokens,
            reasons=(*reasons, *unsure, *doubts, *self.doubts),
        )
        self.cost = price_exchange(book, self.facts)

    def write_response(self, into: Attributes) -> None:
        """How it was answered, and what the kind has to tell."""
        super().write_response(into)
        if self.resolution:
            into[semconv.RESOLUTION] = self.resolution
        into.update(self.told)


class Free(Answered):
    """A request that Google does not charge for, such as one that counts tokens."""

    __slots__ = ()

    def read(self, response: Any) -> None:  # noqa: ANN401, ARG002 - an answer of the SDK, of which nothing is billed
        """Nothing is billed."""
        self.doubts = ("free_operation",)


Arguments = Callable[[tuple[Any, ...], Mapping[str, Any]], Mapping[str, Any]]
"""From a method's arguments to those that a call is opened by: ``model``, ``contents``, ``config``."""


def _as_given(_: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    return kwargs


def _enter(
    opener: Opener,
    module: Any,  # noqa: ANN401 - a module of an SDK client
    given: Mapping[str, Any] | None,
    what: tuple[str, type[Answered]],
) -> OneExchangeCall | None:
    """A call that has begun, and whose exchange knows what was asked; None where nothing is to be recorded."""
    call = None if given is None else opener.enter_one(module, given, *what)
    if call is not None and isinstance(call.awaited, Answered):
        call.awaited.given = given or _NOTHING
    return call


def _entering(operation: str, kind: type[Answered], arguments: Arguments) -> Enter[OneExchangeCall]:
    """How a call of this operation is opened."""
    asked = guarded(arguments)

    def enter(
        opener: Opener,
        module: Any,  # noqa: ANN401 - a module of an SDK client
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> OneExchangeCall | None:
        return _enter(opener, module, asked(args, kwargs), (operation, kind))

    return enter


def wrap_one(
    operation: str,
    kind: type[Answered],
    *,
    arguments: Arguments = _as_given,
    then: Then[OneExchangeCall] | None = None,
) -> Wrap:
    """What is put around a method of one request; ``operation`` is the span's ``gen_ai.operation.name``."""
    return around(_entering(operation, kind, arguments), then)


def wrap_one_async(
    operation: str,
    kind: type[Answered],
    *,
    arguments: Arguments = _as_given,
    then: Then[OneExchangeCall] | None = None,
) -> WrapAsync:
    """The same, async."""
    return around_async(_entering(operation, kind, arguments), then)
