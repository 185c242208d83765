"""What the page Traces asks of the collector."""

from gemledger_dashboard.frame.client import Question
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.questions import Only, narrowed
from gemledger_dashboard.traces import call_answers, content_answers, trace_answers

PAGE = 50
MOST_SPANS = 1_000
"""So many spans of a trace are asked for, and counted; fewer are shown."""
Params = tuple[tuple[str, str], ...]


def calls(window: Window, only: Only, search: Params) -> Question[call_answers.Calls]:
    """The first page of the calls of a window."""
    params = (*window.bounds(), *narrowed(only), *search, ("limit", str(PAGE)))
    return Question("/api/v1/calls", params, call_answers.calls)


def next_calls(before: Question[call_answers.Calls], cursor: str) -> Question[call_answers.Calls]:
    """The page after one of the same question."""
    return Question(before.path, (*before.params, ("cursor", cursor)), before.parse)


def trace(trace_id: str, near: str | None) -> Question[trace_answers.Trace]:
    """A trace; `near`, about when it began, finds it sooner."""
    params = (*_at(near), ("limit", str(MOST_SPANS)))
    return Question(f"/api/v1/traces/{trace_id}", params, trace_answers.trace)


def single_call(trace_id: str, span_id: str, near: str) -> Question[trace_answers.SingleCall]:
    """Everything of one call."""
    path = f"/api/v1/calls/{trace_id}/{span_id}"
    return Question(path, _at(near), trace_answers.single_call)


def contents(trace_id: str, span_id: str) -> Question[content_answers.Contents]:
    """Prompt and answer of one call: asking is noted in the audit."""
    return Question(f"/api/v1/contents/{trace_id}/{span_id}", (), content_answers.contents)


def _at(near: str | None) -> Params:
    return () if near is None else (("at", near),)
