"""Figures as tiles: a label that stays the same, a value, and what must stand beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from gemledger_dashboard.drawing import formats

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
