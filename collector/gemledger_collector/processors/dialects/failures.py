"""What went wrong, where a dialect says it in words only: an exception's event, or the status."""

import re
from collections.abc import Iterable

from gemledger_collector.processors.dialects.foreign_span import ForeignSpan

_STATUS = re.compile(
    r"(?<![\d.])([45]\d\d)(?: [A-Z_]{4,}|, model_name)|status_code:? ?([45]\d\d)|'code': ([45]\d\d)"
)
ERROR = 2
"""The status code of a span that failed."""


def add_error_type(span: ForeignSpan, status_code: int) -> None:
    """The HTTP status that Google answered, else the exception's class, as ``error.type``."""
    if span.columns.get("error_type") is not None or status_code != ERROR:
        return
    texts = [span.columns.get("status_message") or "", *_exceptions(span, "exception.message")]
    for text in texts:
        if found := _STATUS.search(text[:2_000]):
            span.columns["error_type"] = next(filter(None, found.groups()))
            return
    kinds = [kind.rpartition(".")[2] for kind in _exceptions(span, "exception.type")]
    span.columns["error_type"] = kinds[0] if kinds else "_OTHER"


def _exceptions(span: ForeignSpan, key: str) -> Iterable[str]:
    for event in span.events:
        if event.name == "exception":
            yield from (each.value.string_value for each in event.attributes if each.key == key)
