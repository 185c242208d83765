"""What was spent, by whom, what changed, and what it will come to."""

from collections.abc import Iterator

from gemledger_collector.alerts.cause.factors import FACTORS, WORDS
from gemledger_collector.reports import figures as shown
from gemledger_collector.reports.content import Figures, Mover, Movers, Report, Standing
from gemledger_collector.reports.document import Cell, Table, Tone, number, text
from gemledger_collector.reports.sentences import standing_name

_COMPARED = ("Day", "Day before", "Change", "Week before", "Change")
_CLASSES = {
    "known_pico_usd": "known (list price, exact)",
    "estimated_pico_usd": "estimated",
    "cost_pico_usd": "all of it",
}
_COUNTS = {
    "unpriced_calls": "calls without a price, in no sum",
    "calls": "calls",
    "errors": "of these failed",
    "input_tokens": "input tokens",
    "output_tokens": "output tokens",
}


def section(report: Report) -> tuple[list[str], list[Table]]:
    """Lines and tables."""
    spend = report.spend
    tables = [_sums(spend.day, spend.before, spend.week_before)]
    tables += [_movers(each) for each in spend.movers if each.largest]
    tables += list(_what_changed(report))
    tables += list(_standing(report))
    return [], tables


def _sums(day: Figures, before: Figures | None, week: Figures | None) -> Table:
    rows = [
        [text(words), *_compared(day[key], _of(before, key), _of(week, key), money=True)]
        for key, words in _CLASSES.items()
    ]
    rows += [
        [text(words), *_compared(day[key], _of(before, key), _of(week, key), money=False)]
        for key, words in _COUNTS.items()
    ]
    upper = day["cost_upper_pico_usd"]
    note = (
        f"At most it can have been {shown.usd(upper)}: some charges are lower bounds or estimates."
        if upper > day["cost_pico_usd"]
        else ""
    )
    return Table("", ("", *_COMPARED), rows, note)


def _of(figures: Figures | None, key: str) -> int | None:
    return None if figures is None else figures[key]


def _compared(day: int, before: int | None, week: int | None, *, money: bool) -> Iterator[Cell]:
    amount = shown.usd if money else _count
    yield number(amount(day))
    yield number(amount(before))
    yield number(_change(day, before, money=money))
    yield number(amount(week))
    yield number(_change(day, week, money=money))


def _count(value: int | None) -> str:
    return shown.MISSING if value is None else shown.count(value)


def _change(day: int, before: int | None, *, money: bool) -> str:
    if before is None:
        return shown.MISSING
    percent = shown.change(day, before)
    if not money:
        return percent
    in_percent = "" if percent == shown.MISSING else f" ({percent})"
    return f"{shown.usd_change(day - before)}{in_percent}"


def _movers(movers: Movers) -> Table:
    most = max((each.pico_usd for each in movers.largest), default=0)
    rows = [_mover(each, each.name, most) for each in movers.largest]
    if movers.others is not None:
        rows.append(_mover(movers.others, f"{movers.other_count} others", 0))
    name = movers.dimension
    return Table(
        f"By {name}",
        (name.capitalize(), "Calls", *_COMPARED),
        rows,
        "Those that moved most against the day before, the dearest first.",
    )


def _mover(each: Mover, name: str | None, most: int) -> list[Cell]:
    share = each.pico_usd / most if most > 0 else None
    first = Cell(name or "(none)", share=share)
    compared = _compared(each.pico_usd, each.before_pico_usd, each.week_before_pico_usd, money=True)
    return [first, number(shown.count(each.calls)), *compared]


def _what_changed(report: Report) -> Iterator[Table]:
    """The excess over the day before, split exactly: the rows add up, and so do the columns."""
    changed = report.spend.changed
    if changed is None or not changed.payers.largest:
        return
    rows = [
        [
            text(" / ".join(part or "(none)" for part in payer.key)),
            number(shown.usd_change(payer.excess_pico_usd)),
            *(number(shown.usd_change(payer.parts.get(factor, 0))) for factor in FACTORS),
        ]
        for payer in changed.payers.largest
    ]
    if changed.payers.others:
        rows.append(
            [
                text(f"{changed.payers.others} others"),
                number(shown.usd_change(changed.payers.others_excess_pico_usd)),
                *(number(shown.MISSING) for _ in FACTORS),
            ]
        )
    rows.append(
        [
            text("all of it"),
            number(shown.usd_change(changed.excess_pico_usd)),
            *(number(shown.usd_change(changed.parts[factor])) for factor in FACTORS),
        ]
    )
    yield Table(
        "What changed since the day before",
        ("Team / feature / model", "Change", *(WORDS[factor].capitalize() for factor in FACTORS)),
        rows,
        "The change of each payer, split among what made it; the parts of a row add up to its change.",
    )


def _standing(report: Report) -> Iterator[Table]:
    rows = [_stands(report.month, f"{report.about.day:%B %Y}, everything")]
    rows += [_stands(each, standing_name(each)) for each in report.budgets]
    yield Table(
        "Month and budgets",
        (
            "Budget",
            "Period",
            "Spent",
            "Limit",
            "Used",
            "Likely at its end",
            "Four of five cases",
            "Over",
        ),
        rows,
        "As it was known at the end of the day. A rolling budget has no end to foresee.",
    )


def _stands(each: Standing, name: str) -> list[Cell]:
    limit = each.limit_pico_usd
    used = shown.MISSING if limit is None else shown.share(each.spent_pico_usd, limit)
    share = None if limit is None else each.spent_pico_usd / limit
    return [
        text(name),
        text(each.period),
        number(shown.usd(each.spent_pico_usd)),
        number(shown.usd(limit)),
        number(used, _used_tone(share), share),
        *_foreseen(each),
    ]


def _used_tone(share: float | None) -> Tone:
    return "bad" if share is not None and share >= 1 else ""


def _foreseen(each: Standing) -> Iterator[Cell]:
    if each.outlook is None:
        yield from (number(shown.MISSING) for _ in range(3))
        return
    end, limit = each.outlook.end, each.limit_pico_usd
    yield number(shown.usd(end.likely_pico_usd))
    yield number(f"{shown.usd(end.low_pico_usd)} to {shown.usd(end.high_pico_usd)}")
    over = None if limit is None else each.outlook.probability_over(limit)
    yield number(
        shown.MISSING if over is None else f"{over:.0%}", "bad" if (over or 0) >= 0.8 else ""
    )
