"""A timeline: spend and evaluations at given times on a real store, told like a story."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pytest
from support.blank import open_blank

from gemledger_collector.alerts.alert import Alert, State
from gemledger_collector.alerts.channels import Channel
from gemledger_collector.alerts.delivery import deliver_next
from gemledger_collector.alerts.evaluate import Evaluator
from gemledger_collector.alerts.periods import unix_nano
from gemledger_collector.alerts.records import from_row
from gemledger_collector.alerts.slots import SLOT_NS
from gemledger_collector.alerts_config import AlertsConfig
from gemledger_collector.config_values import nanoseconds, parse_duration
from gemledger_collector.storage import alert_history, alert_outbox
from gemledger_collector.storage.alert_outbox import NotificationRow
from gemledger_collector.storage.settlements import append_charges
from gemledger_collector.storage.store import Store

if TYPE_CHECKING:
    from gemledger_collector.alerts.evaluate import Evaluation

NUMBERS = count()


def charge(at_unix_nano: int, usd: float, **attribution: str) -> dict[str, Any]:
    """A row of spans that costs so much."""
    pico = round(usd * 10**12)
    return {
        "settlement_id": f"story:{next(NUMBERS)}",
        "start_time_unix_nano": at_unix_nano,
        "operation": "generate_content",
        "provider": "gcp.gemini",
        "response_model": "gemini-2.5-flash",
        "cost_status": "exact",
        "unsampled_calls": 1,
        "cost_pico_usd": pico,
        "media_pico_usd": pico,
        **attribution,
    }


def spend(store: Store, at_unix_nano: int, usd: float, **attribution: str) -> None:
    """Let the store have one charge more, in spans and in every sum of them."""
    row = charge(at_unix_nano, usd, **attribution)
    with store.writing() as transaction:
        append_charges(transaction, pa.Table.from_pylist([row]))


@dataclass
class Timeline:
    """One store, one configuration, and a clock that moves when told to."""

    path: Path
    begin: str = "2026-11-10T08:00:00+00:00"
    settings: dict[str, Any] = field(
        default_factory=lambda: {
            "budgets": [],
            "rules": [],
            "channels": [],
            # What a story is not about: that news of one rule waits for more of it.
            "group_wait": "0s",
            "group_interval": "1s",
        }
    )
    now: int = 0

    def __post_init__(self) -> None:
        """Open the store and take a first look at the clock."""
        self.now = unix_nano(datetime.fromisoformat(self.begin))
        self.origin = self.now
        self.store = open_blank(self.path)
        self._evaluator: Evaluator | None = None
        self.found: Evaluation | None = None

    def budget(self, name: str = "everything", **settings: Any) -> Self:
        """Watch a budget, of a day if nothing else is said."""
        written = {"name": name, "period": "day", "thresholds": [100], **settings}
        self.settings["budgets"] = [
            each for each in self.settings["budgets"] if each["name"] != name
        ] + [written]
        return self._reconfigured()

    def rule(self, name: str = "hourly-cost", **settings: Any) -> Self:
        """Watch what a trailing window costs, an hour if nothing else is said."""
        self.settings["rules"].append({"name": name, **settings})
        return self._reconfigured()

    def spike(self, name: str = "odd-spend", **settings: Any) -> Self:
        """Watch for spend far above its own usual."""
        self.settings["spikes"] = [
            *(each for each in self.settings.get("spikes", []) if each["name"] != name),
            {"name": name, **settings},
        ]
        return self._reconfigured()

    def steady(self, usd_an_hour: float, since: str, until: str = "0m", **attribution: str) -> Self:
        """Spend alike in every quarter of an hour of ``[since, until)``."""
        moments = range(self.time(since), self.time(until), SLOT_NS)
        charges = [charge(at, usd_an_hour / 4, **attribution) for at in moments]
        with self.store.writing() as transaction:
            append_charges(transaction, pa.Table.from_pylist(charges))
        return self

    def channel(self, name: str, url: str) -> Self:
        """Send to a webhook as well as to the log."""
        self.settings["channels"].append(
            {"name": name, "type": "webhook", "url": url, "timeout": "2s"}
        )
        return self._reconfigured()

    def without(self, *names: str) -> Self:
        """Take budgets out of the configuration."""
        self.settings["budgets"] = [
            each for each in self.settings["budgets"] if each["name"] not in names
        ]
        return self._reconfigured()

    def restart(self) -> Self:
        """Stop the collector and start it again on the same file."""
        self.store.close()
        self.store = Store.open(self.path)
        return self._reconfigured()

    def at(self, offset: str) -> Self:
        """Move the clock to ``offset`` after the beginning and look only when asked to expect something."""
        self.now = self.time(offset)
        return self

    def time(self, offset: str) -> int:
        """Unix nanoseconds of an offset such as ``15m`` or ``-9d`` from the beginning."""
        sign = -1 if offset.startswith("-") else 1
        return self.origin + sign * nanoseconds(parse_duration(offset.lstrip("-")))

    def spend(self, usd: float, at: str | None = None, **attribution: str) -> Self:
        """Spend now, or at a time that may long be over."""
        spend(self.store, self.now if at is None else self.time(at), usd, **attribution)
        return self

    def look(self) -> Self:
        """Evaluate once at the clock's time."""
        if self._evaluator is None:
            self._evaluator = Evaluator(self.store, self.config)
        self.found = self._evaluator.evaluate(self.now)
        return self

    def expect(self, state: State, reason: str | None = None) -> Self:
        """Evaluate, and expect the only alert of the story in this state, and somebody told for this reason."""
        self.look()
        assert self.found is not None
        assert len(self.found.changes) <= 1, self.found.changes
        after = [change.after for change in self.found.changes if change.after]
        assert (after[0].state if after else State.INACTIVE) == state
        assert [each.reason for each in self.found.notifications if each.channel == "log"] == (
            [] if reason is None else [reason]
        )
        return self

    def expect_nothing(self) -> Self:
        """Evaluate, and expect no alert at all, and nobody told."""
        self.look()
        assert self.found is not None
        assert (self.found.changes, self.found.notifications, self.alerts) == ([], [], [])
        return self

    def deliver(self, channel: Channel) -> int | None:
        """Empty what is due for a channel; returns when it wants to be asked again."""
        while True:
            step = deliver_next(self.store, channel, self.now)
            if step.outcome is None:
                return step.next_due

    @property
    def config(self) -> AlertsConfig:
        """What has been configured so far."""
        return AlertsConfig.model_validate(self.settings)

    @property
    def alerts(self) -> list[Alert]:
        """Every alert in the store, oldest first."""
        with self.store.reading() as snapshot:
            rows = alert_history.recorded_alerts(snapshot)
        return sorted((from_row(row) for row in rows), key=lambda alert: alert.started_at)

    @property
    def messages(self) -> list[NotificationRow]:
        """Every message in the outbox, sent or not, oldest first."""
        with self.store.reading() as snapshot:
            return alert_outbox.notifications_between(snapshot, 0, 2**62, 10_000)[::-1]

    @property
    def told(self) -> list[tuple[str, str]]:
        """Status and reason of what the log channel was told, in order."""
        return [(each.status, each.reason) for each in self.messages if each.channel == "log"]

    def _reconfigured(self) -> Self:
        self._evaluator = None
        return self


@pytest.fixture
def timeline(tmp_path: Path) -> Iterator[Timeline]:
    """A story that begins on a Tuesday morning, in UTC."""
    story = Timeline(tmp_path / "story.duckdb")
    yield story
    story.store.close()
