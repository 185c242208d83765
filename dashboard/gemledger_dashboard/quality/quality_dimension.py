"""One dimension of quality on the page: figures, course over time, prompt versions, the worst answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from gemledger_dashboard.drawing import charts, exact, formats, sheets, tiles
from gemledger_dashboard.drawing.sheets import Sheet
from gemledger_dashboard.frame.asking import ask_all
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.labels.label_answers import Judge
from gemledger_dashboard.quality import (
    quality_charts,
    quality_questions,
    quality_tables,
    quality_tiles,
)
from gemledger_dashboard.quality.quality_answers import Change, QualityRow, Version

MOST_WORST = 50


@dataclass(frozen=True, slots=True)
class Seen:
    """All that is about one dimension."""

    total: QualityRow
    rows: Sequence[QualityRow]
    versions: Sequence[Version]
    changes: Sequence[Change]
    judge: Judge | None


def section(seen: Seen, chosen: Window) -> None:
    """Figures, course and versions."""
    total = seen.total
    st.header(quality_tiles.title(total.dimension))
    tiles.row(quality_tiles.detail(total, seen.judge))
    doubt = quality_tiles.few(total)
    if doubt is not None:
        st.caption(doubt)
    _course(seen, chosen)
    _versions(seen)


def worst(total: QualityRow, chosen: Window) -> None:
    """The answers with the lowest scores, with the judge's reasons, and what people said of them."""
    found, people = ask_all(
        quality_questions.worst(chosen, total.dimension, MOST_WORST),
        quality_questions.said(chosen),
    )
    answers, said = found.value, people.value
    if not answers:
        st.subheader("Worst answers")
        st.caption("The judge called none bad in this time range.")
        return
    sheet = Sheet(
        f"worst-in-{total.dimension}",
        "Worst answers",
        quality_tables.worst(answers, said, chosen),
        {
            "Reason": st.column_config.TextColumn(width="large"),
            "Verdicts": st.column_config.LinkColumn(display_text="Show"),
        },
        whole=lambda: exact.frame(answers),
    )
    sheets.heading(sheet)
    st.caption(f"{formats.plain(total.word.capitalize())}, the lowest score first.")
    sheets.rows(sheet)


def _course(seen: Seen, chosen: Window) -> None:
    """Over time: the rate with what changed; beside it the corrected one, or the mean score where there is none."""
    left, right = st.columns(2)
    with left:
        st.subheader(f"{formats.plain(seen.total.word.capitalize())} over time")
        chart = quality_charts.bad_rate(seen.rows, chosen, seen.changes)
        st.altair_chart(chart, width="stretch")
    with right:
        if seen.total.corrected_rate is not None:
            st.subheader("Corrected for the judge's errors")
            chart = quality_charts.corrected_rate(seen.rows, chosen, seen.changes)
        else:
            st.subheader("Mean score")
            chart = quality_charts.mean_score(seen.rows, chosen, seen.changes)
        st.altair_chart(chart, width="stretch")
    if seen.changes:
        with st.expander(
            f"What changed: {formats.plural(len(seen.changes), 'line')} in the charts"
        ):
            sheets.show(
                Sheet(
                    "changes",
                    "What changed",
                    quality_tables.changes(seen.changes, chosen),
                    {},
                    whole=lambda: exact.frame(seen.changes),
                )
            )
    st.markdown("**Answers judged**")
    colours = quality_charts.verdict_colours()
    st.html(charts.legend(list(colours), colours))
    st.altair_chart(quality_charts.judged(seen.rows, chosen), width="stretch")


def _versions(seen: Seen) -> None:
    """Prompt versions beside each other, each with how likely it is worse than the one before it."""
    found, word = seen.versions, seen.total.word
    if not found:
        return
    sheet = Sheet(
        f"versions-in-{seen.total.dimension}",
        "By prompt version",
        quality_tables.versions(found, word),
        dict.fromkeys(quality_tables.COUNTS, st.column_config.NumberColumn(format="localized")),
        whole=lambda: exact.frame(found),
    )
    sheets.heading(sheet)
    if any(version.figures.bad_rate is not None for version in found):
        st.altair_chart(quality_charts.versions(found, word), width="stretch")
    sheets.rows(sheet)
