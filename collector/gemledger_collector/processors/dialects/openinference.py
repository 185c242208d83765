"""OpenInference (Arize Phoenix), of google-genai and of LangChain.

Its prompt has tool use in it and its completion thoughts: its sums are right. It tells cached and audio tokens apart,
but not cached audio; the response it captures as ``output.value`` has all that, and which functions the SDK called.
"""

from collections.abc import Mapping
from typing import Any

from gemledger_collector.processors.dialects.dialect import Dialect
from gemledger_collector.processors.dialects.foreign_span import ForeignSpan, parsed
from gemledger_collector.processors.dialects.messages import (
    is_text_alone,
    keep,
    message,
    numbered,
    written,
)
from gemledger_collector.processors.dialects.usage_repair import (
    add_unassigned,
    check_total,
    has_modalities,
    missing_tokens,
)
from gemledger_collector.processors.dialects.wire_usage import read_response

_OPERATIONS = {
    "LLM": "generate_content",
    "EMBEDDING": "embeddings",
    "AGENT": "invoke_agent",
    "TOOL": "execute_tool",
    "CHAIN": "invoke_workflow",
    "RETRIEVER": "retrieval",
    "RERANKER": "retrieval",
}
_REPEATED = (
    "llm.invocation_parameters",
    "metadata",
    "input.mime_type",
    "output.mime_type",
    "llm.system",
)

_DOCUMENTS = {
    "reranker.input_documents": "input_messages",
    "reranker.output_documents": "output_messages",
    "retrieval.documents": "output_messages",
}


def _translate(span: ForeignSpan) -> None:
    kind = span.attributes.get("openinference.span.kind", "")
    span.fill("operation", _OPERATIONS.get(kind, "invoke_workflow"))
    response = parsed(span.attributes.get("output.value"))
    platform = _platform(span)
    _keep_content(span)
    if kind not in ("LLM", "EMBEDDING"):
        return
    if platform:
        span.fill("provider", platform)
    reasons = span.take("llm.finish_reason")
    span.fill("finish_reasons", reasons and reasons.lower())
    if span.columns.get("input_tokens") is None:
        return
    is_whole = isinstance(response, Mapping) and "usage_metadata" in response
    if is_whole:
        read_response(span, response)
    elif (missing := missing_tokens(span)) > 0:
        add_unassigned(span, missing)
    check_total(span)
    _note_what_is_untold(span, is_whole=is_whole)


def _platform(span: ForeignSpan) -> str | None:
    """LangChain's spans say ``vertexai`` of every Gemini; their metadata knows better."""
    metadata = parsed(span.attributes.get("metadata"))
    named = metadata.get("ls_provider") if isinstance(metadata, Mapping) else None
    system = span.attributes.get("llm.system")
    for key in _REPEATED:
        span.attributes.pop(key, None)
    provider = span.take("llm.provider")
    if provider in (None, "google"):
        return named if isinstance(named, str) else provider or system
    return provider


def _note_what_is_untold(span: ForeignSpan, *, is_whole: bool) -> None:
    columns = span.columns
    is_sdk = span.scope.endswith("google_genai") or not span.scope
    if is_sdk and not is_whole:
        span.doubt("tools_unreported")  # what the SDK called by itself shows in the response alone
    if has_modalities(span) or is_text_alone(columns.get("input_messages")):
        return
    span.doubt("modality_unreported")


def _keep_content(span: ForeignSpan) -> None:
    for prefix, column, role in (
        ("llm.input_messages", "input_messages", "user"),
        ("llm.output_messages", "output_messages", "model"),
    ):
        if messages := [_message(each, role) for each in numbered(span, prefix)]:
            span.fill(column, written(messages))
    if tools := [each.get("tool.json_schema", "") for each in numbered(span, "llm.tools")]:
        span.fill("tool_definitions", written([parsed(tool) or tool for tool in tools]))
    numbered(span, "message.tool_calls")
    for prefix, column in _DOCUMENTS.items():
        if documents := numbered(span, prefix):
            keep(span, column, "tool", written(documents))
    keep(
        span, "input_messages", "user", span.take("reranker.query", "llm.prompt_template.variables")
    )
    span.take("llm.prompt_template.template")
    for each in numbered(span, "embedding.embeddings"):
        keep(span, "input_messages", "user", each.get("embedding.text"))
    keep(span, "input_messages", "user", span.take("input.value"))
    keep(span, "output_messages", "model", span.take("output.value"))
    arguments = span.take("tool.parameters", "tool_call.function.arguments")
    keep(span, "input_messages", "user", arguments)


def _message(said: dict[str, Any], role: str) -> dict[str, object]:
    parts: list[object] = []
    if "message.content" in said:
        parts.append(said["message.content"])
    for key, value in said.items():
        if key.endswith("message_content.text"):
            parts.append(value)
        elif "message_content.image" in key or key.endswith("message_content.audio.url"):
            parts.append({"type": "blob", "content": value})
        elif key.endswith("tool_call.function.name"):
            parts.append({"type": "tool_call", "name": value})
        elif key.endswith("tool_call.function.arguments"):
            parts.append({"type": "tool_call", "arguments": parsed(value) or value})
    if any(
        key.endswith("message_content.type") and value not in ("text", "reasoning")
        for key, value in said.items()
    ):
        parts.append({"type": "blob"})
    return message(said.get("message.role", role), *parts)


OPENINFERENCE = Dialect(
    name="openinference",
    marks=("openinference.", "llm.token_count.", "llm.model_name", "retrieval.documents"),
    scopes=("openinference.",),
    translate=_translate,
    texts={
        "llm.model_name": "request_model",
        "embedding.model_name": "request_model",
        "session.id": "conversation_id",
        "user.id": "user_id",
    },
    counts={
        "llm.token_count.prompt": "input_tokens",
        "llm.token_count.completion": "output_tokens",
        "llm.token_count.total": "total_tokens",
        "llm.token_count.prompt_details.cache_read": "cache_read_tokens",
        "llm.token_count.prompt_details.audio": "audio_input_tokens",
        "llm.token_count.completion_details.reasoning": "thoughts_tokens",
        "llm.token_count.completion_details.audio": "audio_output_tokens",
    },
)
