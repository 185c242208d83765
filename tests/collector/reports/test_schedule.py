"""When reports are sent: once a day, by the clock of their zone, whatever happens. Time is an argument."""

import json
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.blank import open_blank
from support.collector import config_for

from gemledger.pricing import load_book
from gemledger_collector.alerts.periods import unix_nano
from gemledger_collector.config import Config, load
from gemledger_collector.errors import ConfigError
from gemledger_collector.reports.schedule import due, next_due
from gemledger_collector.reports.sending import Sender
from gemledger_collector.reports_config import ReportConfig
from gemledger_collector.storage import alert_outbox
from gemledger_collector.storage.alert_outbox import NotificationRow
from gemledger_collector.storage.store import Store

from .conftest import at

DAY = 86_400 * 10**9
REPORT = {"name": "daily", "at": "07:00", "timezone": "Europe/Berlin", "channels": ["log", "hook"]}


def configured(path: Path, **changes: Any) -> Config:
    """A configuration with one report."""
    channels = [{"name": "hook", "type": "webhook", "url": "http://127.0.0.1:1/"}]
    extensions = {"alerts": {"channels": channels}, "reports": [{**REPORT, **changes}]}
    return config_for(path / "s.duckdb", extensions=extensions)


def sender(store: Store, path: Path, **changes: Any) -> Sender:
    """One that has just been started."""
    return Sender(store, configured(path, **changes), load_book())


def queued(store: Store) -> list[NotificationRow]:
    """What is in the outbox, the newest first."""
    with store.reading() as snapshot:
        return alert_outbox.notifications_between(snapshot, 0, 2**62, 100)


def test_a_report_is_sent_once_to_each_of_its_channels(store: Store, tmp_path: Path) -> None:
    """Not before seven in Berlin; then at once, and not at the next look."""
    one = sender(store, tmp_path)
    assert one.send(at("2026-11-29T06:59:59+01:00")) == []
    assert one.send(at("2026-11-29T07:00:00+01:00")) == ["daily"]
    assert one.send(at("2026-11-29T07:00:30+01:00")) == []
    assert sorted(row.channel for row in queued(store)) == ["hook", "log"]
    told = next(json.loads(row.body) for row in queued(store) if row.channel == "hook")
    assert told["kind"] == "report"
    assert told["report"]["day"] == "2026-11-28"


def test_a_restart_and_a_clock_that_is_set_back_send_none_twice(
    store: Store, tmp_path: Path
) -> None:
    """What was sent is in the store, with the message, in one transaction."""
    assert sender(store, tmp_path).send(at("2026-11-29T07:00:00+01:00")) == ["daily"]
    again = sender(store, tmp_path)
    assert again.send(at("2026-11-29T07:00:10+01:00")) == []
    assert again.send(at("2026-11-29T05:00:00+01:00")) == []
    assert again.send(at("2026-11-29T07:00:00+01:00")) == []
    assert again.send(at("2026-11-30T07:00:00+01:00")) == ["daily"]


def test_what_was_missed_is_sent_on_the_same_day_and_not_on_another(
    store: Store, tmp_path: Path
) -> None:
    """The collector was down from Saturday to Monday evening: Monday's report comes, Sunday's does not."""
    assert sender(store, tmp_path).send(at("2026-11-28T07:00:00+01:00")) == ["daily"]
    assert sender(store, tmp_path).send(at("2026-11-30T22:15:00+01:00")) == ["daily"]
    days = {json.loads(row.body)["report"]["day"] for row in queued(store) if row.channel == "hook"}
    assert days == {"2026-11-27", "2026-11-29"}


@pytest.mark.parametrize(
    ("now", "moment"),
    [
        ("2026-03-29T00:30+01:00", "2026-03-29T03:30+02:00"),  # half past two is skipped
        ("2026-10-25T00:30+02:00", "2026-10-25T02:30+02:00"),  # it comes twice: the first time
    ],
)
def test_clock_changes_neither_lose_nor_double_a_report(now: str, moment: str) -> None:
    """At half past two in Berlin, on the two days that are not like others."""
    report = ReportConfig(name="x", at=time(2, 30), timezone="Europe/Berlin", channels=("log",))
    assert due(report, at(now)).at == at(moment)


@given(
    moments=st.lists(st.integers(0, 400 * 24 * 60), min_size=1, max_size=60),
    zone=st.sampled_from(
        ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe"]
    ),
    hour=st.integers(0, 23),
)
def test_each_day_has_one_report_about_the_day_before(
    moments: list[int], zone: str, hour: int
) -> None:
    """In every zone and at every look: the day is yesterday's, and the next look is not before now."""
    report = ReportConfig(name="x", at=time(hour, 30), timezone=zone, channels=("log",))
    origin = unix_nano(datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")))
    for moment in moments:
        now = origin + moment * 60 * 10**9
        today = datetime.fromtimestamp(now // 10**9, ZoneInfo(zone)).date()
        found = due(report, now)
        assert (today - found.day).days == 1
        assert abs(found.at - now) < 2 * DAY
        assert now < next_due(report, now) <= now + 2 * DAY


def test_a_report_of_a_busy_store_waits_and_is_not_lost(tmp_path: Path) -> None:
    """Where nothing can be written the look fails, nothing is remembered, and the next one sends it."""
    store = open_blank(tmp_path / "store.duckdb")
    one = sender(store, tmp_path)
    store.close()
    with pytest.raises(Exception, match="closed"):
        one.send(at("2026-11-29T07:00:00+01:00"))
    one.store = Store.open(tmp_path / "store.duckdb")
    assert one.send(at("2026-11-29T07:00:30+01:00")) == ["daily"]
    one.store.close()


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("[{name: a, channels: []}]", "channels"),
        ("[{name: a, channels: [nobody]}]", "names the channel 'nobody'; there is only log, pager"),
        (
            "[{name: a, channels: [pager]}]",
            "of type pagerduty, which carries alerts only; name one of type email, slack, webhook, apprise, or log",
        ),
        ("[{name: a, channels: [log], at: 7:00}]", "is no time of day; write it in quotes"),
        ("[{name: a, channels: [log], at: '25:00'}]", "'25:00' is no time of day"),
        ("[{name: a, channels: [log], timezone: Mars}]", "Mars"),
        ("[{name: a, channels: [log]}, {name: a, channels: [log]}]", "share the name 'a'"),
    ],
)
def test_a_report_that_cannot_be_stops_the_start(tmp_path: Path, written: str, told: str) -> None:
    """With what is wrong and what to write."""
    path = tmp_path / "otel-config.yaml"
    path.write_text(
        "extensions:\n  alerts:\n    channels:\n"
        f"    - {{name: pager, type: pagerduty, routing_key: {'k' * 32}}}\n  reports: {written}\n"
    )
    with pytest.raises(ConfigError, match=r".*") as caught:
        load(path, {})
    assert told in str(caught.value)


def test_a_time_and_a_day_are_what_they_say() -> None:
    """Seven o'clock is the default."""
    report = ReportConfig(name="x", channels=("log",))
    assert report.at == time(7)
    assert due(report, at("2026-11-29T12:00")).day == date(2026, 11, 28)
