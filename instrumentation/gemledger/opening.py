"""From the arguments of a public SDK method to a call: who is asked, for what, in whose name."""

import functools
import weakref
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from opentelemetry import context as otel

from gemledger.attributes import Endpoint, Request, endpoint_for, endpoint_of, field
from gemledger.call import Call, CallRecorder
from gemledger.current import is_suppressed
from gemledger.exchange import Exchange
from gemledger.guard import report
from gemledger.one_exchange_call import OneExchangeCall
from gemledger.streamed_call import StreamedCall

_Kind = TypeVar("_Kind", bound=Call)

_OPERATION = "generate_content"
_request = tuple.__new__
"""Makes a Request from a tuple of its fields: a third of the time its class takes."""


class Opener:
    """Opens calls for the patched methods. ``active`` is taken back when patches cannot be."""

    def __init__(self, recorder: CallRecorder) -> None:
        self.active = True
        self._recorder = recorder
        self._endpoints: dict[int, tuple[weakref.ref[Any], Endpoint]] = {}
        """By the client's id, which is its own for as long as the weak reference lives. A WeakKeyDictionary would do
        the same at four times the price."""

    @property
    def recorder(self) -> CallRecorder:
        """What calls are made by, and settlements are told through."""
        return self._recorder

    def endpoint(self, module: Any) -> Endpoint:  # noqa: ANN401 - a module of an SDK client
        """Where the requests of a module's client go, and whose account pays."""
        client = module._api_client  # noqa: SLF001 - no public way; the caller is guarded
        known = self._endpoints.get(id(client))
        if known is not None and known[0]() is client:
            return known[1]
        return self._learn(client)

    def close(self) -> None:
        """Fall silent, also where a patch cannot be taken back; what was summed up goes out."""
        self.active = False
        self._recorder.close()

    def enter(self, module: Any, arguments: Mapping[str, Any]) -> Call | None:  # noqa: ANN401 - the SDK's Models
        """A call that has begun and is current, or None where nothing is to be recorded."""
        call = self._open(Call, module, arguments)
        return call if call is not None and call.enter() else None

    def open_stream(self, module: Any, arguments: Mapping[str, Any]) -> StreamedCall | None:  # noqa: ANN401 - the same
        """A streamed call that has not begun, or None where nothing is to be recorded."""
        return self._open(StreamedCall, module, arguments)

    def enter_one(
        self,
        module: Any,  # noqa: ANN401 - a module of an SDK client
        arguments: Mapping[str, Any],
        operation: str,
        kind: type[Exchange],
    ) -> OneExchangeCall | None:
        """A call of one exchange of this kind, begun and current, or None where nothing is to be recorded."""
        opened = functools.partial(OneExchangeCall, kind=kind)
        call = self._open(opened, module, arguments, operation)
        return call if call is not None and call.enter() else None

    def _open(
        self,
        kind: Callable[[CallRecorder, Request, otel.Context], _Kind],
        module: Any,  # noqa: ANN401 - the SDK's Models
        arguments: Mapping[str, Any],
        operation: str = _OPERATION,
    ) -> _Kind | None:
        """A call that has not begun, or None where nothing is to be recorded."""
        try:
            parent = otel.get_current()
            if not self.active or is_suppressed(parent):
                return None
            config, client = arguments.get("config"), module._api_client  # noqa: SLF001 - no public way; guarded
            known = self._endpoints.get(id(client))
            alive = known is not None and known[0]() is client
            endpoint = known[1] if alive and known is not None else self._learn(client)
            if config is not None:
                options = field(config, "http_options")
                endpoint = endpoint if options is None else endpoint_for(endpoint, options)
            model, contents = arguments.get("model"), arguments.get("contents")
            asked = model if type(model) is str else str(model or "")
            stream = kind is StreamedCall
            request = _request(Request, (operation, asked, contents, config, stream, endpoint))
            return kind(self._recorder, request, parent)
        except Exception:  # noqa: BLE001 - whatever it is, it is ours and not the user's
            report("Opener.open")
            return None

    def _learn(self, client: Any) -> Endpoint:  # noqa: ANN401 - the SDK's private BaseApiClient
        """The endpoint of a client that was not seen before."""
        endpoint, key, endpoints = endpoint_of(client), id(client), self._endpoints
        endpoints[key] = (weakref.ref(client, lambda _: endpoints.pop(key, None)), endpoint)
        return endpoint
