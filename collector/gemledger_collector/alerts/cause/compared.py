"""Which quarter-hours an alert is about, and which show what is usual; pure."""

from dataclasses import dataclass
from fractions import Fraction

from gemledger_collector.alerts.alert import Window
from gemledger_collector.alerts.slots import slot_of
from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.spend_cells import Slots

DAYS = 7
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Comparison:
    """A window beside its baseline: what the baseline has, times ``scale``, is usual for the window."""

    slots: Slots
    scale: Fraction

    @property
    def words(self) -> str:
        """What the baseline is."""
        if not self.scale:
            return "nothing: the ledger does not reach further back"
        if self.slots.same_hours:
            return f"the same hours of the {DAYS} days before"
        return "the time before"

    def usual(self, baseline_pico_usd: int) -> int:
        """What the window would have cost at the baseline's pace, cut to a whole pico."""
        return int(baseline_pico_usd * self.scale.numerator // self.scale.denominator)


def comparison(window: Window, now: int, first_slot: int | None) -> Comparison:
    """The window as far as it has come, and what it is compared with.

    A window shorter than a day is compared with the same hours of the seven days before, once the ledger has these:
    people and cron jobs keep hours, and the mean of day and night would call every morning a growth of volume. Until
    then, and for longer windows, it is compared with all of the time before: seven windows, a day at least.
    """
    since = slot_of(window.start_unix_nano)
    until = max(slot_of(min(window.end_unix_nano - 1, now)) + SLOT_SECONDS, since + SLOT_SECONDS)
    length = until - since
    elapsed = max(1, min(until, -(-min(now, window.end_unix_nano) // 10**9)) - since)
    week_before = since - DAYS * _DAY_SECONDS
    if length < _DAY_SECONDS and first_slot is not None and first_slot <= week_before:
        slots = Slots(week_before, since, until, same_hours=True)
        return Comparison(slots, Fraction(elapsed, DAYS * length))
    baseline = since - max(DAYS * window.seconds, _DAY_SECONDS)
    if first_slot is not None:
        baseline = min(since, max(baseline, first_slot))
    slots = Slots(baseline, since, until, same_hours=False)
    return Comparison(
        slots, Fraction(elapsed, since - baseline) if since > baseline else Fraction(0)
    )
