"""Who is behind a breach: the team, feature and model that spend most above their own usual; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from gemledger_collector.alerts.alert import Window
from gemledger_collector.alerts.quantities import usd
from gemledger_collector.alerts.slots import SLOT_SECONDS, slot_of
from gemledger_collector.storage.alert_history import Contributor

BASELINE_WINDOWS = 7
SHORTEST_BASELINE_SECONDS = 86400
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Comparison:
    """A window and the stretch before it that shows what is usual: slots in unix seconds."""

    baseline_slot: int
    since_slot: int
    until_slot: int

    def usual(self, contributor: Contributor) -> int:
        """What the contributor would have spent in the window at the baseline's pace."""
        length = self.since_slot - self.baseline_slot
        if length <= 0:
            return 0
        return contributor.baseline_pico_usd * (self.until_slot - self.since_slot) // length

    def excess(self, contributor: Contributor) -> int:
        """By how much the contributor exceeds its usual."""
        return contributor.cost_pico_usd - self.usual(contributor)


def comparison(window: Window, now: int, first_slot: int | None) -> Comparison:
    """The window as far as it has come, beside seven of its length before it, a day at least."""
    since = slot_of(window.start_unix_nano)
    until = min(window.end_unix_nano // 10**9, slot_of(now) + SLOT_SECONDS)
    baseline = since - max(BASELINE_WINDOWS * window.seconds, SHORTEST_BASELINE_SECONDS)
    if first_slot is not None:
        baseline = min(since, max(baseline, first_slot))
    return Comparison(baseline, since, until)


def cause(contributors: Sequence[Contributor], compared: Comparison) -> str:
    """The largest contributor in one phrase; empty when nobody spent anything."""
    spenders = [each for each in contributors if each.cost_pico_usd > 0]
    if not spenders:
        return ""
    largest = max(spenders, key=compared.excess)
    total = sum(each.cost_pico_usd for each in spenders)
    return (
        f"largest contributor when it fired: {_name(largest)} with {usd(largest.cost_pico_usd)} of {usd(total)}, "
        f"its usual is {usd(compared.usual(largest))}"
    )


def _name(contributor: Contributor) -> str:
    parts = (contributor.team, contributor.feature, contributor.model)
    return " / ".join(_plain(part) if part else "(none)" for part in parts)


def _plain(text: str) -> str:
    # The name comes from a span, so from anybody: no line breaks or control characters reach a log or a pager.
    return "".join(char if char.isprintable() else " " for char in text)[:LONGEST_NAME]
