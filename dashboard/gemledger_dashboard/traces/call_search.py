"""Which calls, and in which order: the choices above the list, each in the link."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import streamlit as st

from gemledger_dashboard.drawing.formats import PICO_PER_USD
from gemledger_dashboard.frame import choices, links, narrowing, notices
from gemledger_dashboard.traces import words
from gemledger_dashboard.traces.trace_questions import Params

ORDERS: Mapping[str, str] = {"newest": "Newest", "dearest": "Dearest", "slowest": "Slowest"}
STATUSES: Mapping[str, str] = {
    "any": "Any",
    "exact": "Exact",
    "estimated": "Estimated",
    "lower_bound": "At least",
    "unpriced": "No price",
}
OUTCOMES: Mapping[str, str] = {
    "any": "Any",
    "failed": "Failed or withheld",
    "answered": "Answered",
    **{name: text.capitalize() for name, text in words.ERROR_KINDS.items()},
}
FOUND_AS: Mapping[str, str] = {
    "trace_id": "trace",
    "response_id": "response id",
    "conversation": "conversation",
}
_USERS = links.CHOICE + "user"
_TRACE = re.compile(r"[0-9a-fA-F]{32}")
_MOST_USD, _MOST_MILLISECONDS = Decimal(9_000_000), Decimal(10**9)


@dataclass(frozen=True, slots=True)
class Search:
    """What was chosen: parameters of the question, and an id to be found."""

    params: Params
    id: str = ""

    def attempts(self) -> list[tuple[str, Params]]:
        """What the id may be, the likeliest first, each as a question; without one, the one question there is."""
        if not self.id:
            return [("", self.params)]
        kinds = ["response_id", "conversation"]
        if _TRACE.fullmatch(self.id):
            kinds.insert(0, "trace_id")
        return [(kind, (*self.params, (kind, self.id))) for kind in kinds]

    @property
    def is_trace(self) -> bool:
        """Whether the id has the form of a trace's."""
        return _TRACE.fullmatch(self.id) is not None


def choose() -> Search:
    """Draw the choices; what is chosen."""
    found = choices.write(
        "find",
        "Find an id",
        placeholder="Trace, response or conversation",
        meaning="A whole id: of a trace (32 hexadecimal digits), of a response, or of a conversation.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = choices.choose("order", "Order", ORDERS)
        status = choices.choose("status", "Cost is", STATUSES)
    with st.expander("More choices", expanded=_any_chosen()):
        outcome = choices.choose("outcome", "Outcome", OUTCOMES)
        users = _users()
        least_usd = _number("min_usd", "Costs at least (USD)", _MOST_USD)
        least_ms = _number("min_ms", "Lasts at least (milliseconds)", _MOST_MILLISECONDS)
    params: list[tuple[str, str]] = [("order", order)]
    params += [] if status == "any" else [("status", status)]
    params += _outcome(outcome)
    params += [("user", user) for user in users]
    if least_usd is not None:
        params.append(("min_cost_pico_usd", str(int(least_usd * PICO_PER_USD))))
    if least_ms is not None:
        params.append(("min_duration_ms", str(least_ms)))
    return Search(tuple(params), found)


def _any_chosen() -> bool:
    """Whether something in the folded part is chosen, by the reader or a link."""
    texts = any(choices.present(name) for name in ("min_usd", "min_ms"))
    users = bool(st.session_state.get(_USERS) or links.arrived("user"))
    return texts or users or choices.present("outcome") not in {"", "any"}


def _users() -> list[str]:
    """Ids of users, any of them; nobody knows all there are, so they are written."""
    if _USERS not in st.session_state:
        st.session_state[_USERS] = list(links.arrived("user") or ())
    chosen: list[str] = st.session_state[_USERS]
    picked = st.multiselect(
        "User",
        chosen,
        key=_USERS,
        format_func=narrowing.shown,
        accept_new_options=True,
        placeholder="All: write an id to choose",
        help="The whole id of a user, as the app gives it; one of several is enough.",
        persist_state="session",
    )
    links.put("user", *picked)
    return picked


def _outcome(chosen: str) -> list[tuple[str, str]]:
    if chosen == "any":
        return []
    if chosen == "answered":
        return [("error_kind", "")]
    kinds = list(words.ERROR_KINDS) if chosen == "failed" else [chosen]
    return [("error_kind", kind) for kind in kinds]


def _number(name: str, label: str, most: Decimal) -> Decimal | None:
    """A number that the reader writes; None where nothing, or no number, is written."""
    written = choices.write(name, label)
    if not written:
        return None
    try:
        number = Decimal(written)
    except InvalidOperation:
        number = Decimal("nan")
    if number.is_finite() and 0 <= number <= most:
        return number
    notices.link_problems(
        [f"“{written[:40]}” is no number from 0 to {most:,} for “{label}”: it is left out."]
    )
    return None
