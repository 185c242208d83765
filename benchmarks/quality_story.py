"""The two-hour story in virtual time: a prompt change makes answers worse; when does the chart of its version alarm?

What draws the sample, what learns the usual rate and what alarms are the collector's own functions; only the traffic is
made up. Answers are drawn slot by slot, as the collector does it, so that none is known before its slot is over.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from alert_bars import Bar
from quality_detection import Judge

from gemledger_collector.alerts.quality.baseline import FEWEST_LEARNED, Before, chart
from gemledger_collector.alerts_config import QualityConfig
from gemledger_collector.estimation.cusum import NoChart, statistic
from gemledger_collector.judge.sampling import slots
from gemledger_collector.judge_config.floors import FloorConfig

RUNS = 300
STORY_SECONDS = 2 * 3600
HISTORY_SECONDS = 7 * 24 * 3600
LAG_SECONDS = 90.0
"""From the end of a slot, or from an answer that is drawn at once, to its verdict and the next look of the alerts:
half a minute in which late spans may come, a round of judging, a look."""
FIXED = 0.01
BEFORE, AFTER = 0.03, 0.15
CAUGHT_BAR_PERCENT = 90.0
RATES_PER_SECOND = (1.0, 0.1)
NANO = 10**9

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sampled:
    """What was drawn of the two hours after the change: when each was asked, and when its verdict is there."""

    asked_at: Floats
    known_at: Floats


Draw = Callable[[Floats, Floats], Sampled]


def on_story() -> Sequence[Bar]:
    """Share of runs that are caught within two hours, with the adaptive floor and with a fixed 1 in 100."""
    judges = {
        "perfect judge": Judge(1, 1),
        "0.9 / 0.95": Judge(0.9, 0.95),
    }
    print(
        f"  {RUNS} runs; 3 % → 15 % bad at the change; minutes are those of runs that were caught"
    )
    print(f"  {'':<58}{'judged in 2 h':>14}{'caught':>9}{'half / nine in ten':>20}")
    bars: list[Bar] = []
    for per_second in RATES_PER_SECOND:
        for name, judge in judges.items():
            title = f"{per_second:g} requests a second, {name}"
            minutes = _line(f"{title}, adaptive", adaptive, per_second, judge)
            _line(f"{title}, fixed 1/100", fixed, per_second, judge)
            bars.append(
                Bar(f"{title}: caught within 2 h, %", _caught(minutes), CAUGHT_BAR_PERCENT, True)
            )
    print()
    return bars


def _line(name: str, draw: Draw, per_second: float, judge: Judge) -> Floats:
    random = np.random.default_rng(19)
    runs = [_run(random, draw, per_second, judge) for _ in range(RUNS)]
    minutes = np.array([each for each, _ in runs])
    judged = float(np.mean([count for _, count in runs]))
    caught = minutes[np.isfinite(minutes)]
    spread = (
        "  ".join(f"{np.quantile(caught, share):.0f}" for share in (0.5, 0.9))
        if len(caught)
        else "never"
    )
    print(f"  {name:<58}{judged:>14.0f}{_caught(minutes):>7.0f} %{spread.replace('  ', ' / '):>20}")
    return minutes


def _caught(minutes: Floats) -> float:
    return 100 * float((minutes <= STORY_SECONDS / 60).mean())


def _run(
    random: np.random.Generator, draw: Draw, per_second: float, judge: Judge
) -> tuple[float, int]:
    """Minutes from the change to the alarm (infinite: not within two hours), and how many were judged."""
    asked = np.sort(random.uniform(0, STORY_SECONDS, random.poisson(per_second * STORY_SECONDS)))
    sampled = draw(asked, random.random(len(asked)))
    flagged = judge.verdicts(random, random.random(len(sampled.asked_at)) < AFTER)
    learned = _usual_judged(draw, per_second)
    bad = int(random.binomial(learned, judge.flagged(BEFORE)))
    if learned < FEWEST_LEARNED:
        return np.inf, len(flagged)
    try:
        follows = chart(
            QualityConfig(name="accuracy", dimension="accuracy"), Before(bad, learned), None
        )
    except NoChart:
        return np.inf, len(flagged)
    over = np.flatnonzero(statistic(follows, flagged) >= follows.limit)
    if len(over) == 0:
        return np.inf, len(flagged)
    return (float(sampled.known_at[over[0]]) + LAG_SECONDS) / 60, len(flagged)


def adaptive(asked: Floats, positions: Floats) -> Sampled:
    """The floor of the configuration's default, in its burst: the prompt version is new."""
    return _floor(asked, positions, burst=True)


def _floor(asked: Floats, positions: Floats, *, burst: bool) -> Sampled:
    floor = FloorConfig()
    slot = int(floor.slot.total_seconds())
    per_hour = floor.per_hour * (floor.burst if burst else 1)
    drawn = np.zeros(len(asked), dtype=bool)
    for begin in range(0, STORY_SECONDS, slot):
        inside = (asked >= begin) & (asked < begin + slot)
        wanted = slots.quota(per_hour, begin * NANO, slot * NANO)
        limit = slots.threshold(sorted(positions[inside]), wanted)
        drawn |= inside & (positions < max(FIXED, limit))
    ends = (asked[drawn] // slot + 1) * slot
    return Sampled(asked[drawn], ends)


def fixed(asked: Floats, positions: Floats) -> Sampled:
    """1 in 100, drawn as soon as it is there."""
    drawn = positions < FIXED
    return Sampled(asked[drawn], asked[drawn])


def _usual_judged(draw: Draw, per_second: float) -> int:
    """About how many of the version before were judged in a week, outside any burst."""
    by_rate = per_second * HISTORY_SECONDS * FIXED
    if draw is fixed:
        return round(by_rate)
    floor = FloorConfig().per_hour * HISTORY_SECONDS / 3600
    return round(max(by_rate, min(floor, per_second * HISTORY_SECONDS)))
