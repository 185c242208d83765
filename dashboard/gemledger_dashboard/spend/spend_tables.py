"""Spend as tables for the screen and for a file. On the screen amounts are Decimals, in a file exact text."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.spend.grouping import Group
from gemledger_dashboard.spend.sums import COST_LINES, Sums

MONEY = ("Cost", "Known", "Estimated", "At most")
"""The columns that hold dollars."""

COUNTS = ("Unpriced calls", "Calls", "Errors", "Input tokens", "Output tokens")
"""The columns that hold whole numbers."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def spend(groups: Sequence[Group], titles: Sequence[str]) -> pd.DataFrame:
    """One line per group: cost, its share of all, how sure it is, calls and tokens."""
    whole = Sums.total(group.sums for group in groups).cost_pico_usd
    return pd.DataFrame(
        [
            {
                **dict(zip(titles, group.names, strict=True)),
                "Cost": _dollars(group.sums.priced_pico_usd),
                "Share": _part(group.sums.priced_pico_usd, whole),
                "Known": _dollars(group.sums.known_pico_usd),
                "Estimated": _dollars(group.sums.estimated_pico_usd),
                "At most": _dollars(group.sums.cost_upper_pico_usd)
                if group.sums.unbounded_calls == 0
                else None,
                "Unpriced calls": group.sums.unpriced_calls,
                "Calls": group.sums.calls,
                "Errors": group.sums.errors,
                "Input tokens": group.sums.input_tokens,
                "Cache-hit share": formats.share(
                    group.sums.cache_read_tokens, group.sums.input_tokens
                ),
                "Output tokens": group.sums.output_tokens,
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
                "Cost": _dollars(pico),
                "Share": _part(pico, sums.cost_pico_usd),
            }
            for line, pico in sums.lines.items()
            if pico
        ]
    )


def dollar_format(groups: Sequence[Group]) -> str:
    """Cents, or as many decimals as the cheapest group needs so as not to look free."""
    return _format(group.sums.cost_pico_usd for group in groups)


def lines_format(sums: Sums) -> str:
    """The same for the kinds of cost."""
    return _format(sums.lines.values())


def _format(amounts: Iterable[int]) -> str:
    some = (abs(amount) for amount in amounts if amount)
    cheapest = min(some, default=formats.PICO_PER_USD)
    return "dollar" if cheapest * 100 >= formats.PICO_PER_USD else "$%.6f"


def spend_csv(groups: Sequence[Group], names: Sequence[str]) -> str:
    """The same for a file: every figure of the API, cost in USD to the last picodollar."""
    columns = [name for name in Sums().amounts() if not name.endswith("_pico_usd")]
    money = ["cost", "known", "estimated", "cost_upper", *COST_LINES]
    lines = [
        {
            **dict(zip(names, group.names, strict=True)),
            **{
                f"{name}_usd": formats.usd_exact(group.sums.amounts()[f"{name}_pico_usd"])
                for name in money
            },
            **{name: str(group.sums.amounts()[name]) for name in columns},
        }
        for group in groups
    ]
    return _csv([*names, *(f"{name}_usd" for name in money), *columns], lines)


def _csv(columns: Sequence[str], lines: Sequence[Mapping[str, Any]]) -> str:
    """CSV in which no spreadsheet finds a formula: labels are foreign text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_harmless(str(line[column])) for column in columns] for line in lines)
    return out.getvalue()


def _harmless(text: str) -> str:
    is_number = text.removeprefix("-").replace(".", "", 1).isdigit()
    return f"'{text}" if text.startswith(_FORMULA_STARTS) and not is_number else text


def _part(pico_usd: int | None, whole: int) -> float | None:
    return None if pico_usd is None or not whole else pico_usd / whole


def _dollars(pico_usd: int | None) -> Decimal | None:
    return None if pico_usd is None else Decimal(pico_usd).scaleb(-12)
