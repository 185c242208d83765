"""OpenLIT.

Its output is the candidates alone, with thoughts in a count beside; its own total adds up just these, so it reveals
nothing. It tells neither tool use, nor modalities, nor the exchanges of automatic function calling.
"""

from gemledger_collector.processors.dialects.dialect import Dialect
from gemledger_collector.processors.dialects.foreign_span import ForeignSpan
from gemledger_collector.processors.dialects.messages import is_text_alone
from gemledger_collector.processors.dialects.usage_repair import add_thoughts, has_modalities

_REPEATED = (
    "gen_ai.client.token.usage",
    "gen_ai.usage.cache_creation.input_tokens",
    "telemetry.sdk.name",
)


def _translate(span: ForeignSpan) -> None:
    columns = span.columns
    own_total, *_ = [span.take(key) for key in _REPEATED]
    first_chunk = span.take("gen_ai.server.time_to_first_token", "gen_ai.server.ttft")
    if columns.get("request_stream") and first_chunk is not None:
        span.fill("time_to_first_chunk_seconds", float(first_chunk))
    columns["finish_reasons"] = (columns.get("finish_reasons") or "").replace(
        "FinishReason.", ""
    ) or None
    thoughts = span.count("gen_ai.usage.reasoning_tokens")
    if own_total is None and span.name.startswith(
        "chat "
    ):  # a call that failed has its name and no attribute
        span.fill("operation", "chat")
        span.fill("request_model", span.name.partition(" ")[2])
        if span.scope.startswith("openlit.instrumentation.google_ai_studio"):
            span.fill("provider", "gemini")
    if columns.get("input_tokens") is None or columns.get("operation") == "embeddings":
        return
    if thoughts:
        add_thoughts(span, thoughts)
    span.doubt("tools_unreported")
    if not is_text_alone(columns.get("input_messages")) and not has_modalities(span):
        span.doubt("modality_unreported")


OPENLIT = Dialect(
    name="openlit",
    marks=("gen_ai.client.token.usage", "gen_ai.sdk.version", "gen_ai.server.ttft"),
    scopes=("openlit",),
    translate=_translate,
)
