"""What people say of an answer: told as a span of its own that no sampler drops, and that is no call.

It may come long after the call has ended, and from another process: the id of the response is enough.
(The public function is ``gemledger.feedback``; a module of that name would shadow it on the package.)
"""

import functools
import logging
import math
import os
import re
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Literal

from opentelemetry import trace

from gemledger import payer, semconv
from gemledger.attributes import Attributes
from gemledger.guard import guarded
from gemledger.patching import PATCHING, own_tracer
from gemledger.settings import REDACTION_KEEP, REDACTION_KEY, Settings
from gemledger.unsampled import UnsampledSums

_logger = logging.getLogger("gemledger")

COMMENT_CHARACTERS = 2_000
"""Of a comment; the rest is left out."""
_MARGIN = 256
"""Characters beyond it that are redacted too, so that a secret across the cut is seen whole."""
_ID_CHARACTERS = 256
"""Of a response's id, and of a user's."""
_NAME = re.compile(r"[\w.:/ -]{1,64}")
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_IDS = ("response_id", "responseId", "id")
"""Under which name a response has its id: the SDK's, that of a JSON body, an interaction's."""


def feedback(
    response: object = None,
    *,
    thumbs: Literal["up", "down"] | None = None,
    score: float | None = None,
    comment: str | None = None,
    name: str = "user_feedback",
    user_id: str | None = None,
) -> None:
    """Say how good an answer was: ``gemledger.feedback(response, thumbs="down", comment="wrong year")``.

    ``response`` is what the SDK returned, the last chunk of a stream, the JSON body of either, or just its id, which is
    all that a later web request has to know; a span, a span context or a W3C traceparent means the last call in that
    trace, and nothing at all that of the current span. ``score`` goes from 0 to 1. ``name`` says which question was
    answered: of several feedbacks of one user about one response and name, the last counts. ``user_id`` is by default
    that of the attribution in force. The comment is redacted here and again by the collector.

    Raises ValueError (TypeError for an object that is no response) where the call itself makes no sense. Whatever goes
    wrong with telling it is a warning in the log.
    """
    told = _said(thumbs, score, comment) | {semconv.FEEDBACK_NAME: _name(name)} | _about(response)
    _tell(told, comment, user_id)


def _said(thumbs: object, score: object, comment: object) -> Attributes:
    """The verdict, checked; the comment is not in it yet."""
    if thumbs is None and score is None and not comment:
        raise ValueError("feedback says nothing; give thumbs, a score or a comment")
    if thumbs not in (None, "up", "down"):
        raise ValueError(f"thumbs is {thumbs!r}; give 'up' or 'down'")
    if comment is not None and not isinstance(comment, str):
        raise TypeError(f"comment is a {type(comment).__name__}; give a text")
    told: Attributes = {}
    if thumbs is not None:
        told[semconv.FEEDBACK_THUMBS] = str(thumbs)
    if score is not None:
        told[semconv.FEEDBACK_SCORE] = _score(score)
    return told


def _score(score: object) -> float:
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise TypeError(f"score is a {type(score).__name__}; give a number from 0 to 1")
    if not (math.isfinite(score) and 0 <= score <= 1):
        raise ValueError(f"score is {score}; give a number from 0, worst, to 1")
    return float(score)


def _name(name: object) -> str:
    if isinstance(name, str) and _NAME.fullmatch(name):
        return name
    raise ValueError(
        f"name is {name!r}; give up to 64 letters, digits and any of _ . : / - and space"
    )


def _about(response: object) -> Attributes:
    """Which answer is meant."""
    if response is None:
        return _in_span(trace.get_current_span().get_span_context())
    if isinstance(response, trace.Span):
        return _in_span(response.get_span_context())
    if isinstance(response, trace.SpanContext):
        return _in_span(response)
    found = response if isinstance(response, str) else _id_of(response)
    if found is None:  # no misuse: some servers give none
        return _in_span(trace.get_current_span().get_span_context())
    traceparent = _TRACEPARENT.fullmatch(found)
    if traceparent is not None:
        return _ids(*traceparent.groups())
    if not 0 < len(found) <= _ID_CHARACTERS or not found.isprintable():
        raise ValueError(
            "response is no id of a response; give response.response_id, or the response"
        )
    return {semconv.FEEDBACK_RESPONSE_ID: found}


def _id_of(response: object) -> str | None:
    """The id that a response has; None where it has none. Raises TypeError for what is no response."""
    keyed = isinstance(response, Mapping)
    for name in _IDS:
        found = (
            response.get(name) if isinstance(response, Mapping) else getattr(response, name, None)
        )
        if isinstance(found, str) and found:
            return found
    if keyed or any(hasattr(response, name) for name in _IDS):
        return None
    raise TypeError(
        f"feedback is about a response, not a {type(response).__name__}; "
        "give what the SDK returned, its response_id, or a span"
    )


def _in_span(context: trace.SpanContext) -> Attributes:
    if not context.is_valid:
        return {}
    return _ids(trace.format_trace_id(context.trace_id), trace.format_span_id(context.span_id))


def _ids(trace_id: str, span_id: str) -> Attributes:
    return {semconv.FEEDBACK_TRACE_ID: trace_id, semconv.FEEDBACK_SPAN_ID: span_id}


@guarded
def _tell(told: Attributes, comment: str | None, user_id: str | None) -> None:
    """Let it leave. The ids of its span are its own for ever: sent twice, it is stored once."""
    if semconv.FEEDBACK_RESPONSE_ID not in told and semconv.FEEDBACK_TRACE_ID not in told:
        _logger.warning(
            "feedback is about no response, and there is no current span: it is dropped"
        )
        return
    user = user_id or payer.current_attributes().get(semconv.ATTRIBUTION_USER_ID)
    if user:
        told[semconv.FEEDBACK_USER_ID] = str(user)[:_ID_CHARACTERS]
    if comment:
        told[semconv.FEEDBACK_COMMENT] = _clean(comment)
    sums, clock = _way_out()
    if sums is None or not sums.has_way_out:
        _logger.warning(
            "feedback is told to nobody: call gemledger.init(), or set up OpenTelemetry and call instrument()"
        )
        return
    at_ns, number = clock(), uuid.uuid4().int
    identity = (number, number % 2**64 or 1)
    sums.emit(semconv.FEEDBACK_SPAN, told, (at_ns, at_ns), identity)


def _way_out() -> tuple[UnsampledSums | None, Callable[[], int]]:
    """Where calls leave, past the sampler as their sums do; else the app's global provider."""
    recorder = PATCHING.recorder
    if recorder is None:
        return _by_global_provider(), time.time_ns
    sums = recorder.unsampled
    return (sums if isinstance(sums, UnsampledSums) else None), recorder.clock


@functools.cache
def _by_global_provider() -> UnsampledSums:
    """For a process that makes no calls itself, such as the one behind a button."""
    return UnsampledSums(own_tracer())


def _clean(comment: str) -> str:
    """Redacted, then cut."""
    read = comment[: COMMENT_CHARACTERS + _MARGIN]
    clean: str = _redactor(os.environ.get(REDACTION_KEY, ""), os.environ.get(REDACTION_KEEP, ""))(
        read
    )
    if len(read) == len(comment):
        return clean[:COMMENT_CHARACTERS]
    return clean[: min(COMMENT_CHARACTERS, max(len(clean) - _MARGIN, 0))]


@functools.cache
def _redactor(key: str, keep: str) -> Any:  # noqa: ANN401 - a Redactor, loaded for the few that need one
    environ = {REDACTION_KEY: key, REDACTION_KEEP: keep}
    return Settings.from_environ(environ, capture_content=True).redactor
