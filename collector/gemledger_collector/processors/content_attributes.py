"""Attributes that hold what people and models said, by whichever instrumentation: shown to nobody without leave."""

import re

WITHHELD = "(content: reading it takes the scope content)"

_CONTENT = re.compile(
    r"""^(
        gen_ai\.(prompt|completion|input\.messages|output\.messages|system_instructions|tool\.definitions)\b
      | gen_ai\.(content|event\.content|system\.message|user\.message|assistant\.message|tool\.message|choice)\b
      | gen_ai\.tool\.(call\.(arguments|result)|message)\b
      | gen_ai\.evaluation\.explanation\b
      | gemledger\.feedback\.comment$
      | llm\.(input_messages|output_messages|prompts|completions|prompt_template\.(template|variables))\b
      | (input|output)\.value$
      | (embedding|retrieval|reranker)\..*(text|content)$
      | traceloop\.entity\.(input|output)$
      | (request_data|response_data|all_messages_events|events|prompt|completion|content|body|message\.content)$
    )""",
    re.VERBOSE,
)


def is_content(attribute: str) -> bool:
    """Whether an attribute of a span or an event may hold a prompt, an answer, or what a tool was told."""
    return _CONTENT.match(attribute) is not None
