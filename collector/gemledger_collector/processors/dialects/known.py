"""Every dialect there is, and which of them a span speaks."""

from gemledger_collector.processors.columns import CONTENT_COLUMNS
from gemledger_collector.processors.dialects.common import (
    CONTENT_KEYS,
    COSTS,
    OLD_COUNTS,
    OLD_TEXTS,
    finish,
    is_of_google,
    read_old_names,
)
from gemledger_collector.processors.dialects.dialect import Dialect
from gemledger_collector.processors.dialects.failures import add_error_type
from gemledger_collector.processors.dialects.foreign_span import ForeignSpan
from gemledger_collector.processors.dialects.generic import GENERIC
from gemledger_collector.processors.dialects.messages import without_media
from gemledger_collector.processors.dialects.older_messages import keep_events, keep_numbered
from gemledger_collector.processors.dialects.openinference import OPENINFERENCE
from gemledger_collector.processors.dialects.openlit import OPENLIT
from gemledger_collector.processors.dialects.openllmetry import OPENLLMETRY
from gemledger_collector.processors.dialects.opentelemetry import OPENTELEMETRY
from gemledger_collector.processors.dialects.pydantic_ai import PYDANTIC_AI

DIALECTS = (OPENINFERENCE, PYDANTIC_AI, OPENLIT, OPENLLMETRY, OPENTELEMETRY)
"""Most telling marks first; whoever has none of them is known by scope, else generic."""

_KEYS = frozenset(
    (*OLD_TEXTS, *OLD_COUNTS, *COSTS, *CONTENT_KEYS, *(each.attribute for each in CONTENT_COLUMNS))
)
_PREFIXES = ("gen_ai.", *(mark for dialect in DIALECTS for mark in dialect.marks))


def is_known_key(key: str) -> bool:
    """Whether an attribute without a column may tell of a model, or hold what was said."""
    return key in _KEYS or key.startswith(_PREFIXES)


def is_known_scope(scope: str | None) -> bool:
    """Whether a scope's name alone tells the dialect."""
    return _by_scope(scope or "") is not GENERIC


def tell(span: ForeignSpan, status_code: int) -> None:
    """Have a span told in our columns, whatever it speaks."""
    read_old_names(span)
    keep_events(span)
    keep_numbered(span)
    dialect = _dialect_of(span)
    dialect.tell(span)
    finish(span, is_of_the_sdk=dialect is not GENERIC)
    add_error_type(span, status_code)
    without_media(span)
    if is_of_google(span):
        given = span.columns["app_cost_reasons"]
        words = [*([given] if given else []), *span.reasons]
        span.columns["app_cost_reasons"] = ",".join(words) or None
    else:
        span.repairs = [word for word in span.repairs if word == "media_removed"]


def _dialect_of(span: ForeignSpan) -> Dialect:
    """By its attributes; by its scope where they tell nothing."""
    keys = tuple(span.keys())
    for dialect in DIALECTS:
        if dialect.marks and any(key.startswith(dialect.marks) for key in keys):
            return dialect
    return _by_scope(span.scope)


def _by_scope(scope: str) -> Dialect:
    for dialect in DIALECTS:
        if scope.startswith(dialect.scopes):
            return dialect
    return GENERIC
