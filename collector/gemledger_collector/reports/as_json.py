"""A report as JSON: money as picoUSD in decimal strings, times in ISO 8601, the three sentences as they stand; pure."""

from collections.abc import Mapping
from typing import Any

from gemledger_collector.alerts.quantities import iso
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.reports.content import (
    AlertLine,
    Amount,
    Figures,
    Mover,
    Movers,
    Quality,
    Report,
    Running,
    Standing,
    Verdicts,
)
from gemledger_collector.reports.sentences import missing, sentences

Json = dict[str, Any]


def as_json(report: Report) -> Json:
    """Everything that the other forms show, exactly."""
    about = report.about
    return {
        "day": str(about.day),
        "timezone": about.timezone,
        "since": iso(about.window.start_unix_nano),
        "until": iso(about.window.end_unix_nano),
        "written_at": iso(about.now),
        "is_over": about.is_over,
        "sentences": sentences(report),
        "missing": missing(report),
        "spend": _spend(report),
        "month": _standing(report.month),
        "budgets": [_standing(each) for each in report.budgets],
        "quality": [_quality(each) for each in report.quality],
        "judge": _judge(report),
        "alerts": [_alert(each) for each in report.alerts],
        "changes": _changes(report),
        "running": _running(report.running),
        "running_before": None
        if report.running_before is None
        else _running(report.running_before),
        "url": report.external_url or None,
    }


def _spend(report: Report) -> Json:
    spend, changed = report.spend, report.spend.changed
    return {
        "day": _figures(spend.day),
        "before": None if spend.before is None else _figures(spend.before),
        "week_before": None if spend.week_before is None else _figures(spend.week_before),
        "hours_pico_usd": [str(each.pico_usd) for each in spend.hours],
        "by": {movers.dimension: _movers(movers) for movers in spend.movers},
        "changed": None
        if changed is None
        else {
            "excess_pico_usd": str(changed.excess_pico_usd),
            "parts_pico_usd": _strings(changed.parts),
            "payers": [
                {
                    **dict(zip(payer.names, payer.key, strict=True)),
                    "excess_pico_usd": str(payer.excess_pico_usd),
                    "parts_pico_usd": _strings(payer.parts),
                }
                for payer in changed.payers.largest
            ],
            "everything_else_pico_usd": str(changed.payers.others_excess_pico_usd),
        },
    }


def _figures(figures: Figures) -> Json:
    return {
        name: str(value) if name.endswith("_pico_usd") else value for name, value in figures.items()
    }


def _movers(movers: Movers) -> Json:
    others = movers.others
    return {
        "largest": [{"name": each.name, **_mover(each)} for each in movers.largest],
        "others": None if others is None else {"count": movers.other_count, **_mover(others)},
    }


def _mover(each: Mover) -> Json:
    return {
        "calls": each.calls,
        **_amount("", each.day),
        **_amount("before_", each.before),
        **_amount("week_before_", each.week_before),
    }


def _amount(name: str, amount: Amount | None) -> Json:
    """An amount, and how many calls without a price are not in it."""
    return {
        f"{name}pico_usd": None if amount is None else str(amount.pico_usd),
        f"{name}unpriced_calls": None if amount is None else amount.unpriced_calls,
    }


def _standing(each: Standing) -> Json:
    ahead, limit = each.outlook, each.limit_pico_usd
    end: Json | None = None
    if ahead is not None:
        end = {
            "low_pico_usd": str(ahead.end.low_pico_usd),
            "likely_pico_usd": str(ahead.end.likely_pico_usd),
            "high_pico_usd": str(ahead.end.high_pico_usd),
            "probability_over": None if limit is None else ahead.probability_over(limit),
        }
    return {
        "name": each.name,
        "labels": dict(each.labels),
        "period": each.period,
        "limit_pico_usd": _string(limit),
        "spent_pico_usd": str(each.spent_pico_usd),
        "end": end,
    }


def _quality(each: Quality) -> Json:
    before = each.before
    return {
        "dimension": each.dimension,
        "word": each.word,
        "checked": each.checked,
        **_verdicts(each.day),
        "before": None if before is None else _verdicts(before),
    }


def _verdicts(each: Verdicts) -> Json:
    return {
        "judged": each.judged,
        "bad": each.bad,
        "cannot_tell": each.cannot_tell,
        "errors": each.errors,
        "rate": _estimate(each.rate),
        "corrected": _estimate(each.corrected),
    }


def _estimate(each: Estimate | None) -> Json | None:
    if each is None:
        return None
    return {"value": each.value, "low": each.low, "high": each.high, "interval": "95 %"}


def _judge(report: Report) -> Json:
    judging = report.judging
    return {
        "model": judging.model,
        "rules": judging.rules,
        "spent_pico_usd": str(judging.spent_pico_usd),
        "budget_pico_usd": str(judging.budget_pico_usd),
        "budget_stopped": judging.budget_stopped,
        "captured_answers": judging.captured,
    }


def _alert(each: AlertLine) -> Json:
    return {
        "rule": each.rule,
        "severity": each.severity,
        "summary": each.summary,
        "cause": each.cause,
        "began_at": iso(each.began_at),
        "ended_at": None if each.ended_at is None else iso(each.ended_at),
        "began_today": each.began_today,
        "ended_today": each.ended_today,
    }


def _changes(report: Report) -> Json:
    changes, repriced = report.changes, report.changes.repriced
    return {
        "newcomers": [
            {
                "kind": each.kind,
                "name": each.name,
                "feature": each.feature,
                "first_at": iso(each.first_at),
                "calls": each.calls,
                **_amount("", each.cost),
            }
            for each in changes.newcomers
        ],
        "prices": [
            {
                "at": iso(each.at_unix_nano),
                "model": each.model,
                "service_tier": each.service_tier,
                "old_daily_pico_usd": str(each.old_daily_pico_usd),
                "new_daily_pico_usd": _string(each.new_daily_pico_usd),
            }
            for each in changes.prices
        ],
        "repriced": None
        if repriced is None
        else {"charges": repriced.charges, "change_pico_usd": str(repriced.change_pico_usd)},
    }


def _running(each: Running) -> Json:
    return {
        "calls": each.calls,
        "errors": each.errors,
        "retries": each.retries,
        "kinds": dict(each.kinds),
        **each.quantiles,
    }


def _string(pico_usd: int | None) -> str | None:
    return None if pico_usd is None else str(pico_usd)


def _strings(amounts: Mapping[Any, int]) -> Json:
    return {str(name): str(value) for name, value in amounts.items()}
