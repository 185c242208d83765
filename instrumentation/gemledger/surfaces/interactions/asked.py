"""What an app asked for: from the arguments of ``client.interactions`` to a request, and whose account pays for it."""

import re
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from opentelemetry import context as otel

from gemledger import semconv
from gemledger.attributes import (
    GEMINI_API,
    VERTEX_AI,
    Endpoint,
    Request,
    endpoint_for,
    field,
    key_digest,
    server_of,
)
from gemledger.call import Call, CallRecorder
from gemledger.current import is_suppressed
from gemledger.guard import guarded, report
from gemledger.opening import Opener

_BODY = (
    "model",
    "agent",
    "input",
    "stream",
    "background",
    "previous_interaction_id",
    "service_tier",
    "tools",
    "system_instruction",
    "cached_content",
    "labels",
    "generation_config",
)
_Kind = TypeVar("_Kind", bound=Call)

_PLACE = re.compile(r"/projects/(?P<project>[^/]+)/locations/(?P<location>[^/]+)")
_VERTEX_HOST = "aiplatform.googleapis.com"
_MODE = "x-google-genai-response-mode"
"""The header by which the SDK tells itself that ``with_streaming_response`` was asked for; it is never sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What else was asked for; stands where a config stands, with the same names where there are such."""

    interaction_id: str = ""
    """Of the interaction that is looked at."""
    agent: str | None = None
    previous_interaction_id: str | None = None
    background: bool = False
    service_tier: Any = None
    tools: Any = None
    system_instruction: Any = None
    cached_content: str | None = None
    labels: Mapping[str, str] | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_output_tokens: int | None = None
    seed: int | None = None
    candidate_count: int | None = None


def entered(
    opener: Opener,
    kind: Callable[[CallRecorder, Request, otel.Context], _Kind],
    asking: Callable[[], Request],
) -> _Kind | None:
    """A call that has begun and is current, or None where nothing is to be recorded."""
    try:
        parent = otel.get_current()
        if not opener.active or is_suppressed(parent):
            return None
        call = kind(opener.recorder, asking(), parent)
    except Exception:  # noqa: BLE001 - whatever it is, it is ours and not the user's
        report("interactions.entered")
        return None
    return call if call.enter() else None


def creation(resource: object, arguments: Mapping[str, Any]) -> Request:
    """The request of ``create``, whichever way the arguments came."""
    typed, extra = field(arguments.get("request"), "body"), arguments.get("extra_body")
    given = arguments if typed is None else {name: field(typed, name) for name in _BODY}
    said = ({**given, **extra} if extra is not None else given).get
    settings = said("generation_config")
    asked = Asked(
        agent=_text(said("agent")),
        previous_interaction_id=_text(said("previous_interaction_id")),
        background=said("background") is True,
        service_tier=_text(said("service_tier")),
        tools=said("tools"),
        system_instruction=_text(said("system_instruction")),
        cached_content=_text(said("cached_content")),
        labels=said("labels") or None,
        temperature=_number(field(settings, "temperature")),
        top_p=_number(field(settings, "top_p")),
        max_output_tokens=_number(field(settings, "max_output_tokens")),
        seed=_number(field(settings, "seed")),
    )
    # An agent is priced by its own name unless the answer tells which model it thought with.
    model = _text(said("model")) or asked.agent or ""
    endpoint = endpoint_of(resource, arguments)
    return Request("interaction", model, said("input"), asked, said("stream") is True, endpoint)


def look(
    operation: str, resource: object, args: tuple[Any, ...], arguments: Mapping[str, Any]
) -> Request:
    """The request of ``get``, ``cancel`` or ``delete``."""
    interaction_id = _text(args[0] if args else arguments.get("id")) or ""
    asked = Asked(interaction_id=interaction_id)
    stream = arguments.get("stream") is True
    return Request(operation, "", None, asked, stream, endpoint_of(resource, arguments))


def decision(resource: object, arguments: Mapping[str, Any]) -> Request:
    """The request of ``decisions.create``."""
    model, endpoint = _text(arguments.get("model")) or "", endpoint_of(resource, arguments)
    return Request("decision", model, arguments.get("input"), None, stream=False, endpoint=endpoint)


@guarded
def outlives(arguments: Mapping[str, Any]) -> bool:
    """Whether the answer is still to come when the method has returned."""
    typed, headers = field(arguments.get("request"), "body"), arguments.get("extra_headers")
    streamed = arguments.get("stream") is True or field(typed, "stream") is True
    return streamed or (headers is not None and headers.get(_MODE) == "streaming")


_endpoints: dict[int, tuple[weakref.ref[Any], Endpoint]] = {}
"""By the id of an SDK configuration, as ``Opener`` has them by that of a client."""


def endpoint_of(resource: Any, arguments: Mapping[str, Any]) -> Endpoint:  # noqa: ANN401 - the SDK's own class
    """Where these requests go. Unlike the SDK's other modules, these do not know the client they belong to."""
    configuration, version = resource.sdk_configuration, arguments.get("api_version")
    known = _endpoints.get(id(configuration))
    if version:
        endpoint = _learnt(configuration, version)
    elif known is not None and known[0]() is configuration:
        endpoint = known[1]
    else:
        endpoint, key = (
            _learnt(configuration, field(configuration.globals, "api_version")),
            id(configuration),
        )
        _endpoints[key] = (
            weakref.ref(configuration, lambda _: _endpoints.pop(key, None)),
            endpoint,
        )
    headers = arguments.get("extra_headers")
    return endpoint_for(endpoint, {"headers": headers}) if headers else endpoint


def _learnt(configuration: Any, version: str) -> Endpoint:  # noqa: ANN401 - the SDK's own class
    """The endpoint; Vertex AI has project and location in what is the version elsewhere."""
    address, port = server_of(configuration.get_server_details()[0])
    place = _PLACE.search(str(version or ""))
    vertex = place is not None or (address or "").endswith(_VERTEX_HOST)
    api_key = getattr(configuration.security, "api_key", None)
    return Endpoint(
        provider=semconv.PROVIDER_VERTEX_AI if vertex else semconv.PROVIDER_GEMINI,
        platform=VERTEX_AI if vertex else GEMINI_API,
        server_address=address,
        server_port=port,
        project=place["project"] if place else None,
        location=place["location"] if place else None,
        key_digest=key_digest(api_key) if isinstance(api_key, str) else None,
    )


def _text(value: Any) -> str | None:  # noqa: ANN401 - an enum's string, or the SDK's mark for nothing
    return value if isinstance(value, str) and value else None


def _number(value: Any) -> Any:  # noqa: ANN401 - as above
    return value if isinstance(value, int | float) else None
