"""How things stand at a moment, out of one snapshot of the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gemledger.pricing import Book
from gemledger_collector.alerts.alert import Window
from gemledger_collector.alerts.cause.compared import Comparison
from gemledger_collector.alerts.cause.movers import Moved, movers
from gemledger_collector.alerts.forecast.foreseen import Seer
from gemledger_collector.alerts_config import Filter
from gemledger_collector.config import Config
from gemledger_collector.overview.moment import Compared, Moment, reaches
from gemledger_collector.reports.content import Quality, Standing
from gemledger_collector.reports.outlook import standings, whole_month
from gemledger_collector.reports.quality import judged
from gemledger_collector.storage import alert_history
from gemledger_collector.storage.changes import Asked, Change, changes
from gemledger_collector.storage.spend import SpendQuestion, spend
from gemledger_collector.storage.spend_cells import Slots, spend_cells
from gemledger_collector.storage.transaction import Snapshot

MOST_MOVERS = 3
MOST_BUDGETS = 20
MOST_CHANGES = 20
QUALITY_DAYS = 7
_SECOND = 10**9

Only = Mapping[str, Sequence[str]]
"""Values of dimensions; the empty text stands for calls that have none."""


@dataclass(frozen=True, slots=True)
class Overview:
    """How things stand. Figures of spend are as ``storage.spend`` sums them; None where the ledger does not reach."""

    today: Mapping[str, int]
    month: Mapping[str, int]
    same_days: Mapping[str, int] | None
    month_ahead: Standing | None
    """None where the choice of calls cannot be foreseen."""
    budgets: Sequence[Standing]
    """Those in most danger first."""
    budget_count: int
    compared: Compared | None
    moved: Moved | None
    changes: Sequence[Change]
    """Newest first, in the time that is compared; without one, in this month."""
    quality: Sequence[Quality]
    """Of the last seven days, beside the seven before."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the question is answered from besides the store."""

    config: Config
    book: Book


def overview(snapshot: Snapshot, known: Known, about: Moment, only: Only) -> Overview:
    """Everything as it was at the moment; spend, its forecast and movers of the chosen calls alone."""
    config, book = known.config, known.book
    first = alert_history.first_slot(snapshot)
    compared = next((each for each in about.comparisons() if reaches(first, each.before)), None)
    seer = Seer(snapshot, book, about.seen_at)
    budgets = sorted(standings(seer, config.alerts.budgets, only_near=True), key=_danger)
    weeks = about.days(QUALITY_DAYS), about.days(2 * QUALITY_DAYS)
    week_before = Window(weeks[1].start_unix_nano, weeks[0].start_unix_nano)
    return Overview(
        today=_totals(snapshot, about.today, only),
        month=_totals(snapshot, about.month, only),
        same_days=_totals(snapshot, about.same_days, only)
        if reaches(first, about.same_days)
        else None,
        month_ahead=_ahead(seer, about, only),
        budgets=budgets[:MOST_BUDGETS],
        budget_count=len(budgets),
        compared=compared,
        moved=None if compared is None else _moved(snapshot, compared, only),
        changes=_changes(snapshot, about, compared),
        quality=judged(snapshot, weeks[0], week_before, config.judge.rubrics_folder),
    )


def _totals(snapshot: Snapshot, window: Window, only: Only) -> Mapping[str, int]:
    question = SpendQuestion(window.start_unix_nano, window.end_unix_nano, only=only)
    return spend(snapshot, question).totals


def _danger(budget: Standing) -> tuple[float, float]:
    limit, ahead = budget.limit_pico_usd or 1, budget.outlook
    used = budget.spent_pico_usd / limit
    over = float(used >= 1) if ahead is None else ahead.probability_over(limit)
    return -over, -used


def _ahead(seer: Seer, about: Moment, only: Only) -> Standing | None:
    """The forecast of the month: of all calls, or where one value is chosen of each dimension."""
    if any(len(values) != 1 for values in only.values()):
        return None
    chosen = Filter(**{name: values[0] for name, values in only.items()})
    return whole_month(seer, about.timezone, about.month_starts_on, chosen)


def _moved(snapshot: Snapshot, compared: Compared, only: Only) -> Moved:
    window, before = compared.window, compared.before
    slots = Slots(
        before.start_unix_nano // _SECOND,
        window.start_unix_nano // _SECOND,
        window.end_unix_nano // _SECOND,
        same_hours=False,
        baseline_until=before.end_unix_nano // _SECOND,
    )
    cells = spend_cells(snapshot, only, slots)
    return movers(cells, Comparison(slots, Fraction(1)), MOST_MOVERS)


def _changes(snapshot: Snapshot, about: Moment, compared: Compared | None) -> list[Change]:
    window = about.month if compared is None else compared.window
    asked = Asked(window.start_unix_nano, about.at_unix_nano, limit=MOST_CHANGES)
    return changes(snapshot, asked)[::-1]
