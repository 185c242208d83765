"""What a total tells of counts that a dialect dropped, and what stays open where it tells nothing.

Gemini's total is prompt + candidates + tool use + thoughts. Our columns have tool use in the input and thoughts in
the output, so what is missing from input + output is one of the two, or both.
"""

from gemledger_collector.processors.dialects.foreign_span import ForeignSpan


def missing_tokens(span: ForeignSpan) -> int:
    """Tokens of the total that neither input nor output has; negative where they have too many, 0 without a total."""
    total = span.columns.get("total_tokens")
    if total is None:
        return 0
    return int(
        total - (span.columns.get("input_tokens") or 0) - (span.columns.get("output_tokens") or 0)
    )


def add_thoughts(span: ForeignSpan, tokens: int) -> None:
    """Count these as thoughts, which the dialect left out of the output."""
    columns = span.columns
    columns["thoughts_tokens"] = (columns.get("thoughts_tokens") or 0) + tokens
    columns["output_tokens"] = (columns.get("output_tokens") or 0) + tokens
    span.repaired("thoughts_added")


def add_tool_use(span: ForeignSpan, tokens: int) -> None:
    """Count these as what tools returned, which the dialect left out of the input."""
    columns = span.columns
    columns["tool_use_tokens"] = (columns.get("tool_use_tokens") or 0) + tokens
    columns["input_tokens"] = (columns.get("input_tokens") or 0) + tokens
    span.repaired("tool_use_added")


def add_unassigned(span: ForeignSpan, tokens: int) -> None:
    """Count these at the input's rate, as tool use: the least they can have cost; at most they were thoughts."""
    columns = span.columns
    columns["tool_use_tokens"] = (columns.get("tool_use_tokens") or 0) + tokens
    columns["input_tokens"] = (columns.get("input_tokens") or 0) + tokens
    span.repaired("unassigned_added")
    span.doubt(f"tokens_unassigned:{tokens}")


def check_total(span: ForeignSpan) -> None:
    """Say so where a total contradicts its parts."""
    if missing_tokens(span):
        span.doubt("total_mismatch")


def has_modalities(span: ForeignSpan) -> bool:
    """Whether the span says of which kind its input is."""
    names = ("text", "image", "audio", "video", "document")
    return any(span.columns.get(f"{name}_input_tokens") is not None for name in names)
