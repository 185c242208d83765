"""What a reader can choose on a page: a widget, and its place in the link."""

from collections.abc import Mapping

import streamlit as st

from gemledger_dashboard.frame import links, notices

_FEW = 6
"""So many options stand side by side; more are in a list."""
_LONGEST = 1_000
"""So many letters of a text are read: no id is longer."""


def choose(name: str, label: str, options: Mapping[str, str], default: str | None = None) -> str:
    """One of `options` (by its name in the link, with what is shown); the first where nothing else is said."""
    usual = next(iter(options)) if default is None else default
    key = links.CHOICE + name
    if st.session_state.get(key) not in options:
        st.session_state[key] = _from_link(name, label, options) or usual
    draw = _side_by_side if len(options) <= _FEW else _listed
    chosen = draw(key, label, options)
    links.put(name, *([] if chosen == usual else [chosen]))
    return chosen


def switch(name: str, label: str, *, meaning: str | None = None) -> bool:
    """Something that is on or off, and off where nothing else is said."""
    key = links.CHOICE + name
    if key not in st.session_state:
        st.session_state[key] = _said(name) == "yes"
    chosen = st.toggle(label, key=key, help=meaning, persist_state="session")
    links.put(name, *(["yes"] if chosen else []))
    return chosen


def write(name: str, label: str, *, meaning: str | None = None, placeholder: str = "") -> str:
    """A text that the reader writes; empty where nothing is said."""
    key = links.CHOICE + name
    if key not in st.session_state:
        st.session_state[key] = (_said(name) or "")[:_LONGEST]
    st.text_input(
        label,
        key=key,
        help=meaning,
        placeholder=placeholder,
        max_chars=_LONGEST,
        persist_state="session",
    )
    written = str(st.session_state[key]).strip()
    links.put(name, *([written] if written else []))
    return written


def present(name: str) -> str:
    """What is chosen or written now, before its widget is drawn; empty where nothing is."""
    return str(st.session_state.get(links.CHOICE + name, _said(name) or ""))


def _from_link(name: str, label: str, options: Mapping[str, str]) -> str | None:
    said = _said(name)
    if said is None or said in options:
        return said
    known = ", ".join(options)
    notices.link_problems([f"“{said[:40]}” is no choice of “{label}”. The link can say: {known}."])
    return None


def _said(name: str) -> str | None:
    """The first that a link says of this."""
    return next(iter(links.arrived(name) or ()), None)


def _side_by_side(key: str, label: str, options: Mapping[str, str]) -> str:
    chosen = st.segmented_control(
        label,
        list(options),
        key=key,
        required=True,
        format_func=lambda name: options[name],
        persist_state="session",
    )
    return str(chosen)


def _listed(key: str, label: str, options: Mapping[str, str]) -> str:
    return st.selectbox(
        label,
        list(options),
        key=key,
        format_func=lambda name: options[name],
        persist_state="session",
    )
