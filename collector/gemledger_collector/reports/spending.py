"""What the day cost, by whom, and what changed: out of the ledger, exact."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from gemledger_collector.alerts.alert import Window
from gemledger_collector.alerts.cause import Explanation
from gemledger_collector.alerts.cause.compared import Comparison
from gemledger_collector.alerts.cause.explanation import explain_cells
from gemledger_collector.reports.content import Amount, Figures, Mover, Movers, Spend
from gemledger_collector.reports.days import ReportDay
from gemledger_collector.storage import alert_history
from gemledger_collector.storage.buckets import Width, buckets, label
from gemledger_collector.storage.spend import SpendAnswer, SpendQuestion, spend
from gemledger_collector.storage.spend_cells import Slots, spend_cells
from gemledger_collector.storage.transaction import Snapshot

MOST = 6
"""Lines of a table of movers."""
BY = ("feature", "model", "team")
_COST = "cost_pico_usd"
_SECOND = 10**9


def spending(snapshot: Snapshot, about: ReportDay) -> Spend:
    """The day's spend beside that of the day before and of a week before."""
    first = alert_history.first_slot(snapshot)
    windows = [about.window, about.before, about.week_before]
    known = [about.window, *(each for each in windows[1:] if _reaches(first, each))]
    hours = _asked(snapshot, about.window, about.timezone, "hour")
    totals = {each: _asked(snapshot, each, about.timezone).totals for each in known}
    by_purpose = _by(snapshot, about.window, "purpose")
    return Spend(
        day=totals[about.window],
        before=totals.get(about.before),
        week_before=totals.get(about.week_before),
        hours=_hours(hours, about),
        movers=[_movers(snapshot, name, windows, known) for name in BY],
        changed=_changed(snapshot, about) if about.before in totals else None,
        judge_pico_usd=by_purpose.get("judge", {}).get(_COST, 0),
    )


def amount(figures: Figures) -> Amount:
    """Of what the ledger says; of nothing it says nothing was spent."""
    return Amount(figures.get(_COST, 0), figures.get("unpriced_calls", 0))


def _reaches(first_slot: int | None, window: Window) -> bool:
    return first_slot is not None and first_slot * _SECOND < window.end_unix_nano


def _asked(
    snapshot: Snapshot, window: Window, timezone: str, width: Width = "total"
) -> SpendAnswer:
    question = SpendQuestion(window.start_unix_nano, window.end_unix_nano, timezone, width)
    return spend(snapshot, question)


def _by(snapshot: Snapshot, window: Window, dimension: str) -> Mapping[str | None, Figures]:
    question = SpendQuestion(window.start_unix_nano, window.end_unix_nano, by=(dimension,))
    return {row.keys[dimension]: row.figures for row in spend(snapshot, question).rows}


def _hours(answer: SpendAnswer, about: ReportDay) -> list[Amount]:
    """One for each hour of the day, so that their place in the picture is right where some have no spend."""
    found = {row.bucket_start: amount(row.figures) for row in answer.rows}
    every = buckets(answer.range, "hour", about.timezone)
    return [found.get(label(hour.start, about.timezone), Amount(0)) for hour in every]


def _movers(
    snapshot: Snapshot, dimension: str, windows: list[Window], known: list[Window]
) -> Movers:
    found = [_by(snapshot, each, dimension) if each in known else None for each in windows]
    names = {name for each in found if each is not None for name in each}
    movers = [_mover(name, found) for name in names]
    movers.sort(key=lambda each: (-abs(each.change_pico_usd), -each.day.pico_usd, each.name or ""))
    rest = movers[MOST:]
    largest = sorted(movers[:MOST], key=lambda each: (-each.day.pico_usd, each.name or ""))
    return Movers(dimension, largest, _together(rest), len(rest))


def _mover(name: str | None, found: list[Mapping[str | None, Figures] | None]) -> Mover:
    day, before, week = (None if each is None else each.get(name, {}) for each in found)
    return Mover(
        name,
        (day or {}).get("calls", 0),
        amount(day or {}),
        None if before is None else amount(before),
        None if week is None else amount(week),
    )


def _together(movers: list[Mover]) -> Mover | None:
    if not movers:
        return None
    return Mover(
        None,
        sum(each.calls for each in movers),
        Amount(
            sum(each.day.pico_usd for each in movers),
            sum(each.day.unpriced_calls for each in movers),
        ),
        _sum(each.before for each in movers),
        _sum(each.week_before for each in movers),
    )


def _sum(amounts: Iterable[Amount | None]) -> Amount | None:
    """All of them; None where one is."""
    known = list(amounts)
    every = [each for each in known if each is not None]
    if len(every) < len(known):
        return None
    return Amount(sum(each.pico_usd for each in every), sum(each.unpriced_calls for each in every))


def _changed(snapshot: Snapshot, about: ReportDay) -> Explanation:
    """Day against day as they were: one of 25 hours is allowed to be dearer for its length."""
    slots = Slots(
        about.before.start_unix_nano // _SECOND,
        about.window.start_unix_nano // _SECOND,
        about.window.end_unix_nano // _SECOND,
        same_hours=False,
    )
    return explain_cells(spend_cells(snapshot, {}, slots), Comparison(slots, Fraction(1)))
