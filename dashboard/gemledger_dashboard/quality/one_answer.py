"""The verdicts on one answer, to which an alert or a list links."""

from zoneinfo import ZoneInfo

import streamlit as st

from gemledger_dashboard.drawing import exact, formats, sheets
from gemledger_dashboard.drawing.sheets import Sheet
from gemledger_dashboard.frame import links, notices
from gemledger_dashboard.frame.asking import ask
from gemledger_dashboard.quality import quality_questions, quality_tables


def section(trace_id: str, zone: ZoneInfo) -> None:
    """Every verdict on the answers of this trace; or why there is none."""
    st.header("The answer of the link")
    with notices.Explained():
        _verdicts(trace_id, zone)
    st.button(
        "Back to all answers",
        icon=":material/arrow_back:",
        key="all-answers",
        on_click=links.unlink,
        args=("trace",),
    )


def _verdicts(trace_id: str, zone: ZoneInfo) -> None:
    answers = ask(quality_questions.of_trace(trace_id)).value
    if not answers:
        st.info(
            f"No verdict on trace {formats.plain(trace_id)} is stored: it was not judged, or the verdict is "
            "older than what retention keeps.",
            icon=":material/search_off:",
        )
        return
    st.caption(f"Trace {formats.plain(trace_id)}")
    sheets.show(
        Sheet(
            "verdicts",
            "Verdicts",
            quality_tables.verdicts(answers, zone),
            {"Reason": st.column_config.TextColumn(width="large")},
            whole=lambda: exact.frame(answers),
        )
    )
