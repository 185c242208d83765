"""One exchange: one HTTP request that Gemini bills. It watches what comes back, and knows what that cost."""

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from gemledger import attributes, raw_body, semconv, songs
from gemledger.attributes import Attributes, Request
from gemledger.error_kinds import is_withheld
from gemledger.grounding import BILLED, Grounding, quantities, tool_tokens, tools_of
from gemledger.guard import report
from gemledger.pricing import Book, Facts, engine, model_id, price_exchange
from gemledger.tiers import served_tier
from gemledger.usage import Reading, read_usage

if TYPE_CHECKING:
    from types import TracebackType

    from gemledger.capturing import Answer
    from gemledger.recorded_call import Call

_facts = tuple.__new__
"""Makes Facts from a tuple of its fields: a third of the time its class takes."""
NOT_READ = engine.unpriced("no_usage")
"""Of an answer that could not be read, if even we should fail: never a zero."""

_NO_QUANTITIES: Mapping[str, int] = {}
_QUANTITIES = (
    ("grounding_query", semconv.GROUNDING_QUERIES),
    ("grounded_prompt", semconv.GROUNDED_PROMPTS),
    ("maps_query", semconv.MAPS_QUERIES),
    ("enterprise_prompt", semconv.ENTERPRISE_PROMPTS),
    ("image", semconv.IMAGES),
    ("video_second", semconv.VIDEO_SECONDS),
    ("song", semconv.SONGS),
)


