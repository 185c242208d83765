"""The Overview in words and tiles. Pure; what it returns is plain text, unless it says Markdown."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.drawing.tiles import Tile
from gemledger_dashboard.frame.display import Display
from gemledger_dashboard.frame.narrowing import UNSET, shown
from gemledger_dashboard.overview.overview_answers import (
    Firing,
    Judged,
    Movement,
    Mover,
    NewUse,
    Overview,
    Standing,
)
from gemledger_dashboard.spend import certainty

TOO_EARLY = "too early: a forecast needs three whole days of spend"
_MOST_CAUSE = 100
_COMMON = "largest contributor: "
_IN_ALL = re.compile(r", [^,;]{1,40} of excess in all")
"""A second sum beside the largest contributor's: on one line it reads as a contradiction."""
_KINDS: Mapping[str, str] = {"prompt_version": "prompt", "model": "model"}


def figures(found: Overview, zone: ZoneInfo, display: Display) -> list[Tile]:
    """How much: today, this month, against the month before, at its end, and of it nobody's."""
    today, month = found.today.sums, found.month.sums
    second = _second(found, zone, display)
    return [
        Tile("Spend today", formats.usd(today.priced_pico_usd), certainty.certainty(today)),
        Tile(
            "Month to date",
            formats.usd(month.priced_pico_usd),
            certainty.certainty(month) + (f" | {second}" if second else ""),
        ),
        _change(found, zone),
        _forecast(found, zone),
        Tile(
            "Without an owner",
            formats.share(month.unowned_pico_usd, month.cost_pico_usd),
            f"{formats.usd(month.unowned_pico_usd)} of this month have no team",
            "The share of this month's cost that no team answers for.",
        ),
    ]


def _second(found: Overview, zone: ZoneInfo, display: Display) -> str | None:
    """The month in the second currency, at today's rate."""
    if display.currency is None or found.month.sums.priced_pico_usd is None:
        return None
    last = (found.month.until - timedelta(microseconds=1)).astimezone(zone).date()
    return display.currency.amount(found.month.sums.cost_pico_usd, last)


def _change(found: Overview, zone: ZoneInfo) -> Tile:
    label, month, same = "Against last month", found.month.sums, found.same_days
    meaning = (
        "This month so far, against the same days of the month before, up to the same time of day."
    )
    if same is None:
        began = "the ledger does not reach back to the same days of last month"
        return Tile(label, formats.MISSING, began, meaning)
    days = days_in_words(same.since, same.until, zone)
    now, then = month.priced_pico_usd, same.sums.priced_pico_usd
    if now is None or not then:
        words = f"nothing known was spent {days}"
        return Tile(label, formats.MISSING, words, meaning)
    unpriced = same.sums.unpriced_calls
    beside = f", {formats.count(unpriced)} unpriced" if unpriced else ""
    words = f"{signed(now - then)}; it was {formats.usd(then)} {days}{beside}"
    return Tile(label, change(now, then), words, meaning)


def _forecast(found: Overview, zone: ZoneInfo) -> Tile:
    label = f"Forecast to {last_day(found.month_end, zone)}"
    meaning = "What the month will have cost at its end: four of five futures lie in the interval."
    ahead = found.forecast
    if ahead is None:
        words = "not foreseen for several values of one filter"
        return Tile(label, formats.MISSING, words, meaning)
    if ahead.end is None:
        return Tile(label, formats.MISSING, TOO_EARLY, meaning)
    low, high = formats.usd(ahead.end.low_pico_usd), formats.usd(ahead.end.high_pico_usd)
    return Tile(label, formats.usd(ahead.end.likely_pico_usd), f"likely {low} to {high}", meaning)


def budget_name(budget: Standing) -> str:
    """A budget with whose spend counts and how long it lasts."""
    whose = ", ".join(f"{name} {value or UNSET}" for name, value in budget.labels.items())
    name = shown(budget.name)
    return f"{name} ({shown(whose)})" if whose else name


def budget_spent(budget: Standing) -> str:
    """How much of it is used."""
    limit = budget.limit_pico_usd or 0
    part = formats.share(budget.spent_pico_usd, limit)
    spent = formats.usd(budget.spent_pico_usd)
    return f"{spent} of {formats.usd(limit)} a {budget.period}, {part}"


def budget_ahead(budget: Standing, zone: ZoneInfo) -> str:
    """Where it leads, and how likely that is over the limit."""
    end, limit = budget.end, budget.limit_pico_usd or 0
    if budget.spent_pico_usd >= limit:
        return "The limit is reached."
    if end is None:
        return "No forecast: too early, or no end that is near."
    low, high = formats.usd(end.low_pico_usd), formats.usd(end.high_pico_usd)
    over = likely(end.probability_over or 0.0)
    until = formats.instant(budget.period_end, zone)
    return f"Likely {low} to {high} by {until}; over the limit: {over}"


