"""Whether a service that used to report has gone quiet, or tells no tokens any more. Pure: the time is an argument.

Quiet is who has been silent for longer than an hour and three times the gap that is usual for it (the 99th percentile
of the week before its last call), unless it was as silent at the same time a week ago: nights and weekends are no news.
"""

from dataclasses import dataclass

import numpy as np

from gemledger_collector.processors.batches import Integers
from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.service_activity import Activity

HOUR, DAY, WEEK = 3600, 86_400, 7 * 86_400
SHORTEST_SILENCE = HOUR
USUAL_GAPS = 3
LONGEST_PAUSE_IN_USE = 6 * HOUR
"""Longer gaps are nights and weekends, where there are shorter ones beside them."""
FEWEST_SLOTS = 4
"""Quarters of an hour with calls in its last week, below which no habit is known."""
FEWEST_REQUESTS = 20
"""Answered requests in a row without any token, before the sender is suspected."""


@dataclass(frozen=True, slots=True)
class Habit:
    """How a service is used to report, in unix seconds and seconds; None where too little is known.

    ``last_seen`` is exact when the caller knows better than the ledger, whose slots are 15 minutes.
    """

    last_seen: int
    usual_gap_seconds: int | None
    quiet: bool
    quiet_since: int | None
    tells_no_tokens: bool


def habit(activity: Activity, now: int, last_start: int | None = None) -> Habit:
    """What a service did until ``now``; ``last_start`` is the start of its latest call, where that is known."""
    last_slot = int(activity.slots[-1])
    last_seen = min(max(last_start or 0, last_slot), now)
    if last_start is None or last_start < last_slot:
        last_seen = min(
            last_slot + SLOT_SECONDS, now
        )  # when in its slot is not known: in doubt late
    gap = _usual_gap(activity.slots, last_slot)
    is_quiet = gap is not None and _quiet(activity, now, last_seen, gap)
    return Habit(last_seen, gap, is_quiet, last_seen if is_quiet else None, _no_tokens(activity))


def _usual_gap(slots: Integers, last_slot: int) -> int | None:
    week = slots[slots >= last_slot - WEEK]
    if len(week) < FEWEST_SLOTS:
        return None
    gaps = np.diff(week)
    in_use = gaps[gaps <= LONGEST_PAUSE_IN_USE]
    known_a_week = int(slots[0]) <= last_slot - WEEK
    # Without a week to compare with, a night looks like the end: then every gap counts.
    chosen = in_use if known_a_week and len(in_use) >= FEWEST_SLOTS - 1 else gaps
    return int(np.quantile(chosen, 0.99, method="inverted_cdf"))


def _quiet(activity: Activity, now: int, last_seen: int, gap: int) -> bool:
    silence = now - last_seen
    if silence <= max(SHORTEST_SILENCE, USUAL_GAPS * gap):
        return False
    if activity.first_slot > last_seen - WEEK:
        return True
    slots = activity.slots
    then = (slots > last_seen - WEEK) & (slots <= now - WEEK)
    return int(then.sum()) >= 2  # one may be the end of what it was busy with


def _no_tokens(activity: Activity) -> bool:
    """The latest answered requests told of none, and earlier ones did."""
    newest_first = np.cumsum(activity.requests[::-1])
    enough = int(np.searchsorted(newest_first, FEWEST_REQUESTS))
    if enough >= len(newest_first):
        return False
    tokens = activity.request_tokens[::-1]
    return bool(tokens[: enough + 1].sum() == 0 and tokens.sum() > 0)
