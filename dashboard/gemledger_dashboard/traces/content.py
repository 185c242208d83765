"""Prompt and answer of one call, asked for by a click alone: whoever reads them stands in the audit."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from gemledger_dashboard.access import visitor
from gemledger_dashboard.drawing import formats
from gemledger_dashboard.frame.asking import ask_now
from gemledger_dashboard.frame.client import RefusedError
from gemledger_dashboard.labels.label_answers import Turn
from gemledger_dashboard.traces import trace_questions
from gemledger_dashboard.traces.call_answers import Call
from gemledger_dashboard.traces.content_answers import Contents

_FORBIDDEN = (401, 403)
_NOT_THERE = 404
_LONG = 1_500
_TALL = 320
_TOO_LONG = 200_000
"""So many letters of one text are shown: a browser is slow with more."""


def section(call: Call) -> None:
    """The button; after a click what was said, or why it is not shown."""
    st.subheader("Prompt and answer")
    if not visitor.visitor().is_admin:
        st.info("Prompts and answers are shown to admins only.", icon=":material/lock:")
        return
    asked = st.button(
        "Show prompt and answer",
        icon=":material/visibility:",
        key=f"content-{call.trace_id}-{call.span_id}",
    )
    st.caption("The reading is noted in the audit.")
    if not asked:
        return
    try:
        found = ask_now(trace_questions.contents(call.trace_id, call.span_id))
    except RefusedError as problem:
        if problem.status not in {*_FORBIDDEN, _NOT_THERE}:
            raise
        _why_not(problem)
        return
    _shown(found)


def _why_not(problem: RefusedError) -> None:
    if problem.status == _NOT_THERE:
        st.info(
            "No prompt and answer of this call are stored: the app did not capture them, or they are no longer kept.",
            icon=":material/search_off:",
        )
        return
    st.info(
        "You may not read prompts and answers here: that takes a token with the scope `content`.",
        icon=":material/lock:",
    )


def _shown(found: Contents) -> None:
    parts = (
        ("Instructions", found.instructions),
        ("Prompt", found.prompt),
        ("Answer", found.answer),
        ("Tools it was offered", found.tools),
    )
    for title, turns in parts:
        if turns:
            _turns(title, turns)
        elif title in {"Prompt", "Answer"}:
            st.caption(f"{title}: not captured.")


def _turns(title: str, turns: Sequence[Turn]) -> None:
    st.markdown(f"**{title}**")
    for turn in turns:
        long = len(turn.text) > _LONG
        with st.container(border=True, height=_TALL if long else "content"):
            if turn.role:
                st.caption(formats.plain(turn.role))
            _text(turn.text[:_TOO_LONG])
            if len(turn.text) > _TOO_LONG:
                st.caption(
                    f"{formats.count(len(turn.text) - _TOO_LONG)} further letters are not shown."
                )


def _text(text: str) -> None:
    """Foreign text as it was written; it formats nothing."""
    st.html(f'<div style="white-space: pre-wrap; overflow-wrap: anywhere">{escape(text)}</div>')
