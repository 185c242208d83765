"""The end of a period foreseen, on production traffic of tenants over 14 days (ServeGen), beside the run rate.

Each tenant's traffic is priced as gemini-2.5-flash. After day 3, 7, 10 and 12 its two-week total is foreseen from the
days so far. Bars: the fleet's total within 5 % from mid-period on; the 80 % interval holds 75 to 85 %.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gemledger_collector.alerts.forecast.history import FEWEST_DAYS, Day, History
from gemledger_collector.alerts.forecast.outlook import Interval, outlook

TRAFFIC = Path(__file__).parents[2] / "shared" / "data" / "servegen" / "tenants_10min.parquet"
INPUT_USD, OUTPUT_USD = 0.30e-6, 2.50e-6
DAYS, BIN_SECONDS = 14, 600
LEAST_USD_A_DAY = 10
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


def daily_usd() -> Floats:
    """Dollars by tenant and day, of tenants that spend enough to be worth it."""
    table = pq.read_table(TRAFFIC)
    mean_in, mean_out = (
        pc.fill_null(table[name], 0).to_numpy() for name in ("mean_in", "mean_out")
    )
    requests = table["req_per_s"].to_numpy() * BIN_SECONDS
    dollars = requests * (mean_in * INPUT_USD + mean_out * OUTPUT_USD)
    tenant = pc.binary_join_element_wise(table["model"], table["client"], "/").combine_chunks()
    code = tenant.dictionary_encode().indices.to_numpy()
    day = table["t"].to_numpy() // 86_400
    totals = np.zeros((code.max() + 1, DAYS))
    np.add.at(totals, (code[day < DAYS], day[day < DAYS]), dollars[day < DAYS])
    found: Floats = totals[totals.mean(axis=1) > LEAST_USD_A_DAY]
    return found


def foreseen(days: Sequence[float]) -> Interval | None:
    """The two-week total, from the days so far; None where it is too early."""
    past = [Day(round(usd * PICO), 0) for usd in days]
    rest = [1.0] * (DAYS - len(past))
    history = History(past, weekday=0, elapsed=0.0)
    found = outlook(sum(day.pico_usd for day in past), history, rest, rest)
    return None if found is None else found.end


def measured(tenants: Floats, after: int) -> Line:
    """One line of the table, over the tenants of which a forecast is made by then."""
    begun = np.array([np.flatnonzero(days)[0] <= after - FEWEST_DAYS for days in tenants])
    seen = tenants[begun]
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


def _fleet(tenants: Floats, after: int) -> float:
    """All tenants as the one budget they are to whoever pays for all of them."""
    end = foreseen(tenants[:, :after].sum(axis=0))
    assert end is not None
    return end.likely_pico_usd / PICO


def _errors(foreseen_usd: Floats, total: Floats) -> tuple[float, float]:
    errors = np.abs(foreseen_usd - total) / total * 100
    return float(np.median(errors)), float(np.quantile(errors, 0.9))


def _off(foreseen_usd: float, total: float) -> float:
    return float(foreseen_usd / total - 1) * 100


def table() -> list[Line]:
    """All lines."""
    tenants = daily_usd()
    return [measured(tenants, after) for after in AFTER_DAYS]


def report(lines: Sequence[Line], say: Callable[[str], object] = print) -> bool:
    """Say the table and whether each bar holds; whether all do."""
    say(
        "forecast of 14-day totals        absolute error, median / p90       fleet, signed             80 % interval"
    )
    say(
        "after day  tenants          ours        run rate       ours  run rate  but largest    holds"
    )
    for each in lines:
        ours, rate = (
            f"{a:5.0f} / {b:3.0f} %" for a, b in (each.ours_percent, each.run_rate_percent)
        )
        say(
            f"{each.after_day:9}  {each.tenants:7}  {ours:>14} {rate:>14}  {each.fleet_percent:+7.1f} %"
            f" {each.fleet_run_rate_percent:+7.1f} % {each.fleet_but_one_percent:+9.1f} %"
            f"   {each.coverage_percent:5.0f} %"
        )
    held = dict(_bars(lines))
    for words, holds in held.items():
        say(f"{'holds ' if holds else 'MISSED'} {words}")
    return all(held.values())


def _bars(lines: Sequence[Line]) -> Iterator[tuple[str, bool]]:
    worst = max(abs(each.fleet_percent) for each in lines if each.after_day >= MID_PERIOD)
    yield (
        f"fleet within {FLEET_BAR_PERCENT:.0f} % from day {MID_PERIOD} on: {worst:.1f} %",
        worst <= FLEET_BAR_PERCENT,
    )
    weight = sum(each.tenants for each in lines)
    coverage = sum(each.coverage_percent * each.tenants for each in lines) / weight
    low, high = COVERAGE_BAR_PERCENT
    yield (
        f"80 % interval holds {low:.0f} to {high:.0f} %: {coverage:.1f} %",
        low <= coverage <= high,
    )


def main() -> int:
    """Print the table; 1 where a bar is missed."""
    if not TRAFFIC.exists():
        print(f"skipped: {TRAFFIC} is not there")
        return 0
    return 0 if report(table()) else 1


if __name__ == "__main__":
    sys.exit(main())
