"""Which windows a rule looks at: those that are not over, and the running one; pure. Times are unix seconds."""

from dataclasses import dataclass
from datetime import timedelta

from gemledger_collector.alerts.alert import Watch, Window
from gemledger_collector.alerts_config import RuleConfig
from gemledger_collector.alerts_config.rules import FINE, GRAIN, SLOT
from gemledger_collector.storage.rule_windows import Parts

_NANO = 10**9


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows of one length by their ends, ascending, each a multiple of the grain.

    ``over`` is the end of the newest window that is over: of sums that must not be too small this one counts, for a
    window that runs is always too small.
    """

    seconds: int
    ends: tuple[int, ...]
    over: int

    @property
    def starts(self) -> tuple[int, ...]:
        """Where each begins."""
        return tuple(end - self.seconds for end in self.ends)

    def at(self, index: int) -> Window:
        """One of them, as evidence."""
        end = self.ends[index]
        return Window((end - self.seconds) * _NANO, end * _NANO)

    @property
    def parts(self) -> Parts:
        """Their slots, those that all have in common together."""
        since, until = self.starts[0], self.ends[-1]
        core_start, core_end = self.starts[-1], self.ends[0]
        return Parts(since, until, core_start, max(core_start, core_end))


def grain_of(rule: RuleConfig) -> timedelta:
    """How finely its window moves."""
    return GRAIN if rule.window <= FINE else SLOT


def windows_of(rule: RuleConfig, watch: Watch) -> Windows:
    """The window that was over last, those that ended since then, and the running one."""
    grain = int(grain_of(rule).total_seconds())
    over = watch.watermark // _NANO // grain * grain
    running = watch.now // _NANO // grain * grain + grain
    return Windows(
        int(rule.window.total_seconds()), tuple(range(over, running + grain, grain)), over
    )
