"""Spend as tables: amounts are exact Decimals; what a file gets has every figure of the collector."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.spend import spend_tiles, ways
from gemledger_dashboard.spend.grouping import Group
from gemledger_dashboard.spend.sums import COST_LINES, Sums

MONEY = ("Cost", "Before", "Per call", "Known", "Estimated", "At most")
"""The columns that hold dollars."""

COUNTS = ("Unpriced calls", "Calls", "Errors", "Input tokens", "Output tokens")
"""The columns that hold whole numbers."""

EXACT = ("cost", "known", "estimated", "unowned", "cost_upper", *COST_LINES)
USER_EXACT = ("cost", "known", "estimated", "cost_upper")
"""The amounts that are kept: of users there are fewer."""


def compared(groups: Sequence[Group], before: Sequence[Group], title: str) -> pd.DataFrame:
    """One line per group: cost, its share of all, what it was before, how sure it is, calls and tokens."""
    whole = Sums.total(group.sums for group in groups).cost_pico_usd
    earlier = {group.names: group.sums for group in before}
    return pd.DataFrame(
        [
            {
                title: group.names[0],
                "Cost": dollars(group.sums.priced_pico_usd),
                "Share": _part(group.sums.priced_pico_usd, whole),
                **_before(group.sums, earlier.get(group.names)),
                **_figures(group.sums),
            }
            for group in groups
        ]
    )


def users(groups: Sequence[Group]) -> pd.DataFrame:
    """The same without what is not known of users: shares of the whole, and the time before."""
    return pd.DataFrame(
        [
            {
                "User": group.names[0],
                "Cost": dollars(group.sums.priced_pico_usd),
                **_figures(group.sums),
            }
            for group in groups
        ]
    )


def lines(groups: Sequence[Group], names: Sequence[str]) -> pd.DataFrame:
    """The lines of a statement, by the last of their keys: cost, share, how sure it is, calls and tokens."""
    total = Sums.total(group.sums for group in groups).cost_pico_usd
    titles = [ways.BY[name] for name in names]
    return pd.DataFrame(
        [
            {
                **dict(zip(titles, group.names[-len(titles) :], strict=True)),
                "Cost": dollars(group.sums.priced_pico_usd),
                "Share": _part(group.sums.priced_pico_usd, total),
                **_figures(group.sums),
            }
            for group in groups
        ]
    )


def cost_lines(sums: Sums) -> pd.DataFrame:
    """One line per kind of cost that there was, in the order of a bill."""
    return pd.DataFrame(
        [
            {
                "Kind": formats.LINE_NAMES[line],
                "Cost": dollars(pico),
                "Share": _part(pico, sums.cost_pico_usd),
            }
            for line, pico in sums.lines.items()
            if pico
        ]
    )


def whole(groups: Sequence[Group], names: Sequence[str]) -> pd.DataFrame:
    """What a file gets: every figure of the collector, cost in USD to the last picodollar."""
    return _exact(groups, names, EXACT)


def whole_users(groups: Sequence[Group]) -> pd.DataFrame:
    """The same of users."""
    return _exact(groups, ["user"], USER_EXACT)


def columns(groups: Sequence[Group]) -> dict[str, Any]:
    """How the columns of these groups are shown."""
    fitting = dollar_format(group.sums.cost_pico_usd for group in groups)
    return {
        **dict.fromkeys(MONEY, st.column_config.NumberColumn(format=fitting)),
        **dict.fromkeys(COUNTS, st.column_config.NumberColumn(format="localized")),
        "Per call": st.column_config.NumberColumn(format="$%.6f"),
        "Share": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
    }


def kind_columns(sums: Sums) -> dict[str, Any]:
    """The same of the kinds of cost."""
    return {
        "Cost": st.column_config.NumberColumn(format=dollar_format(sums.lines.values())),
        "Share": st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1),
    }


def _figures(sums: Sums) -> dict[str, object]:
    bounded = sums.unbounded_calls == 0
    return {
        "Per call": dollars(spend_tiles.cost_per_call(sums)),
        "Known": dollars(sums.known_pico_usd),
        "Estimated": dollars(sums.estimated_pico_usd),
        "Unpriced calls": sums.unpriced_calls,
        "At most": dollars(sums.cost_upper_pico_usd) if bounded else None,
        "Calls": sums.calls,
        "Errors": sums.errors,
        "Input tokens": sums.input_tokens,
        "Cache-hit share": formats.share(sums.cache_read_tokens, sums.input_tokens),
        "Output tokens": sums.output_tokens,
    }


def _before(now: Sums, before: Sums | None) -> dict[str, object]:
    earlier = None if before is None else before.priced_pico_usd
    return {
        "Before": dollars(earlier),
        "Change": spend_tiles.change(now.priced_pico_usd, earlier),
    }


def _exact(groups: Sequence[Group], names: Sequence[str], money: Sequence[str]) -> pd.DataFrame:
    counts = [name for name in Sums().amounts() if not name.endswith("_pico_usd")]
    lines = [_exact_line(group.sums.amounts(), money, counts) for group in groups]
    return pd.DataFrame(
        [
            {**dict(zip(names, group.names, strict=True)), **line}
            for group, line in zip(groups, lines, strict=True)
        ]
    )


def _exact_line(
    amounts: Mapping[str, int], money: Sequence[str], counts: Sequence[str]
) -> dict[str, object]:
    return {
        **{f"{name}_usd": dollars(amounts[f"{name}_pico_usd"]) for name in money},
        **{name: amounts[name] for name in counts},
    }


def dollar_format(amounts: Iterable[int]) -> str:
    """Cents, or as many decimals as the cheapest amount needs so as not to look free."""
    some = (abs(amount) for amount in amounts if amount)
    cheapest = min(some, default=formats.PICO_PER_USD)
    return "dollar" if cheapest * 100 >= formats.PICO_PER_USD else "$%.6f"


def _part(pico_usd: int | None, whole: int) -> float | None:
    return None if pico_usd is None or not whole else pico_usd / whole


def dollars(pico_usd: int | None) -> Decimal | None:
    """An amount in USD, exact."""
    return None if pico_usd is None else Decimal(pico_usd).scaleb(-12)
