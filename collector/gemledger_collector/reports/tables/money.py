"""What was spent, by whom, what changed, and what it will come to."""

from collections.abc import Iterator

from gemledger_collector.alerts.cause.factors import FACTORS, WORDS
from gemledger_collector.reports import figures as shown
from gemledger_collector.reports.content import Amount, Figures, Mover, Movers, Report, Standing
from gemledger_collector.reports.document import Cell, Table, Tone, number, text
from gemledger_collector.reports.sentences import standing_name
from gemledger_collector.reports.spending import amount

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
        [text(words), *_compared(*(_of(each, key) for each in (day, before, week)))]
        for key, words in _CLASSES.items()
    ]
    rows += [
        [
            text(words),
            *_counted(*(None if each is None else each[key] for each in (day, before, week))),
        ]
        for key, words in _COUNTS.items()
    ]
    upper = day["cost_upper_pico_usd"]
    note = (
        f"At most it can have been {shown.usd(upper)}: some charges are lower bounds or estimates."
        if upper > day["cost_pico_usd"]
        else ""
    )
    return Table("", ("", *_COMPARED), rows, note)


def _of(figures: Figures | None, key: str) -> Amount | None:
    """All of it is not known where there is no price of anything; the classes are what they are."""
    if figures is None:
        return None
    return amount(figures) if key == "cost_pico_usd" else Amount(figures[key])


def _compared(day: Amount | None, before: Amount | None, week: Amount | None) -> Iterator[Cell]:
    yield number(shown.cost(day))
    for other in (before, week):
        yield number(shown.cost(other))
        yield number(shown.MISSING if day is None else shown.cost_change(day, other))


def _counted(day: int | None, before: int | None, week: int | None) -> Iterator[Cell]:
    yield number(_count(day))
    for other in (before, week):
        yield number(_count(other))
        yield number(shown.MISSING if day is None else shown.change(day, other))


def _count(value: int | None) -> str:
    return shown.MISSING if value is None else shown.count(value)


def _movers(movers: Movers) -> Table:
    most = max((each.day.pico_usd for each in movers.largest), default=0)
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
    share = each.day.pico_usd / most if most > 0 else None
    first = Cell(name or "(none)", share=share)
    compared = _compared(each.day, each.before, each.week_before)
    return [first, number(_calls(each)), *compared]


def _calls(each: Mover) -> str:
    """How many; beside a sum that some of them are not in, how many those are."""
    told, unpriced = shown.count(each.calls), each.day.unpriced_calls
    return f"{told}, {shown.count(unpriced)} unpriced" if unpriced and each.day.pico_usd else told


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
        if payer.excess_pico_usd or any(payer.parts.values())
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
    yield number(shown.probability(over), "bad" if (over or 0) >= 0.8 else "")
