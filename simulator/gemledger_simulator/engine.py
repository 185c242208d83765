"""The engine: a request in, a response out. No clock, no network, no thread.

Everything drawn depends on the seed and the request alone. What the engine remembers between requests is
what Gemini remembers, too: which prefixes it has seen (`PrefixCache`), and how many requests it has had
(so that response ids are unique, and a request sent again after an error need not fail again).
"""

import base64
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Literal

from . import draw, embeddings, faults, models, reply
from .faults import Fault
from .fields import Json, submessage
from .prefix_cache import PrefixCache
from .prompt import BadRequest, Prompt, parse
from .quota_errors import Exceeded
from .settings import Settings
from .tokens import by_modality
from .usage import Usage

Platform = Literal["gemini_api", "vertex_ai"]
_REMEMBERED_REQUESTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What decides an answer besides the request: where it was sent, and what a test wants of it."""

    platform: Platform = "gemini_api"
    account: str = ""
    """Whose rate limits are used."""
    usage: Usage | None = None
    """Answer with exactly these token counts."""
    fault: Fault | None = None
    """Fail in this way, whatever the rates say."""
    cached: Mapping[str, int] = field(default_factory=dict)
    """Tokens by modality of the explicit cache that the request names: they come before its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedResponse:
    """What Gemini would answer. Latencies are those of a real model, not yet scaled by the settings."""

    body: Json
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    """HTTP status; 0 when the connection is dropped before any answer."""
    latency_ms: int = 0
    time_to_first_chunk_ms: int = 0
    fault: Fault | None = None


DEFAULT = Circumstances()


class Engine:
    """A Gemini that costs nothing."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self._cache = PrefixCache(self.settings.cache_blocks)
        self._serial = count()
        self._attempts: OrderedDict[bytes, int] = OrderedDict()

    def respond(
        self, model: str, request: Json, at_unix_nano: int, circumstances: Circumstances = DEFAULT
    ) -> SimulatedResponse:
        """The answer to a generateContent request as it would have been at that time.

        Never raises for a bad request: that is a response with status 400.
        """
        served = models.served_model(model, at_unix_nano)
        try:
            prompt = parse(served, request)
        except BadRequest as problem:
            return error(400, str(problem))
        fault = circumstances.fault or self._drawn_fault(prompt)
        if fault is not None and (failure := _failure(fault, served)):
            return failure
        answer = self._answer(prompt, circumstances, fault)
        headers, traffic = _service_tier(request, prompt, circumstances.platform, self.settings)
        body = self._body(answer, served, at_unix_nano)
        if circumstances.platform == "vertex_ai":
            body["createTime"] = datetime.fromtimestamp(at_unix_nano // 10**9, UTC).isoformat()
            body["usageMetadata"].setdefault("trafficType", traffic)
        if fault is Fault.NO_USAGE:
            del body["usageMetadata"]
        return _timed(body, headers, answer.usage, prompt, fault)

    def count_tokens(self, model: str, request: Json) -> SimulatedResponse:
        """The answer to a countTokens request."""
        inner = submessage(request, "generateContentRequest") or request
        try:
            prompt = parse(model, inner)
        except BadRequest as problem:
            return error(400, str(problem))
        counts = by_modality(prompt.segments)
        usage = Usage(prompt_tokens=sum(counts.values()), prompt_details=counts).metadata()
        details = usage["promptTokensDetails"]
        body = {"totalTokens": usage["totalTokenCount"], "promptTokensDetails": details}
        return SimulatedResponse(body=body)

    def embed(
        self, model: str, request: Json, method: str, platform: Platform = "gemini_api"
    ) -> SimulatedResponse:
        """The answer to embedContent, batchEmbedContents, or (older models on Vertex) predict."""
        try:
            body = embeddings.respond(model, request, method)
        except BadRequest as problem:
            return error(400, str(problem))
        headers = {"x-gemini-service-tier": "standard"} if platform == "gemini_api" else {}
        return SimulatedResponse(body=body, headers=headers, latency_ms=90)

    def failed(self, fault: Fault, model: str = "simulated") -> SimulatedResponse:
        """How a method without an answer of its own kind (countTokens, embeddings) fails."""
        return _failure(fault, model) or replace(error(500), fault=fault)

    def _answer(
        self, prompt: Prompt, circumstances: Circumstances, fault: Fault | None
    ) -> reply.Reply:
        usage, measured = circumstances.usage, circumstances.usage is None
        if usage is None:
            usage = self._measured(prompt, circumstances.cached)
        if fault in (Fault.SAFETY, Fault.BLOCK):
            return reply.withheld(usage, blocked=fault is Fault.BLOCK)
        answer = reply.compose(prompt, usage, self.settings)
        return answer if measured else replace(answer, usage=usage)

    def _measured(self, prompt: Prompt, explicit: Mapping[str, int]) -> Usage:
        """The tokens of a prompt, and which of them were cached: explicitly, else as a prefix seen before."""
        counts = by_modality(prompt.segments)
        if explicit:
            cached, hits = sum(explicit.values()), explicit
            counts = {
                name: counts.get(name, 0) + explicit.get(name, 0) for name in {**explicit, **counts}
            }
        else:
            cached = self._cache.admit(prompt.model, prompt.segments)
            hits = by_modality(prompt.segments, cached)
        return Usage(
            prompt_tokens=sum(counts.values()),
            prompt_details=counts,
            cached_tokens=cached,
            cached_details=hits,
        )

    def _body(self, answer: reply.Reply, served: str, at_unix_nano: int) -> Json:
        mark = draw.digest(self.settings.seed, at_unix_nano, next(self._serial))
        return answer.body | {
            "usageMetadata": answer.usage.metadata(),
            "modelVersion": served,
            "responseId": base64.urlsafe_b64encode(mark).decode().rstrip("="),
        }

    def _drawn_fault(self, prompt: Prompt) -> Fault | None:
        if not self.settings.fault_rates:
            return None
        attempt = self._attempts.pop(prompt.digest, 0)
        self._attempts[prompt.digest] = attempt + 1
        if len(self._attempts) > _REMEMBERED_REQUESTS:
            self._attempts.popitem(last=False)
        return faults.drawn(self.settings.fault_rates, self.settings.seed, prompt.digest, attempt)


def error(status: int, message: str | None = None, reason: str | None = None) -> SimulatedResponse:
    """An error answer in Google's words, or in ``message``."""
    return SimulatedResponse(
        body=faults.error_body(status, message, reason), status=status, latency_ms=40
    )


