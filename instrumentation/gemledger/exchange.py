"""One exchange: one HTTP request that Gemini bills. It watches what comes back, and knows what that cost."""

import functools
import json
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self

from gemledger import attributes, semconv
from gemledger.attributes import Attributes, Request, field
from gemledger.content import Answer
from gemledger.guard import guarded
from gemledger.pricing import Book, Cost, Facts, engine, model_id, price_exchange
from gemledger.usage import Reading, read_usage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from gemledger.call import Call

_SEARCH_TOOLS = (
    "google_search",
    "google_search_retrieval",
    "google_maps",
    "enterprise_web_search",
)
_OTHER_RETRIEVERS = ("url_context", "code_execution", "file_search", "retrieval", "computer_use")
_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")
_WIRE_DEFAULTS: dict[str, Any] = dict.fromkeys(
    (
        "usage_metadata",
        "prompt_token_count",
        "candidates_token_count",
        "total_token_count",
        "cached_content_token_count",
        "prompt_tokens_details",
        "cache_tokens_details",
        "candidates_tokens_details",
        "candidates",
        "model_version",
        "response_id",
        "prompt_feedback",
        "token_count",
        "modality",
    )
)
"""Read without a default; a raw body may lack any of them."""


class Exchange:
    """Filled by ``observe`` with a response, or with each chunk of a stream; closed when the request is over.

    A context manager, so that the wrapper around the SDK's request cannot forget to close it.
    """

    def __init__(self, call: "Call", request: Request, answer: Answer | None) -> None:
        self.call = call
        self.request = request
        self.answer = answer
        self.metadata: Any = None
        self.headers: Mapping[str, str] | None = None
        self.model: str | None = None
        self.response_id: str | None = None
        self.block_reason: str | None = None
        self.finish_reasons: dict[int, str] = {}
        self.queries: set[str] = set()
        self.grounded = False
        self.maps = False
        self.attempts_before = 0
        self.observed = False
        self.finished = False
        self.closed_at_ns = 0
        self.tier = "standard"
        self.reading: Reading | None = None
        self.cost = engine.FREE

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        self.call.close_exchange(self, error)

    def observe(self, response: Any) -> None:  # noqa: ANN401 - a response of the SDK
        """Take note of a response or a chunk. Of several usages the last counts: each is the server's running total."""
        if response.usage_metadata is None and response.candidates is None:
            response = _raw_body(response)
        self.observed = True
        if response.usage_metadata is not None:
            self.metadata = response.usage_metadata
        if response.model_version is not None:
            self.model = response.model_version
        if response.response_id is not None:
            self.response_id = response.response_id
        if self.headers is None and response.sdk_http_response is not None:
            self.headers = response.sdk_http_response.headers
        feedback = response.prompt_feedback
        if feedback is not None and getattr(feedback, "block_reason", None) is not None:
            self.block_reason = _word(feedback.block_reason)
        if response.candidates:
            self._observe_candidates(response.candidates)
        # A stream may be left after its last chunk without having been exhausted: that is the whole bill all the same.
        self.finished = self.metadata is not None and bool(self.finish_reasons or self.block_reason)

    @guarded
    def note(self, response: Any) -> None:  # noqa: ANN401 - a response of the SDK
        """``observe``, for where the response is on its way to its user."""
        self.observe(response)

    def _observe_candidates(self, candidates: Any) -> None:  # noqa: ANN401 - a list of the SDK's candidates
        """Why each candidate ended, what it searched, and its text where content is wanted."""
        for position, candidate in enumerate(candidates):
            reason = getattr(candidate, "finish_reason", None)
            if reason is not None:
                self.finish_reasons[position] = _word(reason)
            grounding = getattr(candidate, "grounding_metadata", None)
            if grounding is not None:
                self._observe_grounding(grounding)
            if self.answer is not None:
                self.answer.add(position, candidate)

    def _observe_grounding(self, grounding: Any) -> None:  # noqa: ANN401 - the SDK's GroundingMetadata
        """Count what grounding is billed by: unique, non-empty queries; grounded prompts; use of Maps."""
        queries = getattr(grounding, "web_search_queries", None) or ()
        chunks = getattr(grounding, "grounding_chunks", None) or ()
        self.queries.update(query for query in queries if query)
        self.maps |= any(getattr(chunk, "maps", None) is not None for chunk in chunks)
        self.grounded |= bool(self.queries or chunks)

    def settle(self, book: Book, at_unix_nano: int, reasons: tuple[str, ...]) -> None:
        """Read the usage and price it. ``reasons`` are doubts from outside, such as an early end."""
        request, endpoint = self.request, self.request.endpoint
        self.reading = read_usage(self.metadata) if self.metadata is not None else None
        traffic_type = getattr(self.metadata, "traffic_type", None)
        requested = field(request.config, "service_tier")
        self.tier, doubts = attributes.served_tier(self.headers, traffic_type, requested)
        if self.reading is not None:
            doubts += self.reading.reasons
            if self.reading.usage.tool_use and not self.grounded:
                self.grounded = _searched_only(request.config)
        facts = Facts(
            endpoint.platform,
            request.model,
            self.model,
            self.tier,
            at_unix_nano,
            self.reading.usage if self.reading is not None else None,
            endpoint.region,
            endpoint.server_address,
            self.grounded,
            (*reasons, *doubts),
        )
        self.cost = price_exchange(book, facts)

    def response_attributes(self) -> Attributes:
        """How it was answered: tier, model, id, finish reasons, grounding."""
        found: Attributes = {semconv.SERVICE_TIER: self.tier}
        if self.model:
            found[semconv.RESPONSE_MODEL] = model_id(self.model)
        if self.response_id:
            found[semconv.RESPONSE_ID] = self.response_id
        if self.finish_reasons:
            found[semconv.RESPONSE_FINISH_REASONS] = tuple(self.finish_reasons.values())
        if self.block_reason:
            found[semconv.PROMPT_BLOCK_REASON] = self.block_reason
        traffic_type = getattr(self.metadata, "traffic_type", None)
        if traffic_type is not None:
            found[semconv.TRAFFIC_TYPE] = str(getattr(traffic_type, "value", traffic_type))
        if self.grounded:
            found[semconv.GROUNDED_PROMPTS] = 1
            found[semconv.GROUNDING_QUERIES] = len(self.queries)
            if self.maps:
                found[semconv.MAPS_QUERIES] = 1
        return found

    def event_attributes(self, book_version: str) -> Attributes:
        """Everything about this exchange alone, for calls that made several."""
        readings = () if self.reading is None else (self.reading,)
        return {
            **self.response_attributes(),
            **attributes.usage_attributes(readings),
            **attributes.cost_attributes(self.cost, book_version),
        }


