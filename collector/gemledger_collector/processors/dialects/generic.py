"""Whoever speaks OpenTelemetry's conventions, in any language and under any name they ever had.

Its counts are believed as the convention has them: cached tokens in the input, thoughts in the output.
"""

from gemledger_collector.processors.dialects.dialect import Dialect
from gemledger_collector.processors.dialects.foreign_span import ForeignSpan
from gemledger_collector.processors.dialects.usage_repair import (
    add_unassigned,
    check_total,
    missing_tokens,
)


def _translate(span: ForeignSpan) -> None:
    if span.columns.get("input_tokens") is None or span.columns.get("total_tokens") is None:
        return
    if (missing := missing_tokens(span)) > 0:
        add_unassigned(span, missing)
    check_total(span)


GENERIC = Dialect(name="generic", marks=(), scopes=("",), translate=_translate)
