"""Health: whether every call arrives and is priced, who went quiet, and how the collector is."""

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from gemledger_dashboard import questions
from gemledger_dashboard.drawing import formats, sheets, tiles
from gemledger_dashboard.drawing.sheets import Sheet
from gemledger_dashboard.frame import notices, sidebar
from gemledger_dashboard.frame.asking import ask_all
from gemledger_dashboard.health import health_tables
from gemledger_dashboard.health.health_answers import Health, Service
from gemledger_dashboard.health.status_answers import Status

REFRESH = timedelta(seconds=15)
LITTLE_DISK_BYTES = 2 * 10**9
OLD_BOOK_DAYS = 60


def present() -> None:
    """Everything on the page; refreshes by itself."""
    zone = sidebar.window().zone
    with notices.Explained():
        status, services = ask_all(questions.status(), questions.services())
        notices.stale((status, services), zone)
        warnings(status.value.health, services.value, zone)
        health = status.value.health
        st.subheader(f"Since the start, {formats.instant(health.started_at, zone)}")
        tiles.row(health_tables.intake(health))
        tiles.row(health_tables.condition(health))
        reporting(services.value, zone)
        not_exact(health)
        price_book(status.value)


def warnings(health: Health, services: Sequence[Service], zone: ZoneInfo) -> None:
    """What somebody should do something about, or a clear word that there is nothing."""
    told = [*quiet_ones(services, zone), *untold(services), *full_disk(health)]
    for text, icon in told:
        st.warning(text, icon=icon)
    if not told and services:
        st.success("Every service reports as usual.", icon=":material/check_circle:")


def quiet_ones(services: Sequence[Service], zone: ZoneInfo) -> list[tuple[str, str]]:
    """Each service that used to report, and since when it does not."""
    remedy = "If it should be running, look whether it is, and run `gemledger doctor` there."
    return [
        (
            f"{name(service)} went quiet: its last call was {last_call(service, zone)}. {remedy}",
            ":material/notifications_paused:",
        )
        for service in services
        if service.quiet_since is not None
    ]


def untold(services: Sequence[Service]) -> list[tuple[str, str]]:
    """Each service whose calls stopped telling their tokens."""
    remedy = "Its instrumentation was changed or removed: run `gemledger doctor` there."
    return [
        (
            f"{name(service)} tells no tokens any more, so its calls cannot be priced. {remedy}",
            ":material/data_loss_prevention:",
        )
        for service in services
        if service.no_tokens and service.quiet_since is None
    ]


def name(service: Service) -> str:
    """In Markdown."""
    return f"**{formats.plain(service.name or 'A service without a name')}**"


def last_call(service: Service, zone: ZoneInfo) -> str:
    """In Markdown."""
    return formats.plain(formats.instant(service.last_seen, zone))


def full_disk(health: Health) -> list[tuple[str, str]]:
    """Whether the disk is nearly full."""
    if health.free_disk_bytes >= LITTLE_DISK_BYTES:
        return []
    free = formats.plain(formats.size(health.free_disk_bytes))
    remedy = "Make room, or set a retention and run `gemledger compact`."
    return [
        (f"Only {free} are free where the database is. {remedy}", ":material/hard_drive_2:"),
    ]


def reporting(services: Sequence[Service], zone: ZoneInfo) -> None:
    """Who reports, or how to begin."""
    if not services:
        st.subheader("Services")
        notices.nothing_recorded()
        return
    frame = health_tables.services(services, sidebar.now(), zone)
    sheets.show(Sheet("services", "Services", frame, {}))
    st.caption(
        "Quiet is who has been silent for longer than an hour and three times its usual gap, "
        "unless it was as silent at this time a week ago."
    )


def not_exact(health: Health) -> None:
    """What was left out or is not exactly priced, by reason."""
    title = "Not exact, or not taken, by reason"
    frame = health_tables.reasons(health)
    if frame.empty:
        st.subheader(title)
        st.caption("Nothing since the start: every call was taken in, and exactly priced.")
        return
    sheets.show(Sheet("reasons", title, frame, {}))


def price_book(status: Status) -> None:
    """Which prices, and how old they are."""
    st.subheader("Prices")
    of = status.health.price_book_of
    if of is None:
        st.markdown(f"Price book **{formats.plain(status.price_book)}**")
        return
    days = (sidebar.now().date() - of).days
    age = "of today" if days <= 0 else f"{formats.plural(days, 'day')} old"
    st.markdown(f"Price book **{formats.plain(status.price_book)}**, {age}")
    if days > OLD_BOOK_DAYS:
        st.warning(
            "Prices may have changed since. Upgrade gemledger, or put new rates in an overlay.",
            icon=":material/event_busy:",
        )


st.title("Health")
st.caption("Of this moment, whatever time range is chosen.")
st.fragment(present, run_every=None if sidebar.fixed() else REFRESH)()
