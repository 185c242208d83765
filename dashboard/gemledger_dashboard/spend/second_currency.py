"""An amount in this company's second currency, at the rate of a day, with who says so."""

from datetime import date, timedelta

import streamlit as st

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.frame import sidebar
from gemledger_dashboard.frame.filters import Window


def beside(pico_usd: int) -> None:
    """Write the amount at the rate of the last day of the window, or of today where that is yet to come."""
    said = words(pico_usd, rate_day(sidebar.window()))
    if said:
        st.caption(formats.plain(said))


def words(pico_usd: int, day: date) -> str:
    """The amount and the rate; why there is none; nothing where there is no second currency."""
    currency = sidebar.shown().currency
    if currency is None:
        return ""
    amount = currency.amount(pico_usd, day)
    rate = currency.words(day)
    return rate if amount is None else f"{amount} at the rate of {day:%Y-%m-%d}: {rate}"


def rate_day(window: Window) -> date:
    """The day whose rate an amount of a window is told at: its last one, as far as it is over or runs."""
    last = min(window.until - timedelta(microseconds=1), sidebar.now().astimezone(window.zone))
    return last.astimezone(window.zone).date()
