"""Pydantic AI, as Logfire shows it.

Each exchange is a span of its own whose counts are complete: tool use in the input, thoughts in the output, and every
modality, cached or not, among the details. The agent's span repeats their sum and is no call.
"""

from gemledger_collector.processors.dialects.dialect import Dialect
from gemledger_collector.processors.dialects.foreign_span import ForeignSpan
from gemledger_collector.processors.dialects.messages import is_text_alone, keep
from gemledger_collector.processors.dialects.usage_repair import has_modalities

_DETAILS = "gen_ai.usage.details."
_AGGREGATED = "gen_ai.aggregated_usage."


def _translate(span: ForeignSpan) -> None:
    for key in ("model_request_parameters", "logfire.json_schema", "gen_ai.system"):
        span.attributes.pop(key, None)
    keep(
        span,
        "input_messages",
        "user",
        span.take("pydantic_ai.all_messages", "all_messages_events", "events"),
    )
    keep(span, "output_messages", "assistant", span.take("final_result"))
    keep(span, "input_messages", "user", span.take("gen_ai.tool.call.arguments", "tool_arguments"))
    keep(span, "output_messages", "tool", span.take("gen_ai.tool.call.result", "tool_response"))
    for key in [key for key in span.attributes if key.startswith(_DETAILS)]:
        del span.attributes[key]  # the ones with a column have been read
    if span.columns.get("operation") == "invoke_agent" or span.columns.get("input_tokens") is None:
        return
    if not has_modalities(span) and not is_text_alone(span.columns.get("input_messages")):
        span.doubt("modality_unreported")


PYDANTIC_AI = Dialect(
    name="pydantic_ai",
    marks=(_DETAILS, _AGGREGATED, "pydantic_ai.", "model_request_parameters"),
    scopes=("pydantic-ai",),
    translate=_translate,
    counts={
        f"{_DETAILS}thoughts_tokens": "thoughts_tokens",
        f"{_DETAILS}tool_use_prompt_tokens": "tool_use_tokens",
        f"{_DETAILS}cached_content_tokens": "cache_read_tokens",
        **{
            f"{_DETAILS}{modality}_{said}": f"{modality}_{column}"
            for modality in ("text", "image", "audio", "video", "document")
            for said, column in (
                ("prompt_tokens", "input_tokens"),
                ("cache_tokens", "cache_read_tokens"),
                ("candidates_tokens", "output_tokens"),
            )
        },
    },
)
