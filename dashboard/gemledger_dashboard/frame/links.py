"""The link of what is on the screen: read when it is another than ours, written at the end of every run.

Widgets own what was chosen; the link follows them, on every page. Who opens a link, steps back in the browser or types
one gets what it says.
"""

from collections.abc import Mapping, Sequence

import streamlit as st

Params = Mapping[str, Sequence[str]]

_WRITTEN, _NEXT, _ARRIVED = "link_written", "link_next", "link_arrived"
_LINKED = "link_linked"
CHOICE = "choice_"
"""Begins the keys of widgets whose choice is in the link."""


def begin() -> Params | None:
    """The link, if this run has to follow it; None where what is on the screen stands. Once per run, first of all."""
    params = _present()
    written = st.session_state.get(_WRITTEN)
    ours = written is not None and params in (
        {},
        written,
    )  # another page was opened, which empties it
    st.session_state[_NEXT] = {}
    st.session_state[_ARRIVED] = {} if ours else params
    if not ours or not params:  # what a link pointed to is left with its page
        st.session_state[_LINKED] = dict(params)
    if ours:
        return None
    for key in [key for key in st.session_state if str(key).startswith(CHOICE)]:
        del st.session_state[key]
    return params


def arrived(name: str) -> Sequence[str] | None:
    """What a link that has just been opened says of this; None: nothing."""
    found: Params = st.session_state.get(_ARRIVED, {})
    return found.get(name)


def linked(name: str) -> str | None:
    """What the link of this page points to, such as a trace, until `unlink`; None: nothing."""
    pointed: dict[str, Sequence[str]] = st.session_state.setdefault(_LINKED, {})
    found = next(iter(pointed.get(name, ())), None)
    if found:
        put(name, found)
    return found or None


def link(name: str, value: str) -> None:
    """Have the link of this page point to something, until `unlink`."""
    st.session_state.setdefault(_LINKED, {})[name] = (value,)
    put(name, value)


def unlink(name: str) -> None:
    """Point to it no more."""
    st.session_state.setdefault(_LINKED, {}).pop(name, None)
    put(name)


def put(name: str, *values: str) -> None:
    """Have the link say this; without values, nothing of this name."""
    following: dict[str, tuple[str, ...]] = st.session_state.setdefault(_NEXT, {})
    following.pop(name, None)
    if values:
        following[name] = values


def write() -> None:
    """Make the link say what was put into it; to be called at the end of every run."""
    following = st.session_state[_NEXT]
    if _present() != following:
        st.query_params.from_dict(following)
    st.session_state[_WRITTEN] = dict(following)


def _present() -> dict[str, tuple[str, ...]]:
    return {name: tuple(st.query_params.get_all(name)) for name in st.query_params}