def total_cost(exchanges: list[Exchange], failure: Cost | None) -> Cost:
    """The call's cost: its exchanges', and what a failure at the end may have added."""
    costs = [exchange.cost for exchange in exchanges]
    if failure is not None:
        costs.append(failure)
    return engine.combine(costs)


@functools.lru_cache(maxsize=256)
def _word(value: Any) -> str:  # noqa: ANN401 - an enum of the SDK, or its string
    """An enum's value in lower case, such as ``max_tokens``."""
    return str(getattr(value, "value", value)).lower()


def _searched_only(config: Any) -> bool:  # noqa: ANN401 - model, dict or None
    """Whether tool tokens can only have come from Search or Maps, although the response does not say so."""
    tools = field(config, "tools") or ()
    named = [name for tool in tools for name in _SEARCH_TOOLS if field(tool, name) is not None]
    others = [name for tool in tools for name in _OTHER_RETRIEVERS if field(tool, name) is not None]
    return bool(named) and not others


def _raw_body(response: Any) -> Any:  # noqa: ANN401 - a response of the SDK, and something that reads like one
    """The same response read from its raw body, where the caller asked the SDK for that instead of a parsed one."""
    http = response.sdk_http_response
    body = getattr(http, "body", None)
    if not body:
        return response
    parsed = json.loads(body, object_hook=_namespace)
    parsed.sdk_http_response = http
    return parsed


def _namespace(fields: dict[str, Any]) -> SimpleNamespace:
    """A JSON object whose fields read like those of the SDK's models."""
    return SimpleNamespace(
        **_WIRE_DEFAULTS | {_snake(name): value for name, value in fields.items()}
    )


def _snake(name: str) -> str:
    """``promptTokenCount`` → ``prompt_token_count``."""
    return _CAMEL.sub(r"_\1", name).lower()
