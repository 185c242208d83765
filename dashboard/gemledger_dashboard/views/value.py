"""Quality for money: what good answers cost, where the same costs less, and what people say."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import pandas as pd
import streamlit as st

from gemledger_dashboard.drawing import exact, formats, sheets
from gemledger_dashboard.drawing.sheets import Sheet
from gemledger_dashboard.frame import choices, filters, notices, sidebar
from gemledger_dashboard.frame.asking import ask_all
from gemledger_dashboard.quality import quality_questions, value_charts
from gemledger_dashboard.quality.value_answers import Pair, Thumbs, ThumbsRow, Value, ValueRow

if TYPE_CHECKING:
    from gemledger_dashboard.quality.quality_questions import ValueBy

_BY: dict[str, str] = {
    "model": "Model",
    "prompt_version": "Prompt version",
    "feature": "Feature",
}
_DIMENSION = "judged"
_COUNTS = ("Judged", "Calls", "Unpriced", "Calls a month", "Thumbs up", "Thumbs down", "Comments")


def page(chosen: filters.Window) -> None:
    """Everything below the title."""
    left, right = st.columns(2)
    with left:
        by = cast("ValueBy", choices.choose("compare", "Compare", _BY))
    answer, said = ask_all(
        quality_questions.value(chosen, by, choices.present(_DIMENSION) or None),
        quality_questions.thumbs(chosen, "feature", "prompt_version"),
    )
    notices.stale((answer, said), chosen.zone)
    found = answer.value
    with right:
        _choose_dimension(found)
    if not found.rows:
        notices.nothing_matches(
            "No call is in this time range.", "Choose a longer one on the left."
        )
    _picture(found)
    _pairs(found)
    if found.rows:
        name, title = f"value-by-{found.by}".replace("_", "-"), "Good answers for a dollar"
        _table(name, title, value_charts.groups(found.rows), found.rows)
    _thumbs(said.value)


def _choose_dimension(found: Value) -> None:
    """By what goodness is measured; the one that was chosen stays in the list where nothing was judged by it."""
    options = list(found.dimensions)
    if found.dimension is not None and found.dimension not in options:
        options.append(found.dimension)
    if options:
        choices.choose(_DIMENSION, "Judged by", dict(zip(options, options, strict=True)))


def _picture(found: Value) -> None:
    if not value_charts.drawable(found.rows):
        st.caption(
            "Nothing was judged in this time range, or nothing that was has a price: see the page Quality."
        )
        return
    st.caption(
        "Up and to the left is better. Lines are intervals: of the share of good answers among all, and of "
        f"the cost of calls to come. {formats.plain(found.interval)}."
    )
    st.altair_chart(value_charts.scatter(found.rows), width="stretch")


def _pairs(found: Value) -> None:
    if found.by == "feature":
        st.caption("Features answer different questions: they are not compared with each other.")
        return
    st.header("The same for less")
    st.caption(
        f"Within a feature: the cheaper one is not shown to be worse by more than {found.margin * 100:.3g} "
        "points, which does not mean that it is as good. "
        f"Both were judged at least {found.least_judged} times."
    )
    if found.pairs:
        _table("pairs", "Cheaper pairs", value_charts.pairs(found.pairs), found.pairs)
    else:
        st.caption("No such pair in this time range.")


def _thumbs(found: Thumbs) -> None:
    """What people say, by feature and prompt version."""
    st.header("What people say")
    if not found.rows:
        st.caption("Nobody has said anything in this time range. An app tells it by one line:")
        st.code('gemledger.feedback(response, thumbs="down")', language="python")
        return
    unmatched = found.totals.unmatched
    lost = f" Of {formats.plural(unmatched, 'verdict')} no call is stored." if unmatched else ""
    st.caption(
        "Those who press a thumb are no sample of all users: compare groups with each other. "
        f"{formats.plain(found.interval)}.{lost}"
    )
    _table("thumbs", "Thumbs and comments", value_charts.thumbs(found.rows), found.rows)


def _table(
    name: str, title: str, shown: pd.DataFrame, answers: Sequence[ValueRow | Pair | ThumbsRow]
) -> None:
    number = st.column_config.NumberColumn(format="localized")
    columns = {count: number for count in _COUNTS if count in shown}
    sheets.show(Sheet(name, title, shown, columns, whole=lambda: exact.frame(answers)))


sidebar.heading("Quality for money")
with notices.Explained():
    page(sidebar.window())
