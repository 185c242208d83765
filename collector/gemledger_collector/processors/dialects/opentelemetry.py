"""OpenTelemetry's own instrumentation of google-genai, and Logfire's, which wraps it; old names and new ones.

It counts thoughts in the output and tells modalities, has no total, and leaves out tool use and every exchange of
automatic function calling but the last. On streams it adds up the thoughts that each chunk repeats.
"""

from gemledger_collector.processors.dialects.dialect import Dialect
from gemledger_collector.processors.dialects.foreign_span import ForeignSpan, parsed
from gemledger_collector.processors.dialects.messages import has_tool_call
from gemledger_collector.processors.dialects.usage_repair import check_total, missing_tokens


def _translate(span: ForeignSpan) -> None:
    span.attributes.pop("logfire.metrics", None)  # the counts once more
    if span.columns.get("input_tokens") is None or span.columns["operation"] == "embeddings":
        return
    if missing_tokens(span) > 0:
        check_total(span)
    _mend_thoughts(span)
    _note_tools(span)


def _mend_thoughts(span: ForeignSpan) -> None:
    """Thoughts that each chunk of a stream repeats were added up: the last count is the true one."""
    columns = span.columns
    thoughts, output = columns.get("thoughts_tokens") or 0, columns.get("output_tokens") or 0
    if not columns.get("request_stream") or not thoughts or output <= thoughts:
        return
    if columns.get("total_tokens") is not None:
        true = output + min(0, missing_tokens(span))
    elif (said := columns.get("text_output_tokens")) is not None:
        true = said + thoughts
    else:  # between no answer at all and none repeated
        columns["output_tokens"] = thoughts
        span.repaired("thoughts_repeated")
        span.doubt(f"thoughts_repeated:{output - thoughts}")
        return
    if thoughts <= true < output:
        columns["output_tokens"] = true
        span.repaired("thoughts_repeated")


def _note_tools(span: ForeignSpan) -> None:
    """It counts neither what tools return nor the exchanges in which functions were called."""
    columns = span.columns
    if span.children_use_tools:
        span.doubt("exchanges_unreported")
    definitions = parsed(columns.get("tool_definitions"))
    if definitions is None:
        if columns.get("input_messages") is None and not span.children_use_tools:
            span.doubt("tools_unreported")  # content is off: nobody sees whether there were any
        return
    functions = [each for each in definitions if _is_function(each)]
    if functions and not has_tool_call(columns.get("output_messages")):
        span.doubt("exchanges_unreported")
    if len(functions) < len(definitions):
        span.doubt("tools_unreported")


def _is_function(definition: object) -> bool:
    return isinstance(definition, dict) and definition.get("type", "function") == "function"


OPENTELEMETRY = Dialect(
    name="opentelemetry",
    marks=(),
    scopes=("opentelemetry.instrumentation.google_genai",),
    translate=_translate,
)