def likely(probability: float) -> str:
    """How likely in whole percent, never sure of what is not."""
    if 0 < probability < 0.01:
        return "<1 % likely"
    if 0.99 < probability < 1:
        return ">99 % likely"
    return f"{probability * 100:.0f} % likely"


def alert(firing: Firing, now: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """The name of an alert that fires, and since when and why."""
    step = firing.threshold_percent
    name = shown(firing.rule) + ("" if step is None else f", {step} %")
    why = cut(_IN_ALL.sub("", (firing.cause or firing.summary).removeprefix(_COMMON)))
    quiet = f" Nobody is told: {', '.join(firing.muted_by)}." if firing.muted_by else ""
    stop = "" if why.endswith(("…", ".")) else "."
    return name, f"since {moment(firing.since, now, zone)}: {why}{stop}{quiet}"


def quality(judged: Judged) -> str:
    """A dimension's rate with its interval, and what it was before."""
    name = judged.dimension.replace("_", " ").capitalize()
    rate = judged.corrected or judged.rate
    if rate is None:
        return f"{name}: nothing decided in 7 days"
    interval = formats.percent_interval(rate.low, rate.high)
    word = "corrected" if judged.corrected else judged.word
    told = f"{name}: {formats.percent(rate.value)} {word} ({interval})"
    before = judged.rate_before
    if before is None or judged.corrected is not None:
        return told
    return f"{told}, before {formats.percent(before.value)}"


def movement(moved: Movement, zone: ZoneInfo) -> str:
    """What is compared, and how much it is in all."""
    before = days_in_words(moved.before_since, moved.before_until, zone)
    what = {
        "month": f"This month against the same days of last month ({before})",
        "7d": "The last 7 days against the 7 days before",
        "1d": "The last 24 hours against the 24 hours before",
    }.get(moved.compared, f"Against {before}")
    difference = moved.spent_pico_usd - moved.before_pico_usd
    return f"{what}: {signed(difference)} ({change(moved.spent_pico_usd, moved.before_pico_usd)})"


def payer(moved: Mover) -> str:
    """Team and feature."""
    return " / ".join(shown(part or "") for part in (moved.team, moved.feature))


def mover(moved: Mover) -> tuple[str, str]:
    """Who moved, by the shortest name that tells, and by how much and why."""
    name = shown(moved.feature) if moved.feature else payer(moved)
    percent = change(moved.before_pico_usd + moved.change_pico_usd, moved.before_pico_usd)
    amount = signed(moved.change_pico_usd)
    told = amount if percent == formats.MISSING else f"{amount} ({percent})"
    return name, f"{told}, {moved.cause}"


def new_use(found: NewUse, now: datetime, zone: ZoneInfo) -> str:
    """Which feature uses what it had not used, since when."""
    kind = _KINDS.get(found.kind, found.kind.replace("_", " "))
    since = moment(found.time, now, zone)
    versions = f"{shown(found.before)} → {shown(found.after)}"
    return f"{shown(found.feature or '')}: {kind} {versions} since {since}"


def change(now: int, before: int) -> str:
    """By how much of what was before: +12.3 %; the dash where there was nothing."""
    if before <= 0:
        return formats.MISSING
    tenths = ((now - before) * 2000 + before) // (2 * before)
    sign = "" if tenths == 0 else "-" if tenths < 0 else "+"
    return f"{sign}{abs(tenths) // 10:,}.{abs(tenths) % 10} %"


def signed(pico_usd: int) -> str:
    """An amount with its sign."""
    return formats.usd(pico_usd) if pico_usd <= 0 else f"+{formats.usd(pico_usd)}"


def days_in_words(since: datetime, until: datetime, zone: ZoneInfo) -> str:
    """`1 to 20 Oct`."""
    first = since.astimezone(zone)
    last = (until - timedelta(microseconds=1)).astimezone(zone)
    if first.date() == last.date():
        return f"on {last.day} {last:%b}"
    begin = f"{first.day}" if first.month == last.month else f"{first.day} {first:%b}"
    return f"{begin} to {last.day} {last:%b}"


def moment(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A moment no longer than it must be: of today only the time."""
    there = at.astimezone(zone)
    if there.date() == now.astimezone(zone).date():
        return f"{there:%H:%M}"
    return formats.instant(at, zone)


def last_day(end: datetime, zone: ZoneInfo) -> str:
    """The last day before an end: `30 Nov`."""
    last = (end - timedelta(microseconds=1)).astimezone(zone)
    return f"{last.day} {last:%b}"


def cut(text: str) -> str:
    """A text that fits; the whole of it is on the page it leads to."""
    text = text.rstrip(".")
    return text if len(text) <= _MOST_CAUSE else f"{text[:_MOST_CAUSE].rstrip()}…"
