"""What dated prices to come would change for the traffic of the chosen time."""

import pandas as pd
import streamlit as st

from gemledger_dashboard import questions
from gemledger_dashboard.drawing import formats, sheets, tiles
from gemledger_dashboard.drawing.sheets import Sheet
from gemledger_dashboard.drawing.tiles import Tile
from gemledger_dashboard.frame import narrowing, notices
from gemledger_dashboard.frame.asking import ask
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.spend import spend_tables, spend_tiles
from gemledger_dashboard.spend.price_answers import Preview, PriceChange

_MONTH_DAYS = 30


def show(chosen: Window) -> None:
    """The whole view."""
    answer = ask(questions.price_preview(chosen, narrowing.only()))
    notices.stale((answer,), chosen.zone)
    preview = answer.value
    if preview.use_pico_usd == 0:
        notices.nothing_matches(
            "Nothing of this choice was priced by the price book.",
            "Choose a longer time or fewer filters on the left.",
        )
        return
    tiles.row(_tiles(preview))
    st.caption(formats.plain(_said(preview)))
    if not preview.changes:
        st.success(
            f"No price of what was used is going to change, as far as price book "
            f"{formats.plain(preview.price_book)} knows.",
            icon=":material/check:",
        )
        return
    sheets.show(
        Sheet(
            "price-changes",
            "Prices to come",
            _table(preview.changes),
            _columns(preview.changes),
            whole=lambda: _whole(preview.changes),
        )
    )


def _tiles(preview: Preview) -> list[Tile]:
    daily = round(preview.use_pico_usd / preview.days)
    difference = preview.difference_pico_usd
    after = daily + difference
    days = f"{preview.days:.4g}"
    return [
        Tile(
            "Now, a day", formats.usd(daily), f"{formats.usd(preview.use_pico_usd)} in {days} days"
        ),
        Tile(
            "Then, a day",
            formats.usd(after),
            f"{_signed(difference)} a day, {spend_tiles.change(after, daily)}",
            "After every change below, for the same traffic.",
        ),
        Tile(
            "In 30 days",
            _signed(difference * _MONTH_DAYS),
            "more or less, for the same traffic",
        ),
    ]


def _said(preview: Preview) -> str:
    ends = sum(change.new_row is None for change in preview.changes)
    said = (
        "The use of this time, priced again. Cost is kept by kind, so a kind is multiplied by new rate over old: exact "
        "for text; audio and images whose rates change otherwise are off by that."
    )
    if ends:
        said += f" {formats.plural(ends, 'price')} ends and nothing follows: those calls would have no price."
    return said


def _table(changes: tuple[PriceChange, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "From": f"{change.at:%Y-%m-%d}",
                "Model": change.model,
                "Tier": change.service_tier,
                "Now, a day": spend_tables.dollars(change.old_daily_pico_usd),
                "Then, a day": spend_tables.dollars(change.new_daily_pico_usd),
                "Difference": spend_tables.dollars(change.difference_pico_usd),
                "Change": spend_tiles.change(change.new_daily_pico_usd, change.old_daily_pico_usd),
                "Follows": "another price" if change.new_row else "nothing: no price from then on",
            }
            for change in changes
        ]
    )


def _columns(changes: tuple[PriceChange, ...]) -> dict[str, object]:
    amounts = [change.old_daily_pico_usd for change in changes]
    dollars = st.column_config.NumberColumn(format=spend_tables.dollar_format(amounts))
    return dict.fromkeys(("Now, a day", "Then, a day", "Difference"), dollars)


def _whole(changes: tuple[PriceChange, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "from": change.at.isoformat(),
                "platform": change.platform,
                "model": change.model,
                "service_tier": change.service_tier,
                "old_price_row": change.old_row,
                "new_price_row": change.new_row,
                "old_daily_usd": spend_tables.dollars(change.old_daily_pico_usd),
                "new_daily_usd": spend_tables.dollars(change.new_daily_pico_usd),
            }
            for change in changes
        ]
    )


def _signed(pico_usd: int) -> str:
    return f"{'+' if pico_usd > 0 else ''}{formats.usd(pico_usd)}"
