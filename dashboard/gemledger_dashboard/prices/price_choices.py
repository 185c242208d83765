"""What a reader of prices can choose: platform, tier, a day and a part of a model's name; all in the link."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import streamlit as st

from gemledger_dashboard.frame import choices, links, notices
from gemledger_dashboard.prices import rate_words
from gemledger_dashboard.prices.price_answers import BookRow

EVERY = "every"
TIERS = ("standard", "batch", "flex", "priority")
_DAY, _SEARCH = "book_day", "book_search"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which prices; `day` is in UTC, as prices begin at its midnight."""

    day: date
    platform: str
    tier: str
    search: str

    def of(self, rows: Iterable[BookRow]) -> list[BookRow]:
        """The rows of this platform, tier and name, of whatever day."""
        return [
            row
            for row in rows
            if self.platform in (EVERY, row.of.platform)
            and self.tier in (EVERY, row.tier)
            and any(self.search in name.lower() for name in (row.of.model, *row.of.aliases))
        ]


def show(now: datetime) -> Chosen:
    """Draw the choices; what is chosen."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        platform = choices.choose(
            "book_platform", "Platform", {EVERY: "Both", **rate_words.PLATFORMS}
        )
        tier = choices.choose(
            "book_tier",
            "Tier",
            {**{tier: tier.capitalize() for tier in TIERS}, EVERY: "Every tier"},
        )
        day = _day(now.astimezone(UTC).date())
        search = _search()
    return Chosen(day, platform, tier, search.strip().lower())


def _day(today: date) -> date:
    key = links.CHOICE + _DAY
    if not isinstance(st.session_state.get(key), date):
        st.session_state[key] = _day_of_link(today)
    picked = st.date_input(
        "Prices of the day (UTC)",
        key=key,
        min_value=date(2020, 1, 1),
        max_value=date(2100, 1, 1),
        width=180,
        persist_state="session",
    )
    links.put(_DAY, *([] if picked == today else [picked.isoformat()]))
    return picked


def _day_of_link(today: date) -> date:
    said = next(iter(links.arrived(_DAY) or ()), None)
    if said is None:
        return today
    try:
        found = date.fromisoformat(said)
    except ValueError:
        found = date.min
    if 2020 <= found.year < 2100:
        return found
    words = f"“{said[:40]}” is no day of prices; today's are shown. Write it like 2027-01-02."
    notices.link_problems([words])
    return today


def _search() -> str:
    key = links.CHOICE + _SEARCH
    if key not in st.session_state:
        st.session_state[key] = next(iter(links.arrived(_SEARCH) or ()), "")[:100]
    typed = st.text_input(
        "Model",
        key=key,
        placeholder="A part of its name",
        max_chars=100,
        icon=":material/search:",
        persist_state="session",
    )
    links.put(_SEARCH, *([typed] if typed else []))
    return typed
