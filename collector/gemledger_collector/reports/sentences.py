"""What a manager reads: three sentences, each with its figures; and what the report cannot say. Pure."""

from collections.abc import Iterator

from gemledger_collector.alerts.cause.factors import WORDS
from gemledger_collector.alerts.periods import moment
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.judge_config.words import FLAGGED
from gemledger_collector.reports import figures as shown
from gemledger_collector.reports.content import Amount, Quality, Report, Standing
from gemledger_collector.reports.spending import amount

NONE = "(none)"


def sentences(report: Report) -> list[str]:
    """Money; what it comes to and what happened; how good the answers were."""
    return [_money(report), f"{_ahead(report)} {_happened(report)}", _quality(report)]


def _money(report: Report) -> str:
    day, spend = report.spend.day, report.spend
    cost, calls = day["cost_pico_usd"], day["calls"]
    if not calls and not cost:
        return f"Nothing was spent: no call was made on {shown.day_name(report.about.day)}."
    spent = amount(day)
    if spent.is_unknown:
        return f"What {shown.plural(calls, 'call')} cost is not known: none has a price."
    told = f"{shown.usd(cost)} was spent on {shown.plural(calls, 'call')}"
    if spend.before is None:
        return f"{told}; there is no day before to compare it with.{_cause(report)}"
    return f"{told}, {_compared(report)}.{_cause(report)}"


def _compared(report: Report) -> str:
    spend = report.spend
    days = {"the day before": spend.before, f"the {report.about.day:%A} before": spend.week_before}
    return " and ".join(
        _than(amount(spend.day), amount(before), name)
        for name, before in days.items()
        if before is not None
    )


def _than(day: Amount, other: Amount, name: str) -> str:
    if other.is_unknown:
        return f"while {name} has no known cost"
    now, before = day.pico_usd, other.pico_usd
    difference = now - before
    if difference == 0:
        return f"as much as {name}"
    more = "more than" if difference > 0 else "less than"
    percent = shown.change(now, before).lstrip(f"+{shown.MINUS}")
    in_percent = f" ({percent})" if before > 0 else ""
    return f"{shown.usd(abs(difference))}{in_percent} {more} {name}"


def _cause(report: Report) -> str:
    """Who moved most, and by which factor; silent where hardly anything moved."""
    changed = report.spend.changed
    if changed is None or not changed.payers.largest or changed.excess_pico_usd == 0:
        return ""
    most = max(changed.payers.largest, key=lambda each: abs(each.excess_pico_usd))
    if most.excess_pico_usd == 0:
        return ""
    factor = max(most.parts, key=lambda each: abs(most.parts[each]), default=None)
    why = f", mostly {WORDS[factor]}" if factor and most.usual_pico_usd else ""
    name = " / ".join(part or NONE for part in most.key)
    return f" What moved most is {name} with {shown.usd_change(most.excess_pico_usd)}{why}."


def _ahead(report: Report) -> str:
    month, name = report.month, f"{report.about.day:%B}"
    if month.outlook is None:
        return f"{name} has cost {shown.usd(month.spent_pico_usd)} so far; it is too early to foresee its end."
    end = month.outlook.end
    low, high = shown.usd(end.low_pico_usd), shown.usd(end.high_pico_usd)
    told = f"{name} has cost {shown.usd(month.spent_pico_usd)} so far and will probably end at "
    told += f"{shown.usd(end.likely_pico_usd)} ({low} to {high} in four of five cases)"
    tight = _tightest(report)
    return f"{told}{tight}."


def _tightest(report: Report) -> str:
    if not report.budgets:
        return ""
    first = report.budgets[0]
    used = shown.share(first.spent_pico_usd, first.limit_pico_usd or 0)
    return f"; of the budget {standing_name(first)} {used} is used"


