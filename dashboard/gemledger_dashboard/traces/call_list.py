"""The list of calls, a page at a time: newer calls neither shift nor repeat what is shown."""

from dataclasses import dataclass, replace

import streamlit as st

from gemledger_dashboard.drawing import formats, sheets
from gemledger_dashboard.frame import links, narrowing, notices, sidebar
from gemledger_dashboard.frame.asking import ask, ask_now
from gemledger_dashboard.frame.client import Question
from gemledger_dashboard.traces import call_search, call_tables, trace_questions
from gemledger_dashboard.traces.call_answers import Call, Calls
from gemledger_dashboard.traces.call_search import Search

_PAGES = "traces_pages"
MOST = 1_000
"""So many calls are listed; who wants more asks for a file of SQL."""


@dataclass(frozen=True, slots=True)
class Pages:
    """What is listed: the pages of one question, and the cursor of the next."""

    question: Question[Calls]
    calls: tuple[Call, ...]
    next: str | None
    moment: str


def section() -> None:
    """The choices, the calls, and what follows when one is chosen."""
    search = call_search.choose()
    kind, found = _found(search)
    if not found.calls:
        _nothing(search)
        return
    if kind:
        st.caption(f"Found as {call_search.FOUND_AS[kind]}.")
    chosen = _table(found)
    if chosen is not None:
        open_trace(chosen)
    _more(found)


def open_trace(call: Call) -> None:
    """Show the trace of a call, which the link then points to."""
    links.link("trace", call.trace_id)
    links.link("span", call.span_id)
    links.link("near", f"{call.start:%Y-%m-%dT%H:%M:%SZ}")
    st.rerun()


def _found(search: Search) -> tuple[str, Pages]:
    """The first reading of the id under which there are calls, with the pages that are listed."""
    kept: Pages | None = st.session_state.get(_PAGES)
    for kind, params in search.attempts():
        question = trace_questions.calls(sidebar.window(), narrowing.only(), params)
        if kept is not None and kept.question == question:
            return kind, kept
        answer = ask(question)
        notices.stale((answer,), sidebar.window().zone)
        moment = formats.instant(answer.given_at, sidebar.window().zone)
        found = Pages(question, answer.value.calls, answer.value.next, moment)
        if found.calls:
            break
    return kind, found


def _table(found: Pages) -> Call | None:
    calls, zone = found.calls, sidebar.window().zone
    sheet = sheets.Sheet(
        "calls",
        "Calls",
        call_tables.shown(calls, zone),
        {name: st.column_config.TextColumn(help=text) for name, text in call_tables.SHOWN.items()},
        whole=lambda: call_tables.file(calls),
    )
    row = sheets.show(sheet, rows_are_chosen=True)
    return None if row is None or row >= len(calls) else calls[row]


def _more(found: Pages) -> None:
    """How many there are, and the way to further ones."""
    frozen = st.session_state.get(_PAGES) is not None
    number = formats.plural(len(found.calls), "call")
    said = f"{number} shown, as of {found.moment}; newer ones are not." if frozen else f"{number}."
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(formats.plain(f"{said} Choose a row to open its trace."), width="content")
        if found.next is not None and len(found.calls) < MOST:
            st.button("Show more", on_click=_next, args=(found,), icon=":material/expand_more:")
        if frozen:
            st.button("Back to the first page", on_click=_first, type="tertiary")
    if found.next is not None and len(found.calls) >= MOST:
        st.caption(
            f"There are more than {formats.count(MOST)}: choose fewer, or export them all with `gemledger export`."
        )


def _next(found: Pages) -> None:
    """Ask for the page after; the ones before stay as they are."""
    with notices.Explained():
        page = ask_now(trace_questions.next_calls(found.question, found.next or ""))
        st.session_state[_PAGES] = replace(found, calls=(*found.calls, *page.calls), next=page.next)


def _first() -> None:
    st.session_state.pop(_PAGES, None)


def _nothing(search: Search) -> None:
    """No call is so: none of this choice, or none at all."""
    if not search.id:
        notices.no_calls(ever=bool(sidebar.model_colours()))
        return
    notices.nothing_matches(
        "No call of this time range and choice has that id.",
        "Choose a longer time on the left. An id is looked for whole.",
    )
    if search.is_trace and st.button("Look for this trace at any time", icon=":material/search:"):
        links.link("trace", search.id.lower())
        st.rerun()
