"""Which calls a reader looks at: values of dimensions, in the filter bar and in the link.

`?team=growth&team=search` chooses either; `?team=` calls that have none.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from gemledger_dashboard.frame import asking, links, notices
from gemledger_dashboard.frame.asking import Begun
from gemledger_dashboard.frame.client import CollectorError, Question
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.questions import Only

DIMENSIONS: Mapping[str, str] = {
    "team": "Team",
    "feature": "Feature",
    "model": "Model",
    "environment": "Environment",
    "prompt_version": "Prompt version",
    "service": "Service",
    "cost_center": "Cost center",
    "service_tier": "Tier",
    "platform": "Platform",
    "purpose": "Purpose",
}
"""What calls can be chosen by, and what it is called on a page."""
ALWAYS = 3
"""So many are always in sight, the others behind a click."""
UNSET = "(not set)"
MOST_SHOWN = 60

_KEY, _CHOSEN = "only_", "only_chosen"


def follow(params: links.Params) -> None:
    """Take over what a new link says."""
    for name in DIMENSIONS:
        st.session_state[_KEY + name] = list(params.get(name, ()))


def show(values: "Values") -> None:
    """Draw the filters, and have the link say what is chosen."""
    rest = [name for name in DIMENSIONS if name not in values.first]
    for name in values.first:
        _filter(name, values)
    used = any(st.session_state.get(_KEY + name) for name in rest)
    with st.expander("More filters", expanded=used):
        for name in rest:
            _filter(name, values)


def only() -> Only:
    """What is chosen, by dimension; nothing of those that are not narrowed."""
    chosen = {name: tuple(st.session_state.get(_KEY + name, ())) for name in DIMENSIONS}
    return {name: values for name, values in chosen.items() if values}


def clear() -> None:
    """Choose all calls again."""
    for name in DIMENSIONS:
        st.session_state[_KEY + name] = []


def words(chosen: Only) -> str:
    """What is chosen, in words: `team growth or search, model gemini-2.5-pro`."""
    return ", ".join(
        f"{DIMENSIONS[name].lower()} {' or '.join(shown(value) for value in values)}"
        for name, values in chosen.items()
    )


def shown(value: str) -> str:
    """A value as it is read: cut where it is very long, and with a name where it is none."""
    if not value:
        return UNSET
    return value if len(value) <= MOST_SHOWN else f"{value[:MOST_SHOWN]}…"


class Values:
    """The values there are in a window, by dimension, the busiest first."""

    def __init__(self, found: Mapping[str, Sequence[str]]) -> None:
        self.found = found
        self.first = tuple(DIMENSIONS)[:ALWAYS]

    def options(self, name: str, chosen: Sequence[str]) -> list[str]:
        """What can be chosen: what there is, and what is chosen already."""
        return list(dict.fromkeys([*self.found.get(name, ()), *chosen]))

    def unknown(self, chosen: Only) -> list[str]:
        """What was chosen and is not there, in words."""
        return [
            f"No call in this time range has the {DIMENSIONS[name].lower()} “{shown(value)}”."
            for name, values in chosen.items()
            for value in values
            if name in self.found and value not in self.found[name]
        ]


def begin(window: Window) -> Begun[Values]:
    """Begin to ask what can be chosen in a window."""
    return asking.begin(_question(window))


def values(window: Window, begun: Begun[Values] | None = None) -> Values:
    """What can be chosen in a window, as was begun to ask if it was; nothing while the collector is away."""
    try:
        if begun is not None and begun.question == _question(window):
            return begun.answer().value
        return asking.ask(_question(window)).value
    except CollectorError:
        return Values({})


def _question(window: Window) -> Question[Values]:
    return Question("/api/v1/filters", window.bounds(), _parse)


def _parse(body: Any) -> Values:  # noqa: ANN401 - JSON
    return Values(
        {
            str(dimension["name"]): [str(each["value"] or "") for each in dimension["values"]]
            for dimension in body["dimensions"]
        }
    )


def _filter(name: str, values: Values) -> None:
    key = _KEY + name
    chosen = st.session_state.setdefault(key, [])
    picked = st.multiselect(
        DIMENSIONS[name],
        values.options(name, chosen),
        key=key,
        format_func=shown,
        placeholder="All",
        persist_state="session",
    )
    links.put(name, *picked)


def explain_unknown(values: Values) -> None:
    """Say which chosen values no call has; the page goes on, and shows what there is."""
    notices.link_problems(values.unknown(only()))
