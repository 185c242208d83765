"""The end of a period foreseen, on production traffic of tenants over 14 days (ServeGen), beside the run rate.

After day 3, 7, 10 and 12 its two-week total is foreseen from the
days so far. Bars: the fleet's total within 5 % from mid-period on; the 80 % interval holds 75 to 85 %.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tenants
from alert_bars import Bar, recorded

from gemledger_collector.alerts.forecast.history import FEWEST_DAYS, Day, History
from gemledger_collector.alerts.forecast.outlook import Interval, outlook

DAYS = 14
AFTER_DAYS = (3, 7, 10, 12)
MID_PERIOD = 7
FLEET_BAR_PERCENT, COVERAGE_BAR_PERCENT = 5.0, (75.0, 85.0)
PICO = 10**12

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """How well two-week totals were foreseen after so many days."""

    after_day: int
    tenants: int
    ours_percent: tuple[float, float]
    run_rate_percent: tuple[float, float]
    fleet_percent: float
    fleet_run_rate_percent: float
    fleet_but_one_percent: float
    coverage_percent: float


def daily_usd(path: Path) -> Floats:
    """Dollars by tenant and day, of tenants that spend more than ten dollars a day."""
    bins = tenants.load(path, tenants.FLASH)[: DAYS * tenants.BINS_A_DAY]
    found: Floats = bins.reshape(DAYS, tenants.BINS_A_DAY, -1).sum(axis=1).T
    return found


def foreseen(days: Sequence[float]) -> Interval | None:
    """The two-week total, from the days so far; None where it is too early."""
    past = [Day(round(usd * PICO), 0) for usd in days]
    rest = [1.0] * (DAYS - len(past))
    history = History(past, weekday=0, elapsed=0.0)
    found = outlook(sum(day.pico_usd for day in past), history, rest, rest)
    return None if found is None else found.end


def measured(every: Floats, after: int) -> Line:
    """One line of the table, over the tenants of which a forecast is made by then."""
    begun = np.array([np.flatnonzero(days)[0] <= after - FEWEST_DAYS for days in every])
    seen = every[begun]
    total, run_rate = seen.sum(axis=1), seen[:, :after].mean(axis=1) * DAYS
    ends = [end for days in seen if (end := foreseen(days[:after])) is not None]
    assert len(ends) == len(seen)
    low, ours, high = (
        np.array([getattr(end, f"{name}_pico_usd") / PICO for end in ends])
        for name in ("low", "likely", "high")
    )
    small = seen.sum(axis=1) < total.max()
    return Line(
        after,
        len(seen),
        _errors(ours, total),
        _errors(run_rate, total),
        _off(_fleet(seen, after), total.sum()),
        _off(run_rate.sum(), total.sum()),
        _off(_fleet(seen[small], after), total[small].sum()),
        float(((low <= total) & (total <= high)).mean() * 100),
    )


def _fleet(every: Floats, after: int) -> float:
    """All tenants as the one budget they are to whoever pays for all of them."""
    end = foreseen(every[:, :after].sum(axis=0))
    assert end is not None
    return end.likely_pico_usd / PICO


def _errors(foreseen_usd: Floats, total: Floats) -> tuple[float, float]:
    errors = np.abs(foreseen_usd - total) / total * 100
    return float(np.median(errors)), float(np.quantile(errors, 0.9))


def _off(foreseen_usd: float, total: float) -> float:
    return float(foreseen_usd / total - 1) * 100


def table(path: Path) -> list[Line]:
    """All lines."""
    every = daily_usd(path)
    return [measured(every, after) for after in AFTER_DAYS]


def tell(lines: Sequence[Line]) -> None:
    """Print the table."""
    print(
        "  14-day totals      absolute error, median / p90     fleet, signed              80 % interval"
    )
    print("  after   tenants         ours       run rate      ours  run rate  but largest   holds")
    for each in lines:
        ours, rate = (
            f"{a:4.0f} / {b:3.0f} %" for a, b in (each.ours_percent, each.run_rate_percent)
        )
        print(
            f"  day {each.after_day:2}  {each.tenants:7}  {ours:>12} {rate:>13}  {each.fleet_percent:+6.1f} %"
            f"  {each.fleet_run_rate_percent:+6.1f} %   {each.fleet_but_one_percent:+6.1f} %"
            f"  {each.coverage_percent:5.0f} %"
        )
    print()


def bars_of(lines: Sequence[Line]) -> list[Bar]:
    """What must hold."""
    worst = max(abs(each.fleet_percent) for each in lines if each.after_day >= MID_PERIOD)
    weight = sum(each.tenants for each in lines)
    coverage = sum(each.coverage_percent * each.tenants for each in lines) / weight
    low, high = COVERAGE_BAR_PERCENT
    return [
        Bar(
            f"the fleet's total is foreseen from day {MID_PERIOD} on within, %",
            worst,
            FLEET_BAR_PERCENT,
        ),
        Bar("80 % intervals hold at least, %", coverage, low, True),
        Bar("80 % intervals hold at most, %", coverage, high),
    ]


def on_forecasts() -> Sequence[Bar]:
    """The section of ``benchmarks/alerts.py``."""
    folder = recorded("servegen")
    if folder is None:
        return ()
    lines = table(folder / "tenants_10min.parquet")
    tell(lines)
    return bars_of(lines)


def main() -> int:
    """Print the table and the bars; 1 where one is missed."""
    bars = on_forecasts()
    for bar in bars:
        print(bar)
    return 0 if all(bar.holds for bar in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
