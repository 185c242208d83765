"""From a bar or a row to the calls behind it: the link to the page that lists them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.frame import narrowing, sidebar
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.spend import ways

PAGE = Path(__file__).parents[1] / "views/traces.py"
"""The page that lists calls."""
_MOST_VALUES = 50


@dataclass(frozen=True, slots=True)
class Behind:
    """Calls of a bar or a row: their time, and the values of one dimension; none of them: any."""

    window: Window
    by: str
    values: Sequence[str] = ()

    def link(self, only: Mapping[str, Sequence[str]], at: datetime | None) -> dict[str, list[str]]:
        """The parameters that lead to these calls, the dearest first, within what is chosen already."""
        params = {name: [value] for name, value in self.window.params().items()}
        params |= {name: list(values) for name, values in only.items()}
        if self.values and self.by != ways.KIND and len(self.values) <= _MOST_VALUES:
            params[self.by] = list(self.values)
        if at is not None:
            params["at"] = [f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"]
        return params | {"order": ["dearest"]}


def bar(window: Window, start: datetime) -> Window:
    """The time of one bar of a window."""
    starts = window.buckets()
    place = max(
        index
        for index, each in enumerate(starts)
        if index == 0 or each.astimezone(UTC) <= start.astimezone(UTC)
    )
    ends = [*starts[1:], window.until]
    since = max(starts[place], window.since, key=lambda moment: moment.astimezone(UTC))
    return Window("custom", since, ends[place], window.zone)


def offer(behind: Behind, told: str) -> None:
    """Say what was chosen, and lead to its calls."""
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(formats.plain(told), width="content")
        if PAGE.exists() and st.button(
            "Show the calls",
            icon=":material/arrow_forward:",
            key=f"calls-{behind.by}",
            help="The calls behind this figure, the dearest first",
        ):
            at = sidebar.now() if sidebar.fixed() else None
            st.switch_page(PAGE, query_params=behind.link(narrowing.only(), at))
