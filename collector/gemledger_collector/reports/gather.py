"""A day's report out of the store: every figure of one and the same snapshot."""

from datetime import date

from gemledger.pricing import Book
from gemledger_collector.config import Config
from gemledger_collector.reports import happened, outlook
from gemledger_collector.reports.content import Report
from gemledger_collector.reports.days import report_day
from gemledger_collector.reports.quality import judging, quality
from gemledger_collector.reports.spending import spending
from gemledger_collector.storage.transaction import Snapshot


def gather(
    snapshot: Snapshot, config: Config, book: Book, day: date | None, timezone: str, now: int
) -> Report:
    """The report of a day of a zone, yesterday where none is given. Raises Rejected for one that cannot be."""
    about = report_day(day, timezone, now)
    spend = spending(snapshot, about)
    has_before = spend.before is not None
    alerts = happened.alerts(snapshot, about)
    return Report(
        about=about,
        spend=spend,
        month=outlook.month(snapshot, book, about),
        budgets=outlook.budgets(snapshot, book, about, config.alerts.budgets),
        quality=quality(snapshot, about, config.judge.rubrics_folder),
        judging=judging(snapshot, about, config.judge, spend.judge_pico_usd, alerts),
        alerts=alerts,
        changes=happened.changes(snapshot, book, about),
        running=happened.running(snapshot, about.window),
        running_before=happened.running(snapshot, about.before) if has_before else None,
        external_url=config.extensions.api.external_url or "",
    )
