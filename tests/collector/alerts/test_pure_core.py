"""The pure parts by property: calendar, windows, states. Whatever the days and the sums, these hold."""

from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemledger_collector.alerts import rules
from gemledger_collector.alerts.alert import Identity, Watch
from gemledger_collector.alerts.periods import moment, period_containing, unix_nano
from gemledger_collector.alerts.slots import slot_of, trailing
from gemledger_collector.alerts_config import RuleConfig
from gemledger_collector.storage.buckets import SLOT_SECONDS

MINUTE = 60 * 10**9
HOUR_SECONDS = 3600
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "America/Santiago",
    "Pacific/Apia",
)
MOMENTS = st.integers(
    unix_nano(datetime(2020, 1, 1, tzinfo=UTC)), unix_nano(datetime(2035, 1, 1, tzinfo=UTC))
)
SPEND = st.dictionaries(
    st.integers(0, 40).map(lambda slot: slot * SLOT_SECONDS), st.integers(0, 100), max_size=20
)


@given(MOMENTS, st.sampled_from(ZONES), st.sampled_from(["day", "week", "month"]))
def test_periods_cover_time_without_gap_or_overlap(
    at: int, zone: str, unit: Literal["day", "week", "month"]
) -> None:
    """A moment lies in its period, and the next period begins where this one ends."""
    period = period_containing(at, unit, zone)
    assert period.start_unix_nano <= at < period.end_unix_nano
    assert period_containing(period.end_unix_nano - 1, unit, zone) == period
    assert (
        period_containing(period.end_unix_nano, unit, zone).start_unix_nano == period.end_unix_nano
    )
    assert period.start_unix_nano % (SLOT_SECONDS * 10**9) == 0, (
        "a period begins with a slot of the ledger"
    )


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-10", 24)]
)
def test_a_day_of_daylight_saving_is_one_day_of_its_own_length(day: str, hours: int) -> None:
    """In Berlin the clocks change in March and October; the budget's day is still one calendar day."""
    noon = unix_nano(
        datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=ZoneInfo("Europe/Berlin"))
    )
    period = period_containing(noon, "day", "Europe/Berlin")
    assert period.seconds == hours * HOUR_SECONDS
    assert (
        moment(period.start_unix_nano, ZoneInfo("Europe/Berlin"))
        .isoformat()
        .startswith(f"{day}T00:00")
    )


@given(SPEND, st.sampled_from([1, 2, 4, 8]), st.integers(0, 60))
def test_a_trailing_window_is_the_sum_of_its_slots(
    spend: dict[int, int], slots: int, last: int
) -> None:
    """The running sum equals the sum computed afresh, for every window."""
    length = slots * SLOT_SECONDS
    for window in trailing(spend, length, last * SLOT_SECONDS):
        inside = range(window.last_slot - length + SLOT_SECONDS, window.last_slot + 1, SLOT_SECONDS)
        assert window.value == sum(spend.get(slot, 0) for slot in inside)


@given(SPEND, st.integers(1, 200), st.integers(0, 60 * SLOT_SECONDS))
def test_every_breached_window_is_told_exactly_once(
    spend: dict[int, int], limit: int, now_seconds: int
) -> None:
    """A breached window is part of one episode, or of the present breach, never of both and never of none."""
    rule = RuleConfig.model_validate({"name": "r", "above_usd": limit / 10**12})
    now = now_seconds * 10**9
    condition, episodes = rules.assess(rule, spend, Watch(now, 2 * MINUTE))
    present = (
        condition.breached_since
        if condition.breached_since is not None
        else condition.window.end_unix_nano
    )
    for window in trailing(spend, HOUR_SECONDS, slot_of(now)):
        if window.value < limit:
            continue
        start = window.last_slot * 10**9
        told = sum(
            each.started_at <= start and window.end_unix_nano <= each.ended_at for each in episodes
        )
        live = condition.breached and (window.end_unix_nano > now - 2 * MINUTE or start >= present)
        assert told + live == 1


def test_a_fingerprint_depends_on_the_labels_alone() -> None:
    """The same on every machine and after every restart; another threshold is another alert."""
    half = Identity("b", "budget", "critical", {"team": "a", "feature": "x"}, 50)
    assert (
        half.fingerprint
        == Identity("b", "budget", "critical", {"feature": "x", "team": "a"}, 50).fingerprint
    )
    assert (
        half.fingerprint
        != Identity("b", "budget", "critical", {"team": "a", "feature": "x"}, 75).fingerprint
    )
    assert half.fingerprint == "4ec65a2b6fc10839"
