"""An amount in this company's second currency, at the rate of a day, with who says so."""

from datetime import date, timedelta

import streamlit as st

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.frame import sidebar
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.spend.statement import Converted


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


def converted(pico_usd: int, window: Window) -> Converted | None:
    """What a statement says of the second currency; None where there is none."""
    currency, day = sidebar.shown().currency, rate_day(window)
    if currency is None:
        return None
    return Converted(currency.code, day, currency.rate_on(day), words(pico_usd, day))


def rate_day(window: Window) -> date:
    """The day whose rate an amount of a window is told at: its last one, as far as it is over or runs."""
    last = min(window.until - timedelta(microseconds=1), sidebar.now().astimezone(window.zone))
    return last.astimezone(window.zone).date()
