"""The filter bar: time range and time zone, in the sidebar and in the link.

The link is read when a session begins or the link changes; after that the widgets own the state
and the link follows them, also across pages.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from gemledger_dashboard import answers, questions
from gemledger_dashboard.drawing import formats
from gemledger_dashboard.frame import filters, notices
from gemledger_dashboard.frame.asking import ask
from gemledger_dashboard.frame.client import CollectorError

_RANGE, _ZONE, _DAYS = "filter_range", "filter_zone", "filter_days"
_EXACT, _WRITTEN, _CHOSEN = "filter_exact", "filter_link", "filter_window"
_FROM_LINK = "link"
_OTHERS = ("trace",)
"""What a link can say beside the window: it is read by the pages."""
_AWAY = "collector_away"


def now() -> datetime:
    """The present moment: the one place where the pages read the clock."""
    return datetime.now(UTC)


def show() -> None:
    """Draw the filters and write them into the link; to be called once per run, before the page."""
    moment = now()
    _follow_link(moment)
    with st.sidebar:
        above = st.container()
        zone = ZoneInfo(_zone_choice())
        with above:
            window = _range_choice(moment, zone)
    st.session_state[_CHOSEN] = window
    wanted = window.params() | _others()
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
    st.session_state[_WRITTEN] = window.params()


def window() -> filters.Window:
    """The window the reader has chosen; `show` has been called in this run."""
    chosen: filters.Window = st.session_state[_CHOSEN]
    return chosen


def linked(name: str) -> str | None:
    """What a link says beside the window: one of `_OTHERS`, None where it says nothing of it."""
    return st.query_params.get(name) or None


def unlink(name: str) -> None:
    """Take that out of the link."""
    st.query_params.pop(name, None)


def heading(title: str) -> None:
    """A page's title with the time it shows, which a phone hides in the folded sidebar."""
    st.title(title)
    st.caption(formats.plain(window().describe()))


@st.fragment(run_every=timedelta(seconds=10))
def collector_state() -> None:
    """When the last call arrived, and which collector and price book answer; refreshes itself.

    When a collector that was away is back, the whole page is drawn anew.
    """
    state = _status()
    if state is None:
        st.session_state[_AWAY] = True
        st.caption(":material/cloud_off: The collector does not answer")
        return
    if st.session_state.pop(_AWAY, False):
        st.rerun()
    if state.latest_call is not None:
        ago = formats.duration(now() - state.latest_call)
        st.caption(f":material/schedule: Last call {ago} ago")
    st.caption(
        f"Collector {formats.plain(state.version)}, prices {formats.plain(state.price_book)}"
    )


def _status() -> answers.Status | None:
    """What the collector says of itself now; None when it says nothing."""
    try:
        answer = ask(questions.status())
    except CollectorError:
        return None
    return answer.value if answer.problem is None else None


def _others() -> dict[str, str]:
    return {name: text for name in _OTHERS if (text := linked(name)) is not None}


def _follow_link(moment: datetime) -> None:
    """Take over what the link says, once for each link."""
    params = {name: text for name, text in st.query_params.to_dict().items() if name not in _OTHERS}
    written = st.session_state.get(_WRITTEN)
    if written is not None and params in ({}, written):
        return  # our own link, or another page was opened, which empties it
    link = filters.parse(params, moment, filters.zone_or_utc(st.context.timezone))
    chosen = link.window
    st.session_state[_ZONE] = chosen.zone.key
    st.session_state[_RANGE] = chosen.range
    st.session_state.pop(_EXACT, None)
    if chosen.range == "custom" and chosen.whole_days:
        st.session_state[_DAYS] = (
            chosen.since.date(),
            (chosen.until - timedelta(days=1)).date(),
        )
    elif chosen.range == "custom":
        st.session_state[_EXACT] = chosen
        st.session_state[_RANGE] = _FROM_LINK
    notices.link_problems(link.problems)


def _zone_choice() -> str:
    names = filters.zone_names()
    if st.session_state.get(_ZONE) not in names:
        st.session_state[_ZONE] = "UTC"
    return st.selectbox(
        "Time zone",
        names,
        key=_ZONE,
        help="Days begin at midnight of this zone. It is part of the link.",
    )


def _range_choice(moment: datetime, zone: ZoneInfo) -> filters.Window:
    exact: filters.Window | None = st.session_state.get(_EXACT)
    options = [*filters.RANGES, *([_FROM_LINK] if exact else [])]
    chosen = st.selectbox(
        "Time range",
        options,
        key=_RANGE,
        format_func=lambda name: filters.RANGES.get(name, "Times from the link"),
    )
    if chosen == _FROM_LINK and exact is not None:
        return filters.Window(
            "custom", exact.since.astimezone(zone), exact.until.astimezone(zone), zone
        )
    if chosen != "custom":
        return filters.window(chosen, moment, zone)
    return _days_choice(moment, zone)


def _days_choice(moment: datetime, zone: ZoneInfo) -> filters.Window:
    default = filters.window(filters.DEFAULT_RANGE, moment, zone)
    if _DAYS not in st.session_state:
        last = (default.until - timedelta(days=1)).date()
        st.session_state[_DAYS] = (default.since.date(), last)
    st.date_input("Days, both included", key=_DAYS)
    days: tuple[date, ...] = st.session_state[_DAYS]  # one day until the second one is chosen
    if len(days) != 2:
        st.caption("Choose the last day, too.")
        return default
    return filters.custom(days[0], days[1], zone)
