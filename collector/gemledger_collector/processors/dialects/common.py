"""What every dialect shares: old names of OpenTelemetry's, the provider, costs as evidence, stray content."""

import math

from gemledger import semconv
from gemledger_collector.processors.dialects.foreign_span import ForeignSpan
from gemledger_collector.processors.dialects.messages import keep, written

_GEMINI = (
    "gemini",
    "google-gla",
    "google_genai",
    "google-genai",
    "google_ai_studio",
    "google-ai-studio",
    "google_generativeai",
    "google-generative-ai",
    "google.generative-ai",
)
_VERTEX = ("vertex_ai", "vertexai", "vertex", "google-vertex", "google_vertexai", "google.vertex")
_EITHER = ("google", "gcp.gen_ai")

OLD_TEXTS = {"gen_ai.system": "provider"}
OLD_COUNTS = {
    "gen_ai.usage.prompt_tokens": "input_tokens",
    "gen_ai.usage.completion_tokens": "output_tokens",
}
"""Attribute → column, as the conventions were before 1.37 (2025)."""

COSTS = (
    "gen_ai.usage.cost.amount",
    "gen_ai.usage.cost",
    "gen_ai.usage.total_cost",
    "operation.cost",
    "llm.cost.total",
)
"""What others reckoned a call to cost: kept beside our figure, never the bill."""

_INPUTS = (
    "gen_ai.prompt",
    "gen_ai.tool.call.arguments",
    "input.value",
    "request_data",
    "ai.prompt",
    "ai.prompt.messages",
    "ai.toolCall.args",
    "traceloop.entity.input",
    "pydantic_ai.all_messages",
    "all_messages_events",
)
_OUTPUTS = (
    "gen_ai.completion",
    "gen_ai.tool.call.result",
    "output.value",
    "response_data",
    "ai.response.text",
    "ai.response.object",
    "ai.toolCall.result",
    "traceloop.entity.output",
    "final_result",
)
CONTENT_KEYS = (*_INPUTS, *_OUTPUTS)
"""Attributes that hold what was said, whoever writes them."""

_STRUCTURED = {
    semconv.INPUT_MESSAGES: "input_messages",
    semconv.OUTPUT_MESSAGES: "output_messages",
    semconv.SYSTEM_INSTRUCTIONS: "system_instructions",
    semconv.TOOL_DEFINITIONS: "tool_definitions",
}


def read_old_names(span: ForeignSpan) -> None:
    """Old names into the columns of the new ones; content that came as values rather than as JSON."""
    for key, column in OLD_TEXTS.items():
        span.fill(column, span.take(key))
    for key, column in OLD_COUNTS.items():
        span.fill(column, span.count(key))
    for key, column in _STRUCTURED.items():
        if key in span.nested and (value := span.take_json(key)) is not None:
            span.fill(column, written(value))
    _keep_cost(span)


def _keep_cost(span: ForeignSpan) -> None:
    given = [value for key in COSTS if (value := span.attributes.pop(key, None)) is not None]
    currency = span.take("gen_ai.usage.cost.currency") or "USD"
    try:
        amount = float(given[0]) if given else math.nan
    except ValueError:
        return
    if math.isfinite(amount) and amount >= 0:
        span.fill("app_cost_usd", amount)
        span.fill("app_cost_currency", currency)


def finish(span: ForeignSpan, *, is_of_the_sdk: bool) -> None:
    """After its dialect: stray content, one name for the provider, an operation for what is plainly a call.

    An instrumentation ``is_of_the_sdk``'s calls: where it tells no endpoint, that is Google's.
    """
    for keys, column, role in (
        (_INPUTS, "input_messages", "user"),
        (_OUTPUTS, "output_messages", "model"),
    ):
        for key in keys:
            keep(span, column, role, span.take(key))
    for key in [key for key in span.nested if key in CONTENT_KEYS]:
        span.take_json(key)
    columns = span.columns
    columns["provider"] = provider = _provider(span)
    if provider in _PROVIDERS and columns.get("operation") is None and columns.get("request_model"):
        columns["operation"] = "generate_content"
    if provider in _PROVIDERS and is_of_the_sdk:
        is_vertex = provider == semconv.PROVIDER_VERTEX_AI
        span.fill(
            "server_address",
            f"{'aiplatform' if is_vertex else 'generativelanguage'}.googleapis.com",
        )


def is_of_google(span: ForeignSpan) -> bool:
    """Whether the span, finished, tells of a call of Gemini: no other provider's counts are any figure of ours."""
    return span.columns.get("provider") in _PROVIDERS


def _provider(span: ForeignSpan) -> str | None:
    said = span.columns.get("provider")
    name = said.lower().replace(" ", "_") if isinstance(said, str) else None
    server = span.columns.get("server_address") or ""
    if (name or "").startswith(_VERTEX) or (name in _EITHER and "aiplatform" in server):
        return semconv.PROVIDER_VERTEX_AI
    if (name or "").startswith(_GEMINI) or (
        name in _EITHER and server.startswith("generativelanguage")
    ):
        return semconv.PROVIDER_GEMINI
    if name in _EITHER:
        # Both list the same prices for text, so the sender's silence rarely matters.
        span.columns["platform"] = span.columns.get("platform") or "gemini_api"
        return "gcp.gen_ai"
    return said


_PROVIDERS = (semconv.PROVIDER_GEMINI, semconv.PROVIDER_VERTEX_AI, "gcp.gen_ai")
