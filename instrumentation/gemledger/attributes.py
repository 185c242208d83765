"""Requests, readings and costs → span attributes. Pure, and duck-typed: google.genai is never imported here.

What is the same for every call of one client to one model is worked out once and kept; the rest is written into one
dict, which becomes one ``set_attributes`` on the span: one by one would cost twice as much.
"""

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from gemledger import semconv
from gemledger.pricing import Cost, model_id
from gemledger.pricing.units import line_of
from gemledger.usage import Reading

Attributes = dict[str, Any]

GEMINI_API, VERTEX_AI = "gemini_api", "vertex_ai"
_MAX_LABELS = 20

_REQUEST_FIELDS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "temperature": (semconv.REQUEST_TEMPERATURE, float),
    "top_p": (semconv.REQUEST_TOP_P, float),
    "top_k": (semconv.REQUEST_TOP_K, int),
    "max_output_tokens": (semconv.REQUEST_MAX_TOKENS, int),
    "seed": (semconv.REQUEST_SEED, int),
    "candidate_count": (semconv.REQUEST_CHOICE_COUNT, int),
    "cached_content": (semconv.CACHE_NAME, str),
}
_labels_and_fields: Callable[[Any], tuple[Any, ...]] = attrgetter("labels", *_REQUEST_FIELDS)
_LABELS_THAT_ATTRIBUTE = {
    "team": semconv.ATTRIBUTION_TEAM,
    "feature": semconv.ATTRIBUTION_FEATURE,
    "user_id": semconv.ATTRIBUTION_USER_ID,
    "environment": semconv.ATTRIBUTION_ENVIRONMENT,
    "prompt_version": semconv.ATTRIBUTION_PROMPT_VERSION,
}


class _LineNames(dict[str, str]):
    """Cell or unit of the price book → attribute of its cost line, each found out once.

    One string per name in the process: a name made anew for each span would be 80 bytes on each.
    """

    def __missing__(self, cell: str) -> str:
        name = self[cell] = _cost_line(line_of(cell))
        return name


_cost_line = functools.cache(semconv.cost_line)
_LINE_NAMES = _LineNames()


class Endpoint(NamedTuple):
    """Where a call goes and whose account pays. ``location`` is Vertex AI's; None means its global endpoint."""

    provider: str
    platform: str
    server_address: str | None
    server_port: int | None
    project: str | None = None
    location: str | None = None
    key_digest: str | None = None

    @property
    def region(self) -> str:
        """The region that prices depend on."""
        return self.location or "global"


class Request(NamedTuple):
    """What a developer asked for: one public SDK call, its arguments as they were given."""

    operation: str
    model: str
    contents: Any
    config: Any
    stream: bool
    endpoint: Endpoint


class Constant(NamedTuple):
    """What every call of one endpoint to one model has in common. Shared: copy the dicts before changing them."""

    span_name: str
    starting: Attributes
    """What a sampler may decide by, there from the start of the span."""
    known: Attributes
    """Whose account, and what else is known before an answer."""


def key_digest(api_key: str) -> str:
    """First 8 hex digits of a keyed hash: tells accounts apart, cannot be looked up in a table of plain hashes."""
    keyed = hashlib.blake2b(
        api_key.encode(), digest_size=16, key=b"gemledger", person=b"account-key"
    )
    return keyed.hexdigest()[:8]


def endpoint_of(api_client: Any) -> Endpoint:  # noqa: ANN401 - the SDK's private BaseApiClient
    """The endpoint of an SDK client."""
    vertex = bool(getattr(api_client, "vertexai", False))
    address, port = server_of(field(api_client._http_options, "base_url"))  # noqa: SLF001 - no public way; guarded by the caller
    api_key = getattr(api_client, "api_key", None)
    return Endpoint(
        provider=semconv.PROVIDER_VERTEX_AI if vertex else semconv.PROVIDER_GEMINI,
        platform=VERTEX_AI if vertex else GEMINI_API,
        server_address=address,
        server_port=port,
        project=getattr(api_client, "project", None) if vertex else None,
        location=getattr(api_client, "location", None) if vertex else None,
        key_digest=key_digest(api_key) if api_key else None,
    )


def endpoint_for(endpoint: Endpoint, http_options: Any) -> Endpoint:  # noqa: ANN401 - model or dict
    """The endpoint of one request that brings an address or an API key of its own."""
    base_url = field(http_options, "base_url")
    if base_url:
        address, port = server_of(base_url)
        endpoint = endpoint._replace(server_address=address, server_port=port)
    for name, value in (field(http_options, "headers") or {}).items():
        if name.lower() == "x-goog-api-key":
            endpoint = endpoint._replace(key_digest=key_digest(value))
    return endpoint


def server_of(base_url: Any) -> tuple[str | None, int | None]:  # noqa: ANN401 - what a user configured
    """Host and port of a base URL; the scheme's port where none is written."""
    parts = urlsplit(str(base_url or ""))
    if not parts.hostname:
        return None, None
    return parts.hostname, parts.port or (80 if parts.scheme == "http" else 443)


