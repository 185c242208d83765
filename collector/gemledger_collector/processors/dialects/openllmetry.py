"""OpenLLMetry (Traceloop).

Its input is the prompt alone and its output the candidates alone: thoughts and tool use are in the total and nowhere
else. It tells no modalities, and the last exchange of automatic function calling only.
"""

from gemledger_collector.processors.dialects.dialect import Dialect
from gemledger_collector.processors.dialects.foreign_span import ForeignSpan, parsed
from gemledger_collector.processors.dialects.messages import (
    has_tool_call,
    is_text_alone,
    keep,
    numbered,
    parts_of,
    written,
)
from gemledger_collector.processors.dialects.usage_repair import (
    add_thoughts,
    add_unassigned,
    check_total,
    has_modalities,
    missing_tokens,
)

_AROUND = {
    "workflow": "invoke_workflow",
    "task": "invoke_workflow",
    "agent": "invoke_agent",
    "tool": "execute_tool",
}
_OPERATIONS = {
    "chat": "chat",
    "completion": "text_completion",
    "embedding": "embeddings",
    "rerank": "retrieval",
}


def _translate(span: ForeignSpan) -> None:
    kind = span.take("traceloop.span.kind")
    request_type = span.take("llm.request.type")
    span.fill("operation", _AROUND.get(kind or "") or _OPERATIONS.get(request_type or ""))
    _keep_content(span)
    _name_blobs(span)
    if span.columns.get("input_tokens") is None:
        return
    missing = missing_tokens(span)
    if span.columns.get("thoughts_tokens"):
        check_total(span)
    elif missing > 0 and _has_no_tools(span):
        add_thoughts(span, missing)
    elif missing > 0:
        add_unassigned(span, missing)
    elif missing < 0:
        check_total(span)
    _note_what_is_untold(span)


def _name_blobs(span: ForeignSpan) -> None:
    """It writes sounds, videos and files as the text of a Python object: told as what they are, without their bytes."""
    text = span.columns.get("input_messages") or ""
    if not any(sign in text for sign in _BLOBS):
        return
    messages = parsed(text)
    for part in parts_of(messages):
        content = part.get("content")
        if isinstance(content, str) and any(sign in content for sign in _BLOBS):
            part.update(type="blob", content=f"[{len(content)} characters]")
            span.repaired("media_removed")
    if messages is not None:
        span.columns["input_messages"] = written(messages)


_BLOBS = ("inline_data=Blob(", "file_data=FileData(")


def _has_no_tools(span: ForeignSpan) -> bool:
    """Its definitions are captured with the prompt: where there is one and no other, there were no tools."""
    return bool(span.columns.get("input_messages")) and span.columns.get("tool_definitions") is None


def _note_what_is_untold(span: ForeignSpan) -> None:
    columns = span.columns
    if not is_text_alone(columns.get("input_messages")) and not has_modalities(span):
        span.doubt("modality_unreported")
    if columns.get("input_messages") is None:
        span.doubt("tools_unreported")
    elif _calls_functions(columns.get("tool_definitions")) and not has_tool_call(
        columns.get("output_messages")
    ):
        span.doubt("exchanges_unreported")


def _calls_functions(definitions: str | None) -> bool:
    """Whether a Python function was given, which the SDK calls by itself: it has a name and nothing else."""
    given = parsed(definitions)
    return isinstance(given, list) and any(
        isinstance(each, dict) and "name" in each for each in given
    )


def _keep_content(span: ForeignSpan) -> None:
    if functions := numbered(span, "llm.request.functions"):
        span.fill("tool_definitions", written(functions))
    keep(span, "input_messages", "user", span.take("traceloop.entity.input"))
    keep(span, "output_messages", "assistant", span.take("traceloop.entity.output"))


OPENLLMETRY = Dialect(
    name="openllmetry",
    marks=("traceloop.", "llm.usage.", "llm.request.", "gen_ai.usage.total_tokens"),
    scopes=(
        "opentelemetry.instrumentation.google_generativeai",
        "opentelemetry.instrumentation.vertexai",
    ),
    translate=_translate,
    texts={
        "traceloop.association.properties.user_id": "user_id",
        "traceloop.association.properties.session_id": "conversation_id",
    },
    counts={
        "llm.usage.total_tokens": "total_tokens",
        "gen_ai.usage.total_tokens": "total_tokens",
        "gen_ai.usage.cache_read_input_tokens": "cache_read_tokens",
        "gen_ai.usage.reasoning_tokens": "thoughts_tokens",
    },
)
