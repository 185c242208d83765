"""Quality: what the judge says of the answers, at a glance first, then one dimension closely."""

from collections.abc import Sequence

import streamlit as st

from gemledger_dashboard.drawing import exact, formats, sheets, tiles
from gemledger_dashboard.drawing.sheets import Sheet
from gemledger_dashboard.frame import filters, links, narrowing, notices, sidebar
from gemledger_dashboard.frame.asking import ask
from gemledger_dashboard.frame.choices import choose
from gemledger_dashboard.quality import (
    one_answer,
    quality_dimension,
    quality_questions,
    quality_tables,
    quality_tiles,
    trust,
)
from gemledger_dashboard.quality.quality_answers import QualityRow, Summary
from gemledger_dashboard.questions import Only

JUDGE_EXAMPLE = """extensions:
  judge:
    model: gemini-2.5-flash-lite
    rules:
      - {name: everything, rubrics: [accuracy, tone], sample_rate: 0.10}"""


def page(chosen: filters.Window) -> None:
    """Everything below the title; four questions at most beside the frame's two, whatever there is to show."""
    trace_id = links.linked("trace")
    if trace_id is not None:
        one_answer.section(trace_id, chosen.zone)
    told = _told(chosen)
    totals = told.quality.totals
    if not totals and not told.quality.checks:
        nothing_judged()
        return
    if totals:
        _at_a_glance(told)
        total = _choice(totals)
        quality_dimension.section(_of(total, told), chosen)
        if trace_id is None:
            quality_dimension.worst(total, chosen)
    _checks(told.quality.checks)
    if totals:
        trust.section(told.calibration, total.dimension)


def nothing_judged() -> None:
    """No verdict in this time: why that may be."""
    notices.nothing_matches(
        "No answer was judged in this time range.",
        "Choose a longer one on the left. If none ever was: answers are judged when the app "
        "records them (OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=SPAN_ONLY) and "
        "otel-config.yaml names a judge:",
    )
    st.code(JUDGE_EXAMPLE, language="yaml")


def _told(chosen: filters.Window) -> Summary:
    found = ask(quality_questions.summary(chosen, chosen.bucket, narrowing.only()))
    notices.stale((found,), chosen.zone)
    _not_narrowed(narrowing.only())
    return found.value


def _not_narrowed(chosen: Only) -> None:
    """Say which filters judged answers cannot be narrowed by."""
    rest = [name for name in chosen if name not in quality_questions.NARROWING]
    if rest:
        named = ", ".join(narrowing.DIMENSIONS[name].lower() for name in rest)
        st.caption(f"Judged answers are not narrowed by {named}: the judge keeps no record of it.")


def _at_a_glance(told: Summary) -> None:
    """What a reader in a hurry sees: a figure for each dimension, and what has become worse."""
    if len(told.quality.totals) > 1:
        tiles.row(quality_tiles.overview(told.quality.totals))
    for sentence in quality_tiles.turned_worse(told.versions):
        st.warning(sentence, icon=":material/trending_down:")
    st.caption(
        "A model grades a sample of answers and can be wrong: judge-flagged rates are to be compared with each "
        f"other. Intervals: {formats.plain(told.quality.interval)}."
    )


def _choice(totals: Sequence[QualityRow]) -> QualityRow:
    """The dimension that is looked at closely."""
    by_name = {total.dimension: total for total in totals}
    titles = {name: quality_tiles.title(name) for name in by_name}
    chosen = choose("dimension", "Look closely at", titles) if len(titles) > 1 else ""
    return by_name.get(chosen, totals[0])


def _of(total: QualityRow, told: Summary) -> quality_dimension.Seen:
    """What of all that is about one dimension; changes only of features that were judged in it."""
    name = total.dimension
    versions = [each for each in told.versions if each.figures.dimension == name]
    features = {version.feature for version in versions}
    return quality_dimension.Seen(
        total,
        rows=[row for row in told.quality.rows if row.dimension == name],
        versions=versions,
        changes=[change for change in told.changes if change.feature in features],
        judge=told.calibration.judge(name),
    )


def _checks(checks: Sequence[QualityRow]) -> None:
    """What deterministic checks found."""
    if not checks:
        return
    sheets.show(
        Sheet(
            "checks",
            "Deterministic checks",
            quality_tables.checks(checks),
            {},
            whole=lambda: exact.frame(checks),
        )
    )


sidebar.heading("Quality")
with notices.Explained():
    page(sidebar.window())
