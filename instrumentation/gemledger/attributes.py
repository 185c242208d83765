"""Requests, responses and costs → span attributes. Pure, and duck-typed: google.genai is never imported here."""

import functools
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from gemledger import semconv
from gemledger.pricing import Cost, model_id
from gemledger.usage import Reading

Attributes = dict[str, Any]

_lower = functools.lru_cache(maxsize=64)(str.lower)
_cost_line = functools.cache(semconv.cost_line)
"""One string per name in the process: a name made anew for each span would be 80 bytes on each."""

GEMINI_API, VERTEX_AI = "gemini_api", "vertex_ai"
_MAX_LABELS = 20

_REQUEST_FIELDS = (
    ("temperature", semconv.REQUEST_TEMPERATURE, float),
    ("top_p", semconv.REQUEST_TOP_P, float),
    ("top_k", semconv.REQUEST_TOP_K, int),
    ("max_output_tokens", semconv.REQUEST_MAX_TOKENS, int),
    ("seed", semconv.REQUEST_SEED, int),
    ("candidate_count", semconv.REQUEST_CHOICE_COUNT, int),
    ("cached_content", semconv.CACHE_NAME, str),
)
_LABELS_THAT_ATTRIBUTE = {
    "team": semconv.ATTRIBUTION_TEAM,
    "feature": semconv.ATTRIBUTION_FEATURE,
    "user_id": semconv.ATTRIBUTION_USER_ID,
    "environment": semconv.ATTRIBUTION_ENVIRONMENT,
    "prompt_version": semconv.ATTRIBUTION_PROMPT_VERSION,
}
_TIER_BY_TRAFFIC_TYPE = {
    "ON_DEMAND": "standard",
    "ON_DEMAND_FLEX": "flex",
    "ON_DEMAND_PRIORITY": "priority",
    "ON_DEMAND_OFFPEAK": "offpeak",
    "PROVISIONED_THROUGHPUT": "provisioned_throughput",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
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


@dataclass(frozen=True, slots=True)
class Request:
    """What a developer asked for: one public SDK call, its arguments as they were given."""

    operation: str
    model: str
    contents: Any
    config: Any
    stream: bool
    endpoint: Endpoint


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
def span_name(operation: str, model: str) -> str:
    """Operation and bare model, as the conventions want it; one string per name in the process."""
    return f"{operation} {model_id(model)}"


def starting_attributes(request: Request) -> Attributes:
    """What a sampler may decide by, there from the start of the span."""
    endpoint = request.endpoint
    attributes: Attributes = {
        semconv.OPERATION_NAME: request.operation,
        semconv.PROVIDER_NAME: endpoint.provider,
        semconv.REQUEST_MODEL: model_id(request.model),
    }
    if endpoint.server_address is not None:
        attributes[semconv.SERVER_ADDRESS] = endpoint.server_address
        attributes[semconv.SERVER_PORT] = endpoint.server_port
    return attributes


def request_attributes(request: Request, attribution: Mapping[str, str]) -> Attributes:
    """The rest that is known before an answer: whose account, which parameters, who pays."""
    endpoint = request.endpoint
    attributes: Attributes = {semconv.PLATFORM: endpoint.platform}
    if request.stream:
        attributes[semconv.REQUEST_STREAM] = True
    if endpoint.key_digest:
        attributes[semconv.ACCOUNT_KEY_DIGEST] = endpoint.key_digest
    if endpoint.project:
        attributes[semconv.ACCOUNT_PROJECT] = endpoint.project
    if endpoint.location:
        attributes[semconv.ACCOUNT_LOCATION] = endpoint.location
        attributes[semconv.CLOUD_REGION] = endpoint.location
    if request.config is not None:
        attributes.update(_config_attributes(request.config))
    attributes.update(attribution)
    return attributes


def _config_attributes(config: Any) -> Attributes:  # noqa: ANN401 - model or dict
    """Parameters and labels of the request; a label named like an attribution is one, unless code says otherwise."""
    attributes: Attributes = {}
    for name, attribute, kind in _REQUEST_FIELDS:
        value = field(config, name)
        if value is not None:
            attributes[attribute] = kind(value)
    labels = field(config, "labels")
    if labels:
        for name, value in list(labels.items())[:_MAX_LABELS]:
            attributes[semconv.LABEL_PREFIX + name] = str(value)
            if name in _LABELS_THAT_ATTRIBUTE:
                attributes[_LABELS_THAT_ATTRIBUTE[name]] = str(value)
    return attributes


def served_tier(
    headers: Mapping[str, str] | None,
    traffic_type: Any,  # noqa: ANN401 - an enum of the SDK, or its string
    requested: Any,  # noqa: ANN401 - an enum of the SDK, or its string
) -> tuple[str, tuple[str, ...]]:
    """The tier that served: by response header, else Vertex's traffic type, else the request, which is then a guess."""
    header = headers.get("x-gemini-service-tier") if headers else None
    if header:
        return _lower(header), ()
    if traffic_type is not None:
        name = str(getattr(traffic_type, "value", traffic_type))
        if name in _TIER_BY_TRAFFIC_TYPE:
            return _TIER_BY_TRAFFIC_TYPE[name], ()
    wanted = str(getattr(requested, "value", requested) or "").lower()
    if wanted in ("", "standard", "unspecified", "service_tier_unspecified"):
        return "standard", ()
    return wanted, ("tier_assumed",)


def usage_attributes(readings: Iterable[Reading]) -> Attributes:
    """Token counts of one exchange, or the sum over several."""
    every = tuple(readings)
    if not every:
        return {}
    attributes: Attributes = {
        semconv.INPUT_TOKENS: sum(reading.usage.input_tokens for reading in every),
        semconv.OUTPUT_TOKENS: sum(reading.usage.output_tokens for reading in every),
        semconv.CACHE_READ_INPUT_TOKENS: sum(reading.usage.cache_read for reading in every),
    }
    thoughts = sum(reading.usage.thoughts for reading in every)
    tool_use = sum(reading.usage.tool_use for reading in every)
    total = sum(reading.total_tokens or 0 for reading in every)
    if thoughts:
        attributes[semconv.REASONING_OUTPUT_TOKENS] = thoughts
    if tool_use:
        attributes[semconv.TOOL_USE_INPUT_TOKENS] = tool_use
    if total:
        attributes[semconv.TOTAL_TOKENS] = total
    for reading in every:
        for name, count in reading.by_modality.items():
            attributes[name] = attributes.get(name, 0) + count
    return attributes


def cost_attributes(cost: Cost, book_version: str) -> Attributes:
    """Cost, its lines, and how sure it is. No amount at all when unpriced: unpriced is not free."""
    attributes: Attributes = {
        semconv.COST_STATUS: cost.status,
        semconv.PRICE_BOOK: book_version,
    }
    if cost.reasons:
        attributes[semconv.COST_REASONS] = cost.reasons
    if cost.total_pico_usd is None:
        return attributes
    attributes[semconv.COST_PICO_USD] = cost.total_pico_usd
    attributes[semconv.COST_AMOUNT] = cost.total_pico_usd / 1e12
    attributes[semconv.COST_CURRENCY] = "USD"
    if cost.rows:
        attributes[semconv.PRICE_ROW] = cost.rows
    for token_class, pico in cost.by_class().items():
        if pico:
            attributes[_cost_line(token_class)] = pico
    return attributes
