"""Prices: what a call costs on a day, where that was read, and what is about to change."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from gemledger_dashboard.drawing import formats, tiles
from gemledger_dashboard.drawing.sheets import Sheet, show
from gemledger_dashboard.drawing.tiles import Tile
from gemledger_dashboard.frame import notices, sidebar
from gemledger_dashboard.frame.asking import ask
from gemledger_dashboard.prices import coming, price_choices, price_questions, price_tables
from gemledger_dashboard.prices.coming import PriceChange
from gemledger_dashboard.prices.price_answers import BookRow
from gemledger_dashboard.prices.price_choices import Chosen
from gemledger_dashboard.prices.rate_words import MAIN, day

_LINK = st.column_config.LinkColumn("Page", display_text=r"https://([^/]+).*", width="small")
_WIDE = st.column_config.TextColumn(width="large")
_DATE = st.column_config.DateColumn(format="D MMM YYYY")


def page() -> None:
    """Everything below the title."""
    chosen = price_choices.show(sidebar.now())
    answer = ask(price_questions.book())
    notices.stale([answer], sidebar.window().zone)
    book = answer.value
    ours = " with your overlay" if any(row.overlay for row in book.rows) else ""
    st.caption(
        formats.plain(
            f"Price book {book.version}{ours}: prices of {day(chosen.day)}, in force from "
            "midnight UTC. What nobody knows is not in it, and calls are unpriced."
        )
    )
    if not book.whole:
        st.warning("The book has more models than fit here: `gemledger price` lists them all.")
    rows = chosen.of(book.rows)
    holding = [row for row in rows if row.holds_on(chosen.day)]
    ahead = coming.changes(rows, chosen.day)
    tiles.row(figures(holding, ahead, chosen.day))
    old(holding, chosen.day)
    about_to_change(ahead)
    prices(rows, holding, chosen)


def figures(holding: Sequence[BookRow], ahead: Sequence[PriceChange], on: date) -> list[Tile]:
    """How much is priced, how soon that changes, how sure and how old it is."""
    doubtful = sum(not row.published for row in holding)
    read = [row.read_on for row in holding if row.read_on]
    first = ahead[0].day if ahead else None
    then = sum(change.day == first for change in ahead)
    return [
        Tile(
            "Models priced",
            formats.count(len({row.of.model for row in holding})),
            formats.plural(len(holding), "price"),
            "By exact id or alias. A price is one tier of a model on one platform, below or above its context step.",
        ),
        Tile(
            "Next change",
            day(first) if first else "none",
            f"in {formats.plural((first - on).days, 'day')}: {formats.plural(then, 'price')}"
            if first
            else "is announced",
        ),
        Tile(
            "Inferred",
            formats.count(doubtful),
            f"of {formats.plural(len(holding), 'price')}: not read on Google's page",
            "Calls that are priced by these are estimated.",
        ),
        Tile(
            "Oldest reading",
            day(min(read)) if read else formats.MISSING,
            f"{formats.plural((on - min(read)).days, 'day')} before" if read else "nothing to date",
            f"Prices are worth reading again after {price_tables.STALE_DAYS} days.",
        ),
    ]


def old(holding: Sequence[BookRow], on: date) -> None:
    """A word about readings that are too old, and what to do."""
    stale = price_tables.stale(holding, on)
    if not stale:
        return
    many = f"{formats.plural(len(stale), 'price')} of {formats.count(len(holding))}"
    st.warning(
        f"{many} were read more than {price_tables.STALE_DAYS} days before: Google may have changed "
        "them. Upgrade gemledger, or state your own in an overlay; `gemledger price --check` says which.",
        icon=":material/event_busy:",
    )


def about_to_change(ahead: Sequence[PriceChange]) -> None:
    """Every dated change, the next first."""
    if not ahead:
        st.subheader("What is coming")
        st.caption("No change of these prices is known.")
        return
    columns = {"From": _DATE, "What changes": _WIDE}
    show(Sheet("prices-coming", "What is coming", price_tables.coming(ahead), columns))


def prices(rows: Sequence[BookRow], holding: Sequence[BookRow], chosen: Chosen) -> None:
    """The prices of the day, those of one model over time, and where they were read."""
    if not holding:
        st.subheader(f"Prices of {day(chosen.day)}")
        notices.nothing_matches(
            "No model of this choice has a price on that day, so its calls are unpriced.",
            "Choose another day, platform or tier above, or a shorter part of the name.",
        )
        return
    rate = st.column_config.NumberColumn(format=price_tables.dollar_format(holding))
    picked = show(
        Sheet(
            "prices",
            f"{day(chosen.day)}, per million tokens",
            price_tables.in_force(holding),
            {
                **dict.fromkeys(MAIN.values(), rate),
                **dict.fromkeys(("From", "Until", "Read on"), _DATE),
                "Other rates": st.column_config.TextColumn(width="medium"),
                "Page": _LINK,
            },
            whole=lambda: price_tables.every_rate(holding),
        ),
        rows_are_chosen=True,
    )
    if picked is None or picked >= len(holding):
        st.caption("Choose a row to see every rate of it, then and now.")
    else:
        over_time(holding[picked], rows)
    show(
        Sheet(
            "price-sources",
            "Where these were read",
            price_tables.sources(holding, chosen.day),
            {"Read on": _DATE, "Page": _LINK, "Source": _WIDE},
        )
    )


def over_time(row: BookRow, rows: Sequence[BookRow]) -> None:
    """Every rate of one kind of calls, of all days."""
    same = sorted((each for each in rows if each.kind == row.kind), key=lambda each: each.since)
    table = price_tables.every_rate(same)
    shown = table[["From", "Until", "Rate", "USD", "Per", "Inferred", "Read on", "Source"]]
    columns = {
        **dict.fromkeys(("From", "Until", "Read on"), _DATE),
        "USD": st.column_config.NumberColumn(step=1e-12),
        "Source": _WIDE,
    }
    title = f"Every rate of {row.of.model}, {row.tier}"
    show(Sheet("price-rates", formats.plain(title), shown, columns, whole=lambda: table))


st.title("Prices")
with notices.Explained():
    page()
