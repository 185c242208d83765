"""Figures as tiles: a label that stays the same, a value, and what must stand beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from gemledger_dashboard.answers import Spend
from gemledger_dashboard.drawing import formats
from gemledger_dashboard.spend.sums import Sums

_NARROWEST = 150  # pixels: five in a row on a laptop, two on a phone


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure; `note` is plain text in small print below it."""

    label: str
    value: str
    note: str
    meaning: str | None = None


def row(tiles: Sequence[Tile]) -> None:
    """The tiles side by side; on a small screen they wrap."""
    with st.grid(len(tiles), min_column_width=_NARROWEST):
        for tile in tiles:
            with st.container(border=True, height="stretch", gap=None):
                st.metric(tile.label, tile.value, help=tile.meaning)
                st.caption(formats.plain(tile.note))


def spend(today: Sums, month: Sums, chosen: Sums) -> list[Tile]:
    """The five figures of the Spend page; the last three are of the chosen time range."""
    return [
        Tile("Spend today", formats.usd(today.priced_pico_usd), certainty(today)),
        Tile("Month to date", formats.usd(month.priced_pico_usd), certainty(month)),
        Tile(
            "Calls",
            formats.count(chosen.calls),
            f"{formats.plural(chosen.errors, 'error')} in this time range",
        ),
        Tile(
            "Cache-hit share",
            formats.share(chosen.cache_read_tokens, chosen.input_tokens),
            f"of {formats.tokens(chosen.input_tokens)} input tokens in this time range",
            "Input tokens that Gemini read from a cache, and billed at the lower rate.",
        ),
        Tile(
            "Unpriced calls",
            formats.count(chosen.unpriced_calls),
            f"{formats.share(chosen.unpriced_calls, chosen.calls)} of calls in this time range"
            if chosen.calls
            else "no calls in this time range",
            "The price book has no rate for them. They cost something; it is in no total.",
        ),
    ]


def certainty(sums: Sums) -> str:
    """How sure a total is: what is known, what is estimated, what has no price, and the most it can be."""
    parts = [
        f"{formats.usd(sums.known_pico_usd)} known",
        f"{formats.usd(sums.estimated_pico_usd)} estimated",
        f"{formats.count(sums.unpriced_calls)} unpriced",
        *([at_most(sums)] if sums.cost_upper_pico_usd > sums.cost_pico_usd else []),
    ]
    return " | ".join(parts)


def unowned(sums: Sums) -> str | None:
    """What of a cost nobody answers for; None where everything has a team."""
    if sums.unowned_pico_usd == 0:
        return None
    share = formats.share(sums.unowned_pico_usd, sums.cost_pico_usd)
    return (
        f"Without a team: {formats.usd(sums.unowned_pico_usd)}, {share} of the cost. "
        "Rules in the collector's configuration can say whose it is."
    )


def committed(spend: Spend) -> str:
    """What is not in the total and may still come; empty where there is nothing of the kind."""
    figures = (
        (spend.committed_pico_usd, "committed by jobs that have not settled"),
        (spend.overdue_pico_usd, "overdue"),
    )
    return " | ".join(f"{formats.usd(pico)} {words}" for pico, words in figures if pico)


def at_most(sums: Sums) -> str:
    """The upper bound of a total; calls that have none are not in it."""
    bound = f"at most {formats.usd(sums.cost_upper_pico_usd)}"
    if sums.unbounded_calls == 0:
        return bound
    return f"{bound} without {formats.plural(sums.unbounded_calls, 'call')} of unknown limit"
