"""The filter bar: time range, time zone and which calls, in the sidebar and in the link.

The link is read when a session begins or the link changes; after that the widgets own the state
and the link follows them, also across pages.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from gemledger_dashboard import questions
from gemledger_dashboard.drawing import formats, palette
from gemledger_dashboard.frame import filters, link_times, links, narrowing, notices
from gemledger_dashboard.frame.asking import ask
from gemledger_dashboard.frame.client import CollectorError, NotUnderstoodError, OlderError
from gemledger_dashboard.frame.display import Display
from gemledger_dashboard.health import status_answers

_RANGE, _ZONE, _DAYS = "filter_range", "filter_zone", "filter_days"
_EXACT, _CHOSEN, _AT = "filter_exact", "filter_window", "filter_at"
_DISPLAY, _COLOURS = "status_display", "status_colours"
_FROM_LINK = "link"
_AWAY = "collector_away"


def now() -> datetime:
    """The moment the pages look from: the present, unless the link fixes another."""
    at: datetime | None = st.session_state.get(_AT)
    return at or datetime.now(UTC)


def fixed() -> bool:
    """Whether the link fixes the moment: nothing refreshes then."""
    return st.session_state.get(_AT) is not None


def show() -> None:
    """Draw the filters and have the link say them; to be called once per run, before the page."""
    last = _last()
    begun = narrowing.begin(last) if last is not None else None
    _read_status()
    params = links.begin()
    if params is not None:
        _follow(params, shown())
    with st.sidebar, st.container(gap="xsmall"):
        above = st.container()
        zone = ZoneInfo(_zone_choice())
        with above:
            window = _range_choice(now(), zone, shown().month_starts_on)
        if fixed():
            window = filters.ending(window, now())
        st.session_state[_CHOSEN] = window
        values = narrowing.values(window, begun)
        narrowing.show(values)
    _put(window)
    narrowing.explain_unknown(values)


def _last() -> filters.Window | None:
    """What the run before was about, where this one will be, too: its questions need not wait for the frame's."""
    chosen: filters.Window | None = st.session_state.get(_CHOSEN)
    if chosen is None or chosen.range == "custom" or fixed():
        return None
    said = (st.session_state.get(_RANGE), st.session_state.get(_ZONE))
    return chosen if said == (chosen.range, chosen.zone.key) else None


def window() -> filters.Window:
    """The window the reader has chosen; `show` has been called in this run."""
    chosen: filters.Window = st.session_state[_CHOSEN]
    return chosen


def shown() -> Display:
    """How this company reads its figures; `show` has been called in this run."""
    found: Display = st.session_state[_DISPLAY]
    return found


def model_colours() -> dict[str, str]:
    """Every model's colour, the same on all pages and in all ranges; `show` has been called in this run."""
    found: dict[str, str] = st.session_state[_COLOURS]
    return found


def heading(title: str, said: str | None = None) -> None:
    """A page's title with what it shows, which a phone hides in the folded sidebar; the window, unless said."""
    st.title(title)
    chosen = narrowing.only()
    if said is None:
        said = window().describe() + (f" | {narrowing.words(chosen)}" if chosen else "")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(formats.plain(said), width="content")
        if chosen:
            st.button(
                "Show all calls",
                icon=":material/filter_alt_off:",
                type="tertiary",
                key="filters_cleared",
                help="Clear every filter; the time range stays",
                on_click=narrowing.clear,
            )
    if fixed():
        _as_of()


@st.fragment(run_every=timedelta(seconds=10))
def collector_state() -> None:
    """When the last call arrived, and which collector and price book answer; refreshes itself.

    When a collector that was away is back, the whole page is drawn anew.
    """
    state = _status()
    if isinstance(state, str):
        st.session_state[_AWAY] = True
        st.caption(f":material/cloud_off: {state}")
        return
    if st.session_state.pop(_AWAY, False):
        st.rerun()
    if state.latest_call is not None:
        ago = formats.duration(datetime.now(UTC) - state.latest_call)
        st.caption(f":material/schedule: Last call {ago} ago")
    st.caption(
        f"Collector {formats.plain(state.version)}, prices {formats.plain(state.price_book)}"
    )


def _status() -> status_answers.Status | str:
    """What the collector says of itself now, or in words why that is not known."""
    try:
        answer = ask(questions.status())
    except (NotUnderstoodError, OlderError):
        return "The collector is of another version than this dashboard"
    except CollectorError:
        return "The collector does not answer"
    return answer.value if answer.problem is None else "The collector does not answer"


def _read_status() -> None:
    """What every page needs of the collector; of one that is away, what it said before."""
    try:
        state = ask(questions.status()).value
    except CollectorError:
        st.session_state.setdefault(_DISPLAY, Display())
        st.session_state.setdefault(_COLOURS, {})
        return
    st.session_state[_DISPLAY] = state.display
    st.session_state[_COLOURS] = palette.model_colours(state.models)


def _follow(params: links.Params, shown: Display) -> None:
    """Take over what a new link says."""
    zone = shown.zone or filters.zone_or_utc(st.context.timezone)
    usual = link_times.Usual(zone, shown.month_starts_on)
    single = {name: values[-1] for name, values in params.items() if values}
    link = link_times.parse(single, datetime.now(UTC), usual)
    st.session_state[_AT] = link.at
    _take(link.window)
    narrowing.follow(params)
    notices.link_problems(link.problems)


def _take(chosen: filters.Window) -> None:
    """Set the widgets to a window."""
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


def _put(window: filters.Window) -> None:
    """Have the link lead back to this."""
    for name, value in window.params().items():
        links.put(name, value)
    if fixed():
        links.put("at", f"{now().astimezone(UTC):%Y-%m-%dT%H:%MZ}")


def _as_of() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        moment = formats.instant(now(), window().zone)
        st.markdown(
            f":material/push_pin: As of **{formats.plain(moment)}**: nothing later is counted.",
            width="content",
        )
        st.button("Back to now", type="tertiary", on_click=_unpin)


def _unpin() -> None:
    st.session_state[_AT] = None


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


def _range_choice(moment: datetime, zone: ZoneInfo, month_starts_on: int) -> filters.Window:
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
        return filters.window(chosen, moment, zone, month_starts_on)
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