class Exchange:
    """Filled by ``observe`` with a response, or with each chunk of a stream; closed when the request is over.

    A context manager, so that whoever answers for the SDK cannot forget to close it. ``settle`` finds ``reading`` (None
    without usage), ``cost``, ``tier``, ``quantities`` (what was billed by the piece) and ``facts``.
    """

    __slots__ = (
        "_finish_reasons",
        "_grounding",
        "_songs",
        "answer",
        "attempts_before",
        "avg_logprobs",
        "block_reason",
        "call",
        "closed_at_ns",
        "cost",
        "facts",
        "finished",
        "headers",
        "metadata",
        "model",
        "observed",
        "quantities",
        "reading",
        "request",
        "response_id",
        "tier",
    )

    def __init__(self, call: "Call | None", request: Request, answer: "Answer | None") -> None:
        # None once closed: the call holds its exchanges, and a circle would outlive it.
        self.call = call
        self.request = request
        self.answer = answer
        self.metadata: Any = None
        self.headers: Mapping[str, str] | None = None
        self.model: str | None = None
        self.response_id: str | None = None
        self.block_reason: str | None = None
        self.avg_logprobs: float | None = None
        self.attempts_before = 0
        self.observed = False
        self.finished = False
        self.closed_at_ns = 0
        self.tier = "standard"
        self.quantities = _NO_QUANTITIES
        self.reading: Reading | None = None
        self.facts: Facts | None = None
        self.cost = NOT_READ
        self._finish_reasons: dict[int, str] | None = None
        self._grounding: Grounding | None = None
        self._songs: set[int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: "TracebackType | None",
    ) -> None:
        if self.call is not None:
            self.call.close_exchange(self, error)

    @property
    def finish_reasons(self) -> Mapping[int, str]:
        """Why each candidate ended, in lower case, by its position."""
        return self._finish_reasons or {}

    @property
    def withheld(self) -> bool:
        """Whether nothing was answered for reasons of safety; billed all the same."""
        reasons = self._finish_reasons
        return is_withheld(() if reasons is None else reasons.values(), self.block_reason)

    def observe(self, response: Any) -> None:  # noqa: ANN401 - a response of the SDK
        """Take note of a response or a chunk. Of several usages the last counts: each is the server's running total."""
        self.observed = True
        metadata, candidates = response.usage_metadata, response.candidates
        if metadata is None and candidates is None:
            response = raw_body.parsed(response)
            metadata, candidates = response.usage_metadata, response.candidates
        if metadata is not None:
            self.metadata = metadata
        if type(response.model_version) is str:
            self.model = response.model_version
        if type(response.response_id) is str:
            self.response_id = response.response_id
        if self.headers is None and response.sdk_http_response is not None:
            self.headers = response.sdk_http_response.headers
        feedback = response.prompt_feedback
        if feedback is not None and feedback.block_reason is not None:
            self.block_reason = _word(feedback.block_reason)
        if candidates:
            self._observe_candidates(candidates)
        # A stream may be left after its last chunk without having been exhausted: that is the whole bill all the same.
        self.finished = self.metadata is not None and (
            self._finish_reasons is not None or self.block_reason is not None
        )

    def note(self, response: Any) -> None:  # noqa: ANN401 - a response of the SDK
        """``observe``, for where the response is on its way to its user: an answer came, even if we cannot read it."""
        self.observed = True
        try:
            self.observe(response)
        except Exception:  # noqa: BLE001 - whatever it is, it is ours and not the user's
            report("Exchange.observe")

    def _observe_candidates(self, candidates: Any) -> None:  # noqa: ANN401 - a list of the SDK's candidates
        """Why each candidate ended, what it searched, and its text where content is wanted."""
        for position, candidate in enumerate(candidates):
            reason = candidate.finish_reason
            if reason is not None:
                if self._finish_reasons is None:
                    self._finish_reasons = {}
                self._finish_reasons[position] = _word(reason)
                self._observe_logprobs(candidate)
            if candidate.grounding_metadata is not None:
                if self._grounding is None:
                    self._grounding = Grounding()
                self._grounding.add(candidate.grounding_metadata)
            if self.answer is not None:
                self.answer.add(position, candidate)
        if songs.SINGER in self.request.model:
            self._songs = songs.heard(candidates, self._songs)

    def _observe_logprobs(self, candidate: Any) -> None:  # noqa: ANN401 - a candidate of the SDK, or what reads like one
        """How sure the model was; told with the end of a candidate, of Vertex AI or where it was asked for."""
        told = getattr(candidate, "avg_logprobs", None)
        if type(told) is float and (self.avg_logprobs is None or told < self.avg_logprobs):
            self.avg_logprobs = told

    def settle(self, book: Book, at_unix_nano: int, reasons: tuple[str, ...]) -> None:
        """Read the usage and price it. ``reasons`` are doubts from outside, such as an early end."""
        request, endpoint = self.request, self.request.endpoint
        self.tier, doubts = served_tier(self.headers, self.metadata, request.config)
        reading = self.reading = read_usage(self.metadata) if self.metadata is not None else None
        usage = None
        if reading is not None:
            usage = reading.usage
            doubts += reading.reasons
        tools = BILLED
        if self._grounding is not None or (usage is not None and usage.tool_use):
            tools, unreported = self._tool_use(bool(usage is not None and usage.tool_use))
            doubts += unreported
        if self._songs:
            self.quantities = {**self.quantities, "song": len(self._songs)}
        facts = self.facts = _facts(
            Facts,
            (
                endpoint.platform,
                request.model,
                self.model,
                self.tier,
                at_unix_nano,
                usage,
                endpoint.location or "global",
                endpoint.server_address,
                self.quantities,
                "",
                tools,
                reasons + doubts,
            ),
        )
        self.cost = price_exchange(book, facts)

    def _tool_use(self, tokens_came_back: bool) -> tuple[str, tuple[str, ...]]:
        """Count what was searched; whether tool tokens are billed, and the doubts about it."""
        offered = tools_of(self.request.config)
        if self._grounding is not None:
            self.quantities = quantities(self._grounding, offered, self.request.endpoint.platform)
        return tool_tokens(self.quantities, offered) if tokens_came_back else (BILLED, ())

    def write_response(self, into: Attributes) -> None:
        """How it was answered: tier, model, id, finish reasons, what was searched."""
        into[semconv.SERVICE_TIER] = self.tier
        if self.model:
            into[semconv.RESPONSE_MODEL] = model_id(self.model)
        if self.response_id:
            into[semconv.RESPONSE_ID] = self.response_id
        if self._finish_reasons is not None:
            into[semconv.RESPONSE_FINISH_REASONS] = tuple(self._finish_reasons.values())
        if self.avg_logprobs is not None:
            into[semconv.RESPONSE_AVG_LOGPROBS] = self.avg_logprobs
        if self.block_reason:
            into[semconv.PROMPT_BLOCK_REASON] = self.block_reason
        traffic_type = getattr(self.metadata, "traffic_type", None)
        if traffic_type is not None:
            into[semconv.TRAFFIC_TYPE] = str(getattr(traffic_type, "value", traffic_type))
        if self.quantities:
            self.write_quantities(into)

    def write_quantities(self, into: Attributes) -> None:
        """Add what was billed by the piece to what is there already, of earlier exchanges."""
        for unit, name in _QUANTITIES:
            if unit in self.quantities:
                into[name] = into.get(name, 0) + self.quantities[unit]

    def event_attributes(self, book_version: str) -> Attributes:
        """Everything about this exchange alone, for calls that made several."""
        found: Attributes = {}
        self.write_response(found)
        if self.reading is not None:
            attributes.write_usage(found, self.reading)
        attributes.write_cost(found, self.cost, book_version)
        return found


@functools.lru_cache(maxsize=256)
def _word(value: Any) -> str:  # noqa: ANN401 - an enum of the SDK, or its string
    """An enum's value in lower case, such as ``max_tokens``."""
    return str(getattr(value, "value", value)).lower()
