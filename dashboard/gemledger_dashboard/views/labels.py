"""Label answers: read what was asked and answered, say whether it is good, and see how far the judge agrees."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from gemledger_dashboard.access import visitor
from gemledger_dashboard.drawing import formats
from gemledger_dashboard.frame import client, notices
from gemledger_dashboard.frame.asking import ask, ask_now, tell
from gemledger_dashboard.labels.label_answers import Calibration, Queue, ToLabel
from gemledger_dashboard.quality import quality_questions, quality_tiles, trust

LABELS = {"good": "Good", "bad": "Bad", "cannot_tell": "Cannot tell"}
_KEYS = {"good": "1", "bad": "2", "cannot_tell": "3"}
_ICONS = {
    "good": ":material/thumb_up:",
    "bad": ":material/thumb_down:",
    "cannot_tell": ":material/help:",
}
_FETCHED = 20
_QUEUE, _NAME, _NOTE, _SAID = "label_queue", "label_name", "label_note", "label_said"


def page() -> None:
    """Everything below the title."""
    found = ask(quality_questions.calibration())
    if not found.value.dimensions:
        notices.nothing_matches(
            "No answer was judged yet.",
            "People label answers that a judge has seen: name one in otel-config.yaml, as the page "
            "Quality shows.",
        )
        return
    dimension = _choice(found.value)
    queue = _queue(dimension)
    _progress(queue, found.value)
    if queue.answers:
        _answer(queue.answers[0], queue)
    else:
        st.info(
            "Every judged answer whose content is still kept has a label.",
            icon=":material/done_all:",
        )
    st.header("Agreement so far")
    judge = ask_now(quality_questions.calibration()).judge(dimension)
    if judge is not None:
        trust.agreement(judge, found.value)
        trust.canary(judge)


def _choice(found: Calibration) -> str:
    left, right = st.columns(2)
    with left:
        dimension = st.selectbox("Dimension", found.dimensions, format_func=quality_tiles.title)
    with right:
        if visitor.who() is None:  # who is logged in signs with that name
            _name()
    return dimension


def _name() -> None:
    st.text_input(
        "Your name",
        key=_NAME,
        max_chars=200,
        help="So that two opinions of one answer can be told apart. Empty: the name of the token.",
    )


def _queue(dimension: str) -> Queue:
    """What awaits a label; asked for anew when all that was fetched is labelled."""
    kept: Queue | None = st.session_state.get(_QUEUE)
    if kept is None or kept.dimension != dimension or not kept.answers:
        kept = ask_now(quality_questions.to_label(dimension, _FETCHED))
        st.session_state[_QUEUE] = kept
    return kept


def _progress(queue: Queue, found: Calibration) -> None:
    done = formats.count(queue.labelled)
    st.progress(
        min(1.0, queue.labelled / found.labels_needed),
        f"{done} of {found.labels_needed} labels; {formats.plural(queue.waiting, 'answer')} can be labelled",
    )


def _answer(answer: ToLabel, queue: Queue) -> None:
    """One answer to read, and the buttons below it."""
    where = [part for part in (answer.feature, answer.prompt_version) if part]
    with st.container(border=True):
        st.markdown("**Question**")
        _text(answer.question or "(not captured)")
        st.markdown("**Answer**")
        _text(answer.answer)
        if where:
            st.caption(formats.plain(", ".join(where)))
    if answer.context:
        with st.expander("What stood before: instructions, documents, earlier turns"):
            for turn in answer.context:
                st.markdown(f"**{formats.plain(turn.role or 'text')}**")
                _text(turn.text)
    st.text_input("Note (optional)", key=_NOTE, max_chars=4_000, help="Stored redacted.")
    _buttons(answer, queue.meanings)


def _buttons(answer: ToLabel, meanings: Mapping[str, str]) -> None:
    with st.container(horizontal=True):
        for label, name in LABELS.items():
            st.button(
                name,
                key=f"label_{label}",
                icon=_ICONS[label],
                help=meanings.get(label),
                shortcut=_KEYS[label],
                on_click=_say,
                args=(answer, label),
            )
    problem = st.session_state.pop(_SAID, None)
    if problem:
        st.error(formats.plain(problem), icon=":material/error:")


def _say(answer: ToLabel, label: str) -> None:
    """Store a label, and go on with the next answer; a problem is shown, and the answer stays."""
    queue: Queue = st.session_state[_QUEUE]
    told = {
        "trace_id": answer.trace_id,
        "span_id": answer.span_id,
        "dimension": queue.dimension,
        "label": label,
        "note": st.session_state.get(_NOTE) or None,
        "labelled_by": visitor.who() or (st.session_state.get(_NAME) or "").strip() or None,
    }
    try:
        said = tell("/api/v1/labels", {"source": "dashboard", "labels": [told]})
    except client.CollectorError as problem:
        st.session_state[_SAID] = f"{problem}. The label was not stored; try again."
        return
    for refused in said["refused"]:
        st.session_state[_SAID] = f"Not stored: {refused['message']}."
    st.session_state[_NOTE] = ""
    st.session_state[_QUEUE] = Queue(
        queue.dimension,
        queue.labelled + int(said["stored"]) * (label != "cannot_tell"),
        max(0, queue.waiting - 1),
        queue.answers[1:],
        queue.meanings,
    )


def _text(text: str) -> None:
    """Foreign text as it was written; it formats nothing."""
    st.html(f'<div style="white-space: pre-wrap; overflow-wrap: anywhere">{escape(text)}</div>')


st.title("Label answers")
st.caption(
    "Your labels are compared with what the judge said, which you do not see: half of these answers were "
    "flagged by it. Keys 1, 2 and 3 label, too."
)
with notices.Explained():
    page()
