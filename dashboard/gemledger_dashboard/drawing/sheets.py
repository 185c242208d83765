"""Every table of every page: a title, the rows, and the same rows as CSV and Parquet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from gemledger_dashboard.drawing import downloads, formats


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: `name` in the names of its files, `title` above it.

    `whole` makes what a file gets where that is more than what is shown: every figure, exact.
    """

    name: str
    title: str
    shown: pd.DataFrame
    columns: Mapping[str, Any]
    whole: Callable[[], pd.DataFrame] | None = None

    def file(self) -> pd.DataFrame:
        """What a file gets."""
        return self.shown if self.whole is None else self.whole()


def show(sheet: Sheet, *, rows_are_chosen: bool = False) -> int | None:
    """Draw it; the row that was chosen, where rows can be."""
    heading(sheet)
    return rows(sheet, are_chosen=rows_are_chosen)


def heading(sheet: Sheet) -> None:
    """Its title and its files, where something stands between them and the rows."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.subheader(sheet.title, width="content")
        with st.container(horizontal=True, width="content"):
            _button(sheet, "CSV", "csv", "text/csv", lambda: downloads.csv_of(sheet.file()))
            _button(
                sheet,
                "Parquet",
                "parquet",
                "application/vnd.apache.parquet",
                lambda: downloads.parquet_of(sheet.file()),
            )


def rows(sheet: Sheet, *, are_chosen: bool = False) -> int | None:
    """Its rows; the one that was chosen, where they can be."""
    options: dict[str, Any] = {
        "hide_index": True,
        "width": "stretch",
        "placeholder": formats.MISSING,
        "column_config": dict(sheet.columns),
        "alt": f"{sheet.title}: {formats.plural(len(sheet.shown), 'row')}",
        "key": f"sheet-{sheet.name}",
    }
    if not are_chosen:
        st.dataframe(sheet.shown, **options)
        return None
    event = st.dataframe(sheet.shown, on_select="rerun", selection_mode="single-row", **options)
    selected: list[int] = event["selection"]["rows"]
    return selected[0] if selected else None


def _button(
    sheet: Sheet, label: str, ending: str, mime: str, make: Callable[[], str | bytes]
) -> None:
    st.download_button(
        label,
        make,
        file_name=f"gemledger-{sheet.name}.{ending}",
        mime=mime,
        icon=":material/download:",
        key=f"{ending}-{sheet.name}",
        help=f"{sheet.title}, as {label}: every figure, exact",
        on_click="ignore",
        type="tertiary",
    )