def field(source: Any, name: str) -> Any:  # noqa: ANN401 - a config is a pydantic model, a dict, or absent
    """A field of a config in any of the forms the SDK takes: model, dict in snake case, dict in camel case."""
    if source is None:
        return None
    if isinstance(source, Mapping):
        value = source.get(name)
        if value is None and "_" in name:
            head, *tail = name.split("_")
            value = source.get(head + "".join(part.capitalize() for part in tail))
        return value
    return getattr(source, name, None)


@functools.lru_cache(maxsize=1024)
def constant(operation: str, model: str, stream: bool, endpoint: Endpoint) -> Constant:
    """What these have in common; at most as many are kept as an app has clients times models."""
    bare_model = model_id(model)
    starting: Attributes = {
        semconv.OPERATION_NAME: operation,
        semconv.PROVIDER_NAME: endpoint.provider,
    }
    if bare_model:
        starting[semconv.REQUEST_MODEL] = bare_model
    if endpoint.server_address is not None:
        starting[semconv.SERVER_ADDRESS] = endpoint.server_address
        starting[semconv.SERVER_PORT] = endpoint.server_port
    known: Attributes = {semconv.PLATFORM: endpoint.platform}
    if stream:
        known[semconv.REQUEST_STREAM] = True
    if endpoint.key_digest:
        known[semconv.ACCOUNT_KEY_DIGEST] = endpoint.key_digest
    if endpoint.project:
        known[semconv.ACCOUNT_PROJECT] = endpoint.project
    if endpoint.location:
        known[semconv.ACCOUNT_LOCATION] = endpoint.location
        known[semconv.CLOUD_REGION] = endpoint.location
    return Constant(f"{operation} {bare_model}".rstrip(), starting, known)


def config_attributes(config: Any) -> Attributes:  # noqa: ANN401 - model or dict
    """Parameters and labels of the request; a label named like an attribution is one, unless code says otherwise."""
    try:
        labels, *values = _labels_and_fields(config)
    except AttributeError:  # a dict
        labels, *values = (field(config, name) for name in ("labels", *_REQUEST_FIELDS))
    attributes: Attributes = {}
    for (attribute, kind), value in zip(_REQUEST_FIELDS.values(), values, strict=True):
        if value is not None:
            attributes[attribute] = kind(value)
    if labels:
        for name, value in list(labels.items())[:_MAX_LABELS]:
            attributes[_label(name)] = str(value)
            if name in _LABELS_THAT_ATTRIBUTE:
                attributes[_LABELS_THAT_ATTRIBUTE[name]] = str(value)
    return attributes


@functools.lru_cache(maxsize=1024)
def _label(name: str) -> str:
    """A label's attribute, one string per name in the process."""
    return semconv.LABEL_PREFIX + name


def write_usage(into: Attributes, reading: Reading) -> None:
    """Token counts of one exchange."""
    usage = reading.usage
    into[semconv.INPUT_TOKENS] = usage.input_tokens
    into[semconv.OUTPUT_TOKENS] = usage.output_tokens
    # Also when 0: no hit is not the same as unknown.
    into[semconv.CACHE_READ_INPUT_TOKENS] = usage.cache_read
    if usage.thoughts:
        into[semconv.REASONING_OUTPUT_TOKENS] = usage.thoughts
    if usage.tool_use:
        into[semconv.TOOL_USE_INPUT_TOKENS] = usage.tool_use
    if reading.total_tokens:
        into[semconv.TOTAL_TOKENS] = reading.total_tokens
    if reading.by_modality:
        into.update(reading.by_modality)


def write_usage_sum(into: Attributes, readings: Sequence[Reading]) -> None:
    """Token counts of a call of several exchanges."""
    for reading in readings:
        counts: Attributes = {}
        write_usage(counts, reading)
        for name, count in counts.items():
            into[name] = into.get(name, 0) + count


def write_cost(into: Attributes, cost: Cost, book_version: str) -> None:
    """Cost, its lines, and how sure it is. No amount at all when unpriced: unpriced is not free."""
    into[semconv.COST_STATUS] = cost.status
    into[semconv.PRICE_BOOK] = book_version
    if cost.reasons:
        into[semconv.COST_REASONS] = cost.reasons
    total = cost.total_pico_usd
    if total is None:
        return
    into[semconv.COST_PICO_USD] = total
    into[semconv.COST_AMOUNT] = total / 1e12
    into[semconv.COST_CURRENCY] = "USD"
    if cost.rows:
        into[semconv.PRICE_ROW] = cost.rows
    if cost.upper_pico_usd is not None and cost.reasons:
        into[semconv.COST_UPPER_PICO_USD] = cost.upper_pico_usd
    for cell, pico in cost.lines.items():
        if pico:
            name = _LINE_NAMES[cell]
            into[name] = into[name] + pico if name in into else pico
