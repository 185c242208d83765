"""Quality: what the judge flagged, by day and by prompt version, never without its interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from gemledger_dashboard import (
    charts,
    client,
    filters,
    formats,
    notices,
    quality_charts,
    sidebar,
    tables,
    tiles,
    value_charts,
)
from gemledger_dashboard.answers import Change, Evaluation, Quality, QualityRow
from gemledger_dashboard.asking import ask
from gemledger_dashboard.value_answers import Answered, Said

MOST_FLAGGED = 50
JUDGE_EXAMPLE = """extensions:
  judge:
    model: gemini-2.5-flash-lite
    rules:
      - {name: everything, rubrics: [accuracy, tone], sample_rate: 0.10}"""


@dataclass(frozen=True, slots=True)
class Told:
    """What the collector told of the chosen time."""

    by_day: Quality
    by_version: Quality
    changes: Sequence[Change]


def page(chosen: filters.Window) -> None:
    """Everything below the title."""
    quality = ask(client.quality(chosen, chosen.bucket))
    by_version = ask(client.quality(chosen, "total", "feature", "prompt_version"))
    flagged = ask(client.evaluations(chosen, "bad", MOST_FLAGGED))
    changes = ask(client.changes(chosen))
    said = ask(client.said(chosen))
    notices.stale((quality, by_version, flagged, changes, said), chosen.zone)
    if not quality.value.totals and not quality.value.checks:
        nothing_judged()
        return
    st.caption(
        "A model grades a sample of answers and can be wrong: judge-flagged rates are to be compared with each "
        f"other. Intervals: {formats.plain(quality.value.interval)}."
    )
    told = Told(quality.value, by_version.value, changes.value)
    for total in quality.value.totals:
        dimension(total, told, chosen)
    checked(quality.value.checks)
    what_changed(changes.value, chosen)
    latest_flagged(flagged.value, said.value, chosen)


def nothing_judged() -> None:
    """No verdict in this time: why that may be."""
    notices.nothing_matches(
        "No answer was judged in this time range.",
        "Choose a longer one on the left. If none ever was: answers are judged when the app "
        "records them (OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=SPAN_ONLY) and "
        "otel-config.yaml names a judge:",
    )
    st.code(JUDGE_EXAMPLE, language="yaml")


def dimension(total: QualityRow, told: Told, chosen: filters.Window) -> None:
    """One dimension: figures, course over time, versions beside each other."""
    rows = [row for row in told.by_day.rows if row.dimension == total.dimension]
    versions = sorted(
        (row for row in told.by_version.rows if row.dimension == total.dimension),
        key=quality_charts.version_order,
    )
    st.header(total.dimension.replace("_", " ").capitalize())
    tiles.row(tiles.quality(total))
    left, right = st.columns(2)
    with left:
        if total.calibrated:
            st.subheader(
                f"{formats.plain(total.word.capitalize())}, corrected for the judge's errors"
            )
            chart = quality_charts.corrected_rate(rows, chosen, told.changes)
        else:
            st.subheader("Judge-flagged share")
            chart = quality_charts.flagged_rate(rows, chosen, told.changes)
        st.altair_chart(chart, width="stretch")
    with right:
        st.subheader("Mean score")
        st.altair_chart(quality_charts.mean_score(rows, chosen), width="stretch")
    st.markdown("**Answers judged**")
    colours = quality_charts.verdict_colours()
    st.html(charts.legend(list(colours), colours))
    st.altair_chart(quality_charts.judged(rows, chosen), width="stretch")
    compare(versions)


def compare(versions: Sequence[QualityRow]) -> None:
    """Prompt versions of one dimension beside each other."""
    if not versions:
        return
    st.subheader("By prompt version")
    st.altair_chart(quality_charts.versions(versions), width="stretch")
    st.dataframe(
        tables.versions(versions),
        hide_index=True,
        width="stretch",
        column_config=dict.fromkeys(
            tables.COUNTS, st.column_config.NumberColumn(format="localized")
        ),
    )


def checked(checks: Sequence[QualityRow]) -> None:
    """What deterministic checks found."""
    if not checks:
        return
    st.header("Deterministic checks")
    st.dataframe(tables.checks(checks), hide_index=True, width="stretch")


def what_changed(changes: Sequence[Change], chosen: filters.Window) -> None:
    """The lines in the charts above, in words."""
    if not changes:
        return
    st.header("What changed")
    st.dataframe(tables.changes(changes, chosen.zone), hide_index=True, width="stretch")


def latest_flagged(
    flagged: Sequence[Evaluation], said: Mapping[Answered, Said], chosen: filters.Window
) -> None:
    """The newest flagged answers with the judge's reasons, and what people said of them."""
    st.header("Latest judge-flagged answers")
    if not flagged:
        st.caption("None in this time range.")
        return
    st.dataframe(
        value_charts.with_thumbs(tables.flagged(flagged, chosen.zone), flagged, said),
        hide_index=True,
        width="stretch",
        column_config={"Reason": st.column_config.TextColumn(width="large")},
    )


sidebar.heading("Quality")
with notices.Explained():
    page(sidebar.window())