def over_quota(exceeded: Exceeded, model: str) -> SimulatedResponse:
    """The 429 of a limit that was reached."""
    body = faults.quota_body(exceeded, model)
    return SimulatedResponse(body=body, status=429, latency_ms=40, fault=Fault.QUOTA)


def _failure(fault: Fault, model: str) -> SimulatedResponse | None:
    """The whole response of a fault that leaves nothing of the answer; None for the others."""
    body = faults.fault_body(fault, model)
    if body is not None:
        status = body["error"]["code"]
        return SimulatedResponse(body=body, status=status, latency_ms=40, fault=fault)
    if fault is Fault.DISCONNECT:
        return SimulatedResponse(body={}, status=0, latency_ms=40, fault=fault)
    return None


def asked_tier(request: Json) -> str:
    """The service tier a request asks for; standard where it names none that is offered."""
    asked = str(request.get("serviceTier") or request.get("service_tier") or "").lower()
    tier = asked.removeprefix("service_tier_")
    return tier if tier in ("flex", "priority") else "standard"


def _service_tier(
    request: Json, prompt: Prompt, platform: Platform, settings: Settings
) -> tuple[dict[str, str], str]:
    """The header that names the tier served (Gemini API), and the traffic type (Vertex)."""
    tier = asked_tier(request)
    downgraded = (
        draw.chance(settings.seed, prompt.digest, "tier") < settings.priority_downgrade_rate
    )
    if tier == "priority" and downgraded:
        tier = "standard"
    if platform == "vertex_ai":
        return {}, "ON_DEMAND" if tier == "standard" else f"ON_DEMAND_{tier.upper()}"
    return {"x-gemini-service-tier": tier}, ""


def _timed(
    body: Json, headers: dict[str, str], usage: Usage, prompt: Prompt, fault: Fault | None
) -> SimulatedResponse:
    """The response with a latency that fits the model and the token counts."""
    kind = models.character(prompt.model)
    mood = draw.long_tailed(1.0, 1.4, prompt.digest, "latency")
    read_ms = (usage.prompt_tokens - usage.cached_tokens * 0.8) / 50
    think_ms = usage.thoughts_tokens * 1000 / kind.tokens_per_second
    write_ms = usage.output_tokens * 1000 / kind.tokens_per_second
    first = int((kind.first_chunk_ms + read_ms + think_ms) * mood)
    return SimulatedResponse(
        body=body,
        headers=headers,
        latency_ms=first + int(write_ms * mood),
        time_to_first_chunk_ms=first,
        fault=fault,
    )
