"""Sending what is due: a report enters the outbox in the transaction that remembers it was sent."""

from dataclasses import dataclass, field

from gemledger.pricing import Book
from gemledger_collector.alerts.channels import forms
from gemledger_collector.config import Config
from gemledger_collector.reports.gather import gather
from gemledger_collector.reports.messages import message
from gemledger_collector.reports.schedule import Due, due, next_due
from gemledger_collector.reports_config import ReportConfig
from gemledger_collector.storage import alert_outbox
from gemledger_collector.storage import reports as stored
from gemledger_collector.storage.reports import Told
from gemledger_collector.storage.store import Store


@dataclass
class Sender:
    """Sends the configured reports of a store. Not for two threads at once."""

    store: Store
    config: Config
    book: Book
    _told: set[tuple[str, str]] = field(default_factory=set)
    """What need not be looked up again."""

    def send(self, now: int) -> list[str]:
        """Put what is due and was not sent into the outbox; the names of the reports that were."""
        return [
            report.name
            for report in self.config.extensions.reports
            if self._send(report, due(report, now), now)
        ]

    def next_due(self, now: int) -> int:
        """When to look again, in unix nanoseconds."""
        return min(next_due(report, now) for report in self.config.extensions.reports)

    def _send(self, report: ReportConfig, of: Due, now: int) -> bool:
        key = (report.name, str(of.day))
        if of.at > now or key in self._told:
            return False
        with self.store.reading() as snapshot:
            if stored.is_told(snapshot, *key):
                self._told.add(key)
                return False
            found = gather(snapshot, self.config, self.book, of.day, report.timezone, now)
        known = forms(self.config.alerts)
        channels = list(dict.fromkeys(report.channels))
        messages = [
            message(report, known[name], found, place) for place, name in enumerate(channels)
        ]
        with self.store.writing() as transaction:
            for each in messages:
                alert_outbox.queue(transaction, each)
            stored.remember(
                transaction, Told(report.name, str(of.day), report.timezone, channels, now)
            )
        self._told.add(key)
        return True
