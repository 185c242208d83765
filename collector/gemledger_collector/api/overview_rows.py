"""From what an overview found to what it answers."""

from collections.abc import Mapping
from typing import Any

from gemledger_collector.alerts.alert import Window
from gemledger_collector.alerts.cause.movers import Moved, Mover
from gemledger_collector.alerts.forecast.outlook import Outlook
from gemledger_collector.alerts.records import identity_of
from gemledger_collector.api import overview_answer as answer
from gemledger_collector.api.context import iso
from gemledger_collector.estimation.rates import Estimate
from gemledger_collector.overview import gather
from gemledger_collector.overview import wrong as found_wrong
from gemledger_collector.overview.moment import Compared, Moment
from gemledger_collector.reports.content import Quality, Standing
from gemledger_collector.storage.changes import Change

NOT_NARROWED = ("budgets", "alerts", "services", "changes", "quality")
"""What is of all calls, though some were chosen."""
_MONEY = "_pico_usd"


def overview(
    found: gather.Overview,
    about: Moment,
    only: Mapping[str, list[str]],
    wrong: Mapping[str, Any],
) -> answer.Overview:
    """The whole answer; ``wrong`` are its alerts and services."""
    same, ahead = found.same_days, found.month_ahead
    return answer.Overview(
        at=_time(about.at_unix_nano),
        timezone=about.timezone,
        month_starts_on=about.month_starts_on,
        month_end=_time(about.whole_month.end_unix_nano),
        only=dict(only),
        not_narrowed=list(NOT_NARROWED) if only else [],
        today=_spent(about.today, found.today),
        month=_spent(about.month, found.month),
        same_days=None if same is None else _spent(about.same_days, same),
        forecast=None if ahead is None else _standing(ahead),
        budgets=[_standing(each) for each in found.budgets],
        budget_count=found.budget_count,
        **wrong,
        quality=[_judged(each) for each in found.quality],
        changed=_movement(found.compared, found.moved),
        changes=[_new_use(each) for each in found.changes],
    )


def wrong(alerts: found_wrong.Alerts, services: found_wrong.Services) -> dict[str, Any]:
    """The part of the answer that says whether anything is wrong."""
    return {
        "alerts": answer.Alerts(
            firing=[_firing(each) for each in alerts.firing],
            firing_count=alerts.firing_count,
            pending_count=alerts.pending_count,
            no_data_count=alerts.no_data_count,
        ),
        "services": answer.Services(
            count=services.count,
            quiet_count=services.quiet_count,
            quiet=[
                answer.QuietService(service=each.service, last_seen=_time(each.last_seen_unix_nano))
                for each in services.quiet
            ],
        ),
    }


def _firing(alert: found_wrong.Firing) -> answer.FiringAlert:
    row = alert.row
    return answer.FiringAlert(
        rule=row.rule,
        kind=row.kind,
        severity=row.severity,
        labels=identity_of(row).labels,
        threshold_percent=row.threshold_percent,
        firing_since=_time(row.firing_since_unix_nano or row.started_at_unix_nano),
        summary=row.summary,
        cause=row.cause,
        muted_by=[
            answer.Muted(by=each.by, name=each.name, words=each.words) for each in alert.muted_by
        ],
    )


def _spent(window: Window, figures: Mapping[str, int]) -> answer.Spent:
    totals: answer.Figures = {
        name: str(value) if name.endswith(_MONEY) else value for name, value in figures.items()
    }
    since, until = _time(window.start_unix_nano), _time(window.end_unix_nano)
    return answer.Spent(since=since, until=until, totals=totals)


def _standing(each: Standing) -> answer.Standing:
    ahead, limit = each.outlook, each.limit_pico_usd
    return answer.Standing(
        name=each.name,
        labels=dict(each.labels),
        period=each.period,
        period_start=_time(each.window.start_unix_nano),
        period_end=_time(each.window.end_unix_nano),
        limit_pico_usd=None if limit is None else str(limit),
        spent_pico_usd=str(each.spent_pico_usd),
        end=None if ahead is None else _end(ahead, limit),
    )


def _end(ahead: Outlook, limit_pico_usd: int | None) -> answer.End:
    end = ahead.end
    return answer.End(
        low_pico_usd=str(end.low_pico_usd),
        likely_pico_usd=str(end.likely_pico_usd),
        high_pico_usd=str(end.high_pico_usd),
        probability_over=None if limit_pico_usd is None else ahead.probability_over(limit_pico_usd),
    )


def _judged(each: Quality) -> answer.Judged:
    return answer.Judged(
        dimension=each.dimension,
        word=each.word,
        checked=each.checked,
        judged=each.day.judged,
        bad=each.day.bad,
        rate=_rate(each.day.rate),
        corrected=_rate(each.day.corrected),
        rate_before=_rate(each.day_before.rate),
    )


def _rate(found: Estimate | None) -> answer.Rate | None:
    if found is None:
        return None
    return answer.Rate(value=found.value, low=found.low, high=found.high)


def _movement(compared: Compared | None, moved: Moved | None) -> answer.Movement | None:
    if compared is None or moved is None:
        return None
    return answer.Movement(
        compared=compared.kind,
        since=_time(compared.window.start_unix_nano),
        until=_time(compared.window.end_unix_nano),
        before_since=_time(compared.before.start_unix_nano),
        before_until=_time(compared.before.end_unix_nano),
        spent_pico_usd=str(moved.spent_pico_usd),
        before_pico_usd=str(moved.usual_pico_usd),
        movers=[_mover(each) for each in moved.largest],
        other_count=moved.others,
    )


def _mover(each: Mover) -> answer.Mover:
    return answer.Mover(
        team=each.team,
        feature=each.feature,
        spent_pico_usd=str(each.spent_pico_usd),
        before_pico_usd=str(each.usual_pico_usd),
        change_pico_usd=str(each.change_pico_usd),
        parts_pico_usd={factor: str(part) for factor, part in each.parts.items()},
        cause=each.cause,
    )


def _new_use(change: Change) -> answer.NewUse:
    return answer.NewUse(
        time=_time(change.time_unix_nano),
        kind=change.kind,
        feature=change.feature,
        before=change.before,
        after=change.after,
    )


def _time(unix_nano: int) -> str:
    return str(iso(unix_nano))
