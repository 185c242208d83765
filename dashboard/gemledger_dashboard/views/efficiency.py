"""Efficiency: where the same could cost less. Figures and how they were reckoned; what to do is the reader's to say."""

from dataclasses import dataclass

import streamlit as st

from gemledger_dashboard import questions
from gemledger_dashboard.drawing import formats, lines, sheets, tiles
from gemledger_dashboard.drawing.sheets import Sheet
from gemledger_dashboard.efficiency import (
    details,
    efficiency_charts,
    efficiency_questions,
    efficiency_tables,
    efficiency_tiles,
)
from gemledger_dashboard.efficiency.efficiency_answers import Waste
from gemledger_dashboard.frame import choices, filters, narrowing, notices, sidebar
from gemledger_dashboard.frame.asking import ask_all
from gemledger_dashboard.spend import certainty
from gemledger_dashboard.spend.spend_answers import Spend

TIER = "service_tier"


@dataclass(frozen=True, slots=True)
class Shown:
    """What the reader chose to see."""

    by: str
    figure: str
    closely: str

    @property
    def title(self) -> str:
        """The dimension in words."""
        return narrowing.DIMENSIONS[self.by]


def chosen() -> Shown:
    """By what, which figure over time, and what is looked at closely; kept in the link."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = choices.choose("per", "By", narrowing.DIMENSIONS, "model")
        figure = choices.choose("figure", "Over time", efficiency_charts.FIGURES)
        closely = choices.choose("closely", "Look closely at", details.CHOICES)
    return Shown(by, figure, closely)


def page(window: filters.Window) -> None:
    """Everything below the title; four questions at most."""
    shown, only = chosen(), narrowing.only()
    by = (shown.by,) if shown.by == TIER else (shown.by, TIER)
    spend, waste = ask_all(
        questions.spend(window, window.bucket, *by, only=only),
        efficiency_questions.waste(window, only),
    )
    notices.stale((spend, waste), window.zone)
    sums = spend.value.totals
    if sums.calls == 0:
        notices.no_calls(ever=bool(sidebar.model_colours()))
        return
    tiles.row(efficiency_tiles.row(sums, waste.value))
    known = certainty.certainty(sums)
    st.caption(
        formats.plain(f"Cost of this time range {formats.usd(sums.priced_pico_usd)}: {known}")
    )
    amounts(waste.value)
    over_time(spend.value, shown, window)
    step(waste.value)
    nothing(waste.value)
    if shown.closely == details.CACHES:
        details.caching(window)
    else:
        details.conversations(window)


def amounts(waste: Waste) -> None:
    """What was paid and may not have had to be."""
    st.subheader("Paid, and perhaps not needed")
    st.altair_chart(efficiency_charts.amounts(waste), width="stretch")
    st.caption(
        "These overlap: a broken stream is a failed call, too. Amounts as billed; a lower bound where an answer was "
        "not seen to its end."
    )


def over_time(spend: Spend, shown: Shown, window: filters.Window) -> None:
    """One figure over time, a line for each group, and all figures as tables."""
    st.subheader(f"{efficiency_charts.FIGURES[shown.figure]}, by {shown.title.lower()}")
    colours = sidebar.model_colours() if shown.by == "model" else {}
    drawn = efficiency_charts.over_time(spend, shown.by, shown.figure, colours)
    st.html(drawn.legend())
    picture = lines.chart(drawn, window, efficiency_charts.axis(shown.figure))
    st.altair_chart(picture, width="stretch")
    if drawn.left_out():
        st.caption(drawn.left_out())
    money = ("Cost", "Cost per call", "Cached input", "Fresh input", "Thinking")
    sheets.show(
        Sheet(
            f"efficiency-by-{shown.by}",
            f"Efficiency by {shown.title.lower()}",
            efficiency_tables.groups(spend, shown.by, shown.title),
            details.dollars(*money)
            | details.counts("Calls", "Thinking tokens", "Unpriced calls")
            | details.shares("Cache-hit share", "Thinking share"),
        )
    )
    sheets.show(
        Sheet(
            "tiers",
            "Tier mix",
            efficiency_tables.tiers(spend),
            details.dollars("Cost", "Cost per call")
            | details.counts("Calls")
            | details.shares("Share of calls", "Share of cost"),
        )
    )


def step(waste: Waste) -> None:
    """Prompts just above the context step."""
    if not waste.just_above:
        st.subheader("Just above the context step")
        st.markdown(
            formats.plain(f"No call of one exchange lies {efficiency_tiles.step_words(waste)}.")
        )
    else:
        sheets.show(
            Sheet(
                "context-step",
                "Just above the context step",
                efficiency_tables.just_above(waste),
                details.dollars("Cost", "Just below", "Difference")
                | details.counts("Step", "Calls", "Tokens above", "Reckoned calls"),
            )
        )
    words = (
        f"Above a step the whole prompt and answer cost more. {formats.plural(waste.long_calls, 'call')} above one, "
        f"{formats.usd(waste.long_cost_pico_usd)} in all; the table has those {efficiency_tiles.step_words(waste)}, of "
        "one exchange and with a span of their own. Just below: the same calls with prompts cut to the step, fresh "
        "tokens first, and answers as long as they were, at the rates of the price book. Whether a shorter prompt "
        "would have been answered as well, nobody knows."
    )
    st.caption(formats.plain(words))


def nothing(waste: Waste) -> None:
    """Calls that came to nothing, and their bill."""
    frame = efficiency_tables.came_to_nothing(waste)
    if frame.empty:
        st.subheader("Aborted, blocked and failed")
        st.markdown(":material/check: None in this time range.")
        return
    columns = details.dollars("Cost", "At most") | details.counts("Calls", "Without upper bound")
    sheets.show(Sheet("came-to-nothing", "Aborted, blocked and failed", frame, columns))


sidebar.heading("Efficiency")
with notices.Explained():
    page(sidebar.window())
