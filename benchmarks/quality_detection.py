"""How soon the quality chart sees a change, how often it is wrong: calculated, simulated, on labelled answers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from alert_bars import Bar, recorded

from gemledger_collector.estimation.cusum import Design, design, statistic

BEFORE, AFTER = 0.03, 0.15
EVERY = 6_000
DELAY_BAR = 80
FALSE_ALARM_PERIODS = (1_000, 2_400, EVERY, 24_000)
RATES_AFTER = (0.08, 0.10, 0.15, 0.20, 0.30)
QUIET_CHARTS = 2_000
CHANGES = 4_000
RUN_UP = 100
"""Judged answers before a change: the chart is then where it usually is."""
LONGEST = 3_000
PIECE = 20_000
JUDGES = ((1.0, 1.0), (0.95, 0.99), (0.9, 0.97), (0.77, 0.95))
"""Sensitivity and specificity."""

Flags = npt.NDArray[np.bool_]


def on_detection() -> Sequence[Bar]:
    """The section of ``benchmarks/quality.py``."""
    random = np.random.default_rng(7)
    _curves()
    chart = design(BEFORE, AFTER, EVERY)
    delays = delays_of(chart, _stream(random, CHANGES, (BEFORE, AFTER)))
    quiet = quiet_run(random, chart, BEFORE)
    naive = naive_run(random, BEFORE)
    print(
        f"  simulated: 3 % → 15 % is seen within {_quantiles(delays)} judged answers (half, nine in ten);"
    )
    print(
        f"  at a steady 3 % one false alarm in {quiet:,.0f}; 'more than 5 of the last 100': one in {naive:,.0f}\n"
    )
    return [
        Bar(
            "3 % → 15 % is caught: judged answers at p90",
            float(np.quantile(delays, 0.9)),
            DELAY_BAR,
        ),
        Bar(
            "answers between false alarms at 3 %, calculated", chart.false_alarm_every, EVERY, True
        ),
        # Of 2,000 simulated run lengths the mean is known within 2.2 % (one standard deviation).
        Bar(
            "answers between false alarms at 3 %, simulated, within chance",
            quiet * 1.067,
            EVERY,
            True,
        ),
        *_on_labelled(random),
    ]


def _curves() -> None:
    print(
        "  judged answers until a change from 3 % is seen, half / nine in ten of the times (calculated exactly)"
    )
    heads = "".join(f"{rate:>14.0%}" for rate in RATES_AFTER)
    print(f"  {'one false alarm in':<20}{heads}")
    for every in FALSE_ALARM_PERIODS:
        chart = design(BEFORE, AFTER, every)
        cells = "".join(
            f"{chart.delay(rate, 0.5):>7} / {chart.delay(rate, 0.9):>4}" for rate in RATES_AFTER
        )
        print(f"  {chart.false_alarm_every:<20,.0f}{cells}")
    print()


def _stream(random: np.random.Generator, runs: int, rates: tuple[float, float]) -> Flags:
    """Flags of answers, one run in each row, with a change after ``RUN_UP``."""
    before = random.random((runs, RUN_UP)) < rates[0]
    return np.hstack([before, random.random((runs, 400)) < rates[1]])


def delays_of(chart: Design, flags: Flags) -> npt.NDArray[np.float64]:
    """Answers from the change to the alarm; runs that alarmed before it do not count."""
    over = statistic(chart, flags) >= chart.limit
    clean = ~over[:, :RUN_UP].any(axis=1)
    after = over[clean][:, RUN_UP:]
    return np.where(after.any(axis=1), after.argmax(axis=1) + 1.0, np.inf)


def quiet_run(random: np.random.Generator, chart: Design, rate: float) -> float:
    """Mean answers until a chart alarms at a steady rate."""
    walk, lengths = np.zeros(QUIET_CHARTS, dtype=np.int64), np.zeros(QUIET_CHARTS, dtype=np.int64)
    going = np.arange(QUIET_CHARTS)
    while len(going):
        lengths[going] += 1
        steps = np.where(random.random(len(going)) < rate, chart.rise, -1)
        walk[going] = np.maximum(walk[going] + steps, 0)
        going = going[walk[going] < chart.limit]
    return float(lengths.mean())


def naive_run(random: np.random.Generator, rate: float) -> float:
    """The same for the rule one writes first: more than 5 % of the last hundred."""
    flags = random.random((400, LONGEST)) < rate
    sums = np.cumsum(flags, axis=1)
    alarmed = np.greater(sums[:, 100:] - sums[:, :-100], 5)
    lengths = np.where(alarmed.any(axis=1), alarmed.argmax(axis=1) + 101.0, LONGEST)
    # Runs that are cut off at the end say how long it was quiet; alarms over all that time are the rate.
    return float(lengths.sum() / max(1, alarmed.any(axis=1).sum()))


@dataclass(frozen=True, slots=True)
class Judge:
    """What a judge flags of good and bad answers."""

    sensitivity: float
    specificity: float

    def flagged(self, bad_rate: float) -> float:
        """The share it flags where so many are bad."""
        return bad_rate * self.sensitivity + (1 - bad_rate) * (1 - self.specificity)

    def verdicts(self, random: np.random.Generator, bad: Flags) -> Flags:
        """Human labels as this judge would see them."""
        chance = random.random(bad.shape)
        return np.where(bad, chance < self.sensitivity, chance < 1 - self.specificity)


def _on_labelled(random: np.random.Generator) -> list[Bar]:
    folder = recorded("halueval")
    if folder is None:
        return []
    bad = human_labels(folder / "general_first_half.jsonl")
    print(
        f"  HaluEval: {len(bad):,} answers, {bad.mean():.1%} labelled hallucinated by people; a prompt change mixes"
    )
    print("  more of these in: 3 % before, 15 % after, seen by judges that err")
    print(
        f"  {'sensitivity, specificity':<28}{'flagged':>16}{'half / nine in ten':>22}{'false alarms':>22}"
    )
    found = [_one_judge(random, bad, Judge(*judge)) for judge in JUDGES]
    print()
    return [
        Bar("HaluEval, 3 % → 15 % flagged: judged answers at p90", found[0][0], DELAY_BAR),
        # Of a hundred alarms the mean is known within 10 % (one standard deviation).
        Bar(
            "HaluEval, false alarms in 6,000 answers at 3 % flagged, within chance",
            found[0][1],
            1.3,
        ),
    ]


def _one_judge(random: np.random.Generator, bad: Flags, judge: Judge) -> tuple[float, float]:
    chart = design(judge.flagged(BEFORE), judge.flagged(AFTER), EVERY)
    mixed = _mixed(random, bad, CHANGES)
    delays = delays_of(chart, judge.verdicts(random, mixed))
    steady = _drawn(random, bad, (600_000,), BEFORE)
    false_alarms = _alarms(chart, judge.verdicts(random, steady)) / 100
    flagged = f"{judge.flagged(BEFORE):.1%} → {judge.flagged(AFTER):.1%}"
    print(
        f"  {judge.sensitivity:.2f}, {judge.specificity:.2f}{'':<18}{flagged:>16}{_quantiles(delays):>22}"
        f"{false_alarms:>12.2f} in 6,000"
    )
    return float(np.quantile(delays, 0.9)), false_alarms


def _mixed(random: np.random.Generator, bad: Flags, runs: int) -> Flags:
    before = _drawn(random, bad, (runs, RUN_UP), BEFORE)
    return np.hstack([before, _drawn(random, bad, (runs, 400), AFTER)])


def _drawn(
    random: np.random.Generator, bad: Flags, shape: tuple[int, ...], bad_share: float
) -> Flags:
    """Rows of the data set by chance, hallucinated ones as often as asked; what they are is their human label."""
    of_bad, of_good = np.flatnonzero(bad), np.flatnonzero(~bad)
    rows = np.where(
        random.random(shape) < bad_share,
        of_bad[random.integers(0, len(of_bad), shape)],
        of_good[random.integers(0, len(of_good), shape)],
    )
    return bad[rows]


def _alarms(chart: Design, flags: Flags) -> int:
    """Alarms of one chart that begins anew after each."""
    alarms, at = 0, 0
    while at < len(flags):
        over = np.flatnonzero(statistic(chart, flags[at : at + PIECE]) >= chart.limit)
        alarms += len(over) > 0
        at += int(over[0]) + 1 if len(over) else PIECE
    return alarms


def human_labels(path: Path) -> Flags:
    """True where people found a hallucination."""
    with path.open(encoding="utf-8") as lines:
        said = [json.loads(line)["hallucination"].strip().lower() for line in lines]
    return np.array([label == "yes" for label in said])


def _quantiles(delays: npt.NDArray[np.float64]) -> str:
    half, most = np.quantile(delays, (0.5, 0.9))
    return f"{half:.0f} / {most:.0f}"
