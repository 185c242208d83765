"""A monthly statement: what a team's calls of a month cost, line by line, for showback. Pure; sums are exact."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.frame import filters
from gemledger_dashboard.frame.display import Rate
from gemledger_dashboard.frame.filters import Window
from gemledger_dashboard.spend import grouping, spend_tables
from gemledger_dashboard.spend.grouping import Group
from gemledger_dashboard.spend.spend_answers import Spend
from gemledger_dashboard.spend.sums import Sums

KEYS = ("team", "feature", "model")
ALL = "*"
"""Of all teams, instead of one."""
_MONTHS_BACK = 13


@dataclass(frozen=True, slots=True)
class Converted:
    """The second currency of a statement: its code, and the rate of one day."""

    code: str
    day: date
    rate: Rate | None
    words: str

    def exact(self, pico_usd: int) -> Decimal | None:
        """An amount in it, to the last digit; None where no rate is known."""
        return None if self.rate is None else Decimal(pico_usd).scaleb(-12) * self.rate.per_usd


@dataclass(frozen=True, slots=True)
class Statement:
    """The lines of one team, or of all, in a month; `runs` while the month is not over."""

    team: str
    month: Window
    runs: bool
    lines: tuple[Group, ...]
    committed_pico_usd: int | None = None
    """Of all teams only: nobody's jobs are kept apart."""
    converted: Converted | None = None

    @property
    def totals(self) -> Sums:
        """The exact sum of its lines."""
        return Sums.total(line.sums for line in self.lines)

    @property
    def title(self) -> str:
        """Whose it is."""
        return "All teams" if self.team == ALL else self.team


def months(now: datetime, zone: ZoneInfo, starts_on: int) -> dict[str, Window]:
    """The months to choose from by their first day, the running one first, each up to now at most."""
    found: dict[str, Window] = {}
    first = filters.month_of(now.astimezone(zone).date(), starts_on)
    for _ in range(_MONTHS_BACK):
        after = (first.replace(day=1) + timedelta(days=32)).replace(day=starts_on)
        whole = Window("custom", filters.midnight(first, zone), filters.midnight(after, zone), zone)
        found[first.isoformat()] = whole
        first = filters.month_of(first - timedelta(days=1), starts_on)
    return found


def name(month: Window, now: datetime) -> str:
    """A month in words: `November 2026`, a fiscal one by its days; with a word while it runs."""
    first, last = month.since, month.until - timedelta(days=1)
    words = f"{first:%B %Y}" if first.day == 1 else f"{formats.day(first)} to {formats.day(last)}"
    return f"{words}, so far" if month.until.astimezone(UTC) > now else words


def teams(spend: Spend) -> list[str]:
    """Whose statements there are, the dearest first."""
    return [group.names[0] for group in grouping.groups(spend, "team")]


def lines(spend: Spend, team: str) -> tuple[Group, ...]:
    """By feature and model, the dearest first; of all teams, each team's together, the dearest team first."""
    ranks = {each: rank for rank, each in enumerate(teams(spend))}
    found = [group for group in grouping.groups(spend, *KEYS) if team in (ALL, group.names[0])]
    return tuple(sorted(found, key=lambda group: ranks[group.names[0]]))


def kinds(statement: Statement) -> dict[str, int]:
    """PicoUSD by kind of cost, those that there were: together the total."""
    sums = statement.totals
    return {formats.LINE_NAMES[line]: pico for line, pico in sums.lines.items() if pico}


def file(statement: Statement) -> pd.DataFrame:
    """What a file gets: a row for each line with every figure, exact, and the rate it was converted at."""
    frame = spend_tables.whole(statement.lines, KEYS)
    month = statement.month
    frame.insert(0, "since", month.since.isoformat())
    frame.insert(1, "until", month.until.isoformat())
    frame.insert(2, "time_zone", month.zone.key)
    converted = statement.converted
    if converted is None or converted.rate is None:
        return frame
    code, rate = converted.code.lower(), converted.rate
    exact = [converted.exact(line.sums.cost_pico_usd) for line in statement.lines]
    told: dict[str, Any] = {
        f"cost_{code}": exact,
        f"{code}_per_usd": [rate.per_usd] * len(frame),
        "rate_from": rate.from_day.isoformat(),
        "rate_source": rate.source,
    }
    return frame.assign(**told)