def _happened(report: Report) -> str:
    began = sum(each.began_today for each in report.alerts)
    still = sum(not each.ended_today for each in report.alerts)
    told = [
        "no alert fired" if not report.alerts else f"{shown.plural(began, 'alert')} began",
        *([f"{still} still fired at the end of the day"] if still else []),
    ]
    new = report.changes.newcomers
    if new:
        kinds = [each.kind for each in new]
        told += [
            shown.plural(kinds.count(kind), f"new {kind}")
            for kind in ("model", "prompt version")
            if kind in kinds
        ]
    running = report.running
    if running.calls:
        told.append(f"{shown.share(running.errors, running.calls)} of calls failed")
    line = ", ".join(told)
    return f"{line[0].upper()}{line[1:]}."


def _quality(report: Report) -> str:
    found, judged = worst_of(report), judged_dimensions(report)
    if found is None:
        return f"How good the answers were is not known: {why_not_judged(report)}."
    worst, _ = found
    count = sum(each.day.judged for each in judged)
    others = f" in {len(judged)} dimensions" if len(judged) > 1 else ""
    return f"Of {shown.plural(count, 'judgement')}{others} the worst is {_of(worst)}."


def _called(each: Quality) -> str:
    """By which word, unless that is the name of the dimension itself."""
    if each.word == each.dimension:
        return ""
    return f" {each.word}" if each.word == FLAGGED else f' "{each.word}"'


def judged_dimensions(report: Report) -> list[Quality]:
    """Those of which a judge could say something that day; checks are no judgements."""
    return [each for each in report.quality if each.told[0] is not None and not each.checked]


def worst_of(report: Report) -> tuple[Quality, Estimate] | None:
    """The judged dimension with the highest rate, and that rate."""
    rated = [(each, each.told[0]) for each in judged_dimensions(report)]
    known = [(each, rate) for each, rate in rated if rate is not None]
    return max(known, key=lambda each: each[1].value, default=None)


def _of(each: Quality) -> str:
    day, before = each.told
    corrected = ", corrected for the judge's errors" if each.day.corrected is not None else ""
    told = f"{each.dimension}: {shown.rate(day)}{_called(each)}{corrected}"
    return told if before is None else f"{told}, against {shown.rate(before)} the day before"


def why_not_judged(report: Report) -> str:
    """Why there is no judgement of the day."""
    judging = report.judging
    if judging.model is None:
        return "no judge is configured"
    if not judging.rules:
        return "the judge has no rule"
    if not judging.captured:
        return "no answer of that day is in the store"
    if judging.budget_stopped:
        return "the judge's budget was used up"
    return "none of the day's answers has been judged"


def standing_name(standing: Standing) -> str:
    """A budget, and of which group."""
    of_whom = ", ".join(standing.labels.values())
    return f"{standing.name} ({of_whom})" if of_whom else standing.name


def missing(report: Report) -> list[str]:
    """What a reader could believe to be there and is not."""
    return list(_missing(report))


def _missing(report: Report) -> Iterator[str]:
    about, day = report.about, report.spend.day
    if not about.is_over:
        at = shown.clock(moment(about.now, about.zone))
        yield f"The day is not over: this is what was known at {at}."
    unpriced = day["unpriced_calls"]
    if unpriced:
        yield (
            f"{shown.plural(unpriced, 'call')} had no price and {'is' if unpriced == 1 else 'are'} in no sum: "
            "unpriced is not free (gemledger price says how to add one)."
        )
    if day["calls"] and worst_of(report) is None:
        yield f"Quality: {why_not_judged(report)}."
    if report.spend.before is None and day["calls"]:
        yield "The ledger begins with this day, so nothing can be compared."
    if report.month.outlook is None:
        yield "No forecast: it needs three whole days of spend."
    if not report.budgets:
        yield "No budget is configured, so none can be exceeded."
    owned = day["unowned_pico_usd"]
    if owned:
        part = shown.share(owned, day["cost_pico_usd"])
        yield f"{shown.usd(owned)} ({part}) has no team: nobody owns it."
