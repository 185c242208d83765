"""What a rule would have seen and when it would have fired, over the last hours: nothing is kept, nobody is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from gemledger_collector.alerts.measures import apart
from gemledger_collector.alerts.measures.definitions import Apart, definition_of
from gemledger_collector.alerts.measures.frames import Group
from gemledger_collector.alerts.measures.measure import Measured, asked_by, measure
from gemledger_collector.alerts.measures.sources import Grouping, SlotSource
from gemledger_collector.alerts.measures.spans_source import SpansSource
from gemledger_collector.alerts.measures.verdicts import breaches
from gemledger_collector.alerts.measures.windows import Windows, grain_of
from gemledger_collector.alerts_config import RuleConfig
from gemledger_collector.alerts_config.rules import FINE
from gemledger_collector.processors.batches import Mask
from gemledger_collector.storage.transaction import Snapshot

MOST_POINTS = 360
_NANO = 10**9


@dataclass(frozen=True, slots=True)
class Fired:
    """It would have fired then, and been over then (None: it still lasts); times in unix seconds."""

    at: int
    until: int | None
    value: int


@dataclass(frozen=True, slots=True)
class Series:
    """One group: at each end of a window its value (None: none, or of too few calls), and when it would have fired."""

    group: Group
    values: Sequence[int | None]
    fired: Sequence[Fired]


@dataclass(frozen=True, slots=True)
class Preview:
    """Ends of windows in unix seconds, and every group."""

    ends: Sequence[int]
    step_seconds: int
    groups: Sequence[Series]


def can_be_previewed(rule: RuleConfig) -> bool:
    """Whether its past is kept: what is left of a limit, and silence, are known of now alone."""
    return definition_of(rule) not in {Apart("headroom"), Apart("silence")}


def preview(rule: RuleConfig, snapshot: Snapshot, now: int, hours: int) -> Preview:
    """A rule over the last hours, at no more than 360 moments."""
    windows, step = _windows(rule, now, hours)
    grouping = Grouping(asked_by(rule))
    if not rule.group_by:
        grouping.groups.number(())
    measured = _measured(rule, snapshot, windows, grouping)
    spoken = measured.has_value & (measured.calls >= rule.fewest_calls) & measured.present
    breached = np.zeros(spoken.shape, dtype=bool)
    breached[spoken] = breaches(rule, measured.values[spoken])
    return Preview(
        windows.ends,
        step,
        [
            _series(rule, measured, index, (spoken[:, index], breached[:, index]))
            for index in range(len(measured.groups))
        ],
    )


def _windows(rule: RuleConfig, now: int, hours: int) -> tuple[Windows, int]:
    grain = int(grain_of(rule).total_seconds())
    step = grain * max(1, -(-hours * 3600 // grain // MOST_POINTS))
    last = now // _NANO // grain * grain
    ends = tuple(range(last - hours * 3600 // step * step, last + 1, step))
    return Windows(int(rule.window.total_seconds()), ends, ends[-1]), step


def _measured(
    rule: RuleConfig, snapshot: Snapshot, windows: Windows, grouping: Grouping
) -> Measured:
    if definition_of(rule) == Apart("judged"):
        return apart.judged(rule, snapshot, windows, grouping)
    if rule.window <= FINE:
        return measure(rule, SpansSource(snapshot, grouping), windows, grouping.groups)
    return measure(rule, SlotSource(snapshot, lambda _: grouping), windows, grouping.groups)


def _series(rule: RuleConfig, measured: Measured, index: int, flags: tuple[Mask, Mask]) -> Series:
    spoken, breached = flags
    values = [
        int(value) if known else None
        for value, known in zip(measured.values[:, index], spoken.tolist(), strict=True)
    ]
    return Series(
        measured.groups[index],
        values,
        _fired(rule, measured.windows.ends, values, breached.tolist()),
    )


def _fired(
    rule: RuleConfig, ends: Sequence[int], values: Sequence[int | None], breached: Sequence[bool]
) -> list[Fired]:
    """Runs of breaches that last for the hold; what comes back before it is resolved goes on."""
    hold = int(rule.hold.total_seconds())
    keep = int(rule.keep_firing_for.total_seconds())
    found: list[Fired] = []
    pick = max if rule.is_above else min
    for is_breach, run in groupby(range(len(ends)), key=breached.__getitem__):
        places = list(run)
        at, last = ends[places[0]] + hold, ends[places[-1]]
        if not is_breach or at > last:
            continue
        worst = pick(value for place in places if (value := values[place]) is not None)
        until = None if places[-1] == len(ends) - 1 else ends[places[-1] + 1] + keep
        before = found[-1] if found else None
        if before is not None and before.until is not None and ends[places[0]] <= before.until:
            found[-1] = Fired(before.at, until, pick(worst, before.value))
        else:
            found.append(Fired(at, until, worst))
    return found
