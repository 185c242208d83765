"""What `/api/v1/spend` answers, typed. Money is an integer of picoUSD from here on; what is not as agreed raises."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gemledger_dashboard.drawing.formats import parse_pico
from gemledger_dashboard.frame.json_parts import keys, moment
from gemledger_dashboard.spend.sums import Json, Sums


@dataclass(frozen=True, slots=True)
class SpendRow:
    """One group of calls: `keys` has a value for each asked dimension, None where it was not set."""

    bucket_start: datetime | None
    keys: Mapping[str, str | None]
    sums: Sums


@dataclass(frozen=True, slots=True)
class Spend:
    """The groups of a window and their sum.

    Beside the sum stands what jobs are expected to cost that have not settled (committed), or never will (overdue).
    """

    by: tuple[str, ...]
    rows: tuple[SpendRow, ...]
    totals: Sums
    committed_pico_usd: int = 0
    overdue_pico_usd: int = 0


def spend(body: Json) -> Spend:
    """`/api/v1/spend`."""
    by = tuple(str(name) for name in body["by"])
    rows = tuple(
        SpendRow(moment(row["bucket_start"]), keys(row, by), Sums.parse(row))
        for row in body["rows"]
    )
    totals = body["totals"]
    return Spend(
        by,
        rows,
        Sums.parse(totals),
        parse_pico(totals["committed_pico_usd"]),
        parse_pico(totals["overdue_pico_usd"]),
    )
