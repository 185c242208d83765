"""What a report says, before it has a form: figures and names, never a prompt or an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gemledger_collector.alerts.alert import Window
from gemledger_collector.alerts.cause import Explanation
from gemledger_collector.alerts.forecast.dated_prices import PriceChange
from gemledger_collector.alerts.forecast.outlook import Outlook
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.reports.days import ReportDay

Figures = Mapping[str, int]
"""As ``storage.spend`` sums them: counts, and picoUSD."""


@dataclass(frozen=True, slots=True)
class Amount:
    """What calls cost in picoUSD, and how many calls without a price are not in it."""

    pico_usd: int
    unpriced_calls: int = 0

    @property
    def is_unknown(self) -> bool:
        """Whether there is no price of anything: then $0 would be a lie."""
        return not self.pico_usd and self.unpriced_calls > 0


@dataclass(frozen=True, slots=True)
class Mover:
    """One model, feature or team; None where the ledger does not reach back."""

    name: str | None
    calls: int
    day: Amount
    before: Amount | None
    week_before: Amount | None

    @property
    def change_pico_usd(self) -> int:
        """Against the day before."""
        return self.day.pico_usd - (0 if self.before is None else self.before.pico_usd)


@dataclass(frozen=True, slots=True)
class Movers:
    """The few that moved most, the dearest first, and all others together: they sum to the day."""

    dimension: str
    largest: Sequence[Mover]
    others: Mover | None
    other_count: int


@dataclass(frozen=True, slots=True)
class Spend:
    """What the day cost; days before the ledger begins are None."""

    day: Figures
    before: Figures | None
    week_before: Figures | None
    hours: Sequence[Amount]
    """Of each hour of the day, 23 to 25 of them."""
    movers: Sequence[Movers]
    changed: Explanation | None
    """Against the day before."""
    judge_pico_usd: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget's group, or the whole month where ``limit_pico_usd`` is None; as far as the day has come."""

    name: str
    labels: Mapping[str, str]
    period: str
    limit_pico_usd: int | None
    spent_pico_usd: int
    outlook: Outlook | None
    window: Window
    """The period itself; of a rolling budget the time that counts."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Judgements of one dimension in one day; rates are of all its answers, not only of the sample."""

    judged: int
    bad: int
    cannot_tell: int
    errors: int
    rate: Estimate | None
    """What the judge flags, or what fails a check."""
    corrected: Estimate | None = None
    """What is truly bad, where people's labels tell how the judge errs."""


NOTHING_JUDGED = Verdicts(0, 0, 0, 0, None)


@dataclass(frozen=True, slots=True)
class Quality:
    """One dimension; ``word`` is what a bad one is called: judge-flagged, unless people's labels bear the judge out.

    ``checked`` are deterministic checks, whose bad ones failed.
    """

    dimension: str
    word: str
    day: Verdicts
    before: Verdicts | None
    checked: bool = False

    @property
    def told(self) -> tuple[Estimate | None, Estimate | None]:
        """The rate to read first, of the day and of the day before: both corrected, or both as the judge flags."""
        if self.day.corrected is not None:
            return self.day.corrected, self.day_before.corrected
        return self.day.rate, self.day_before.rate

    @property
    def day_before(self) -> Verdicts:
        """That of the day before, of which there may be none."""
        return self.before or NOTHING_JUDGED


@dataclass(frozen=True, slots=True)
class Judging:
    """What the judge was, cost and might have cost; ``model`` None: there is none."""

    model: str | None
    rules: int
    spent_pico_usd: int
    budget_pico_usd: int
    captured: int
    """Answers of the day whose content is in the store."""
    budget_stopped: bool


@dataclass(frozen=True, slots=True)
class AlertLine:
    """An alert of the day."""

    rule: str
    severity: str
    summary: str
    cause: str
    began_at: int
    ended_at: int | None
    began_today: bool
    ended_today: bool


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A model, or a feature's prompt version, that was not there before."""

    kind: str
    name: str
    feature: str | None
    first_at: int
    calls: int
    cost: Amount


@dataclass(frozen=True, slots=True)
class Repriced:
    """Charges that were priced again that day, and what that changed."""

    charges: int
    change_pico_usd: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different from the days before."""

    newcomers: Sequence[Newcomer]
    prices: Sequence[PriceChange]
    repriced: Repriced | None


@dataclass(frozen=True, slots=True)
class Running:
    """How calls went; times in milliseconds."""

    calls: int
    errors: int
    retries: int
    kinds: Mapping[str, int]
    quantiles: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Report:
    """One day."""

    about: ReportDay
    spend: Spend
    month: Standing
    budgets: Sequence[Standing]
    quality: Sequence[Quality]
    judging: Judging
    alerts: Sequence[AlertLine]
    changes: Changes
    running: Running
    running_before: Running | None
    external_url: str
