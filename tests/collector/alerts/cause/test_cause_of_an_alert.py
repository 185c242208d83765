"""From the ledger to the cause that an alert carries."""

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from gemledger_collector.alerts.alert import State, Window
from gemledger_collector.alerts.cause.compared import Comparison, comparison
from gemledger_collector.alerts.slots import slot_of
from gemledger_collector.storage.spend_cells import Slots

if TYPE_CHECKING:
    from ..conftest import Timeline

HOUR, DAY = 3600, 86_400
USD = 10**12


def calls(timeline: "Timeline", at: str, count: int, prompt: int, **more: Any) -> None:
    """Calls at $2 a million tokens of input, as the pipeline sums them."""
    paid = count * prompt * 2_000_000
    row = {
        "slot_unix_seconds": slot_of(timeline.time(at)),
        "team": "growth",
        "feature": "search",
        "response_model": "gemini-2.5-pro",
        "cost_status": "exact",
        "calls": count,
        **dict.fromkeys(("errors", "rate_limited_errors", "client_errors", "server_errors"), 0),
        **dict.fromkeys(("cache_read_tokens", "tool_use_tokens", "output_tokens"), 0),
        **dict.fromkeys(("cache_read_pico_usd", "tool_use_pico_usd", "output_pico_usd"), 0),
        **dict.fromkeys(("thoughts_tokens", "thoughts_pico_usd"), 0),
        "input_tokens": count * prompt,
        "input_pico_usd": paid,
        "cost_pico_usd": paid,
        **more,
    }
    with timeline.store.writing() as transaction:
        transaction.append("ledger", pa.Table.from_pylist([row]))


def a_week(timeline: "Timeline") -> None:
    """Calls as every day has them, at 8 o'clock and at noon, when they are ten times as many."""
    for day in range(1, 9):
        calls(timeline, f"-{day}d", 100, 1_000, prompt_version="v7")
        calls(timeline, f"-{day * 24 - 4}h", 1_000, 1_000, prompt_version="v7")


def test_an_alert_says_who_it_was_and_that_prompts_grew(timeline: "Timeline") -> None:
    """Out of the ledger, compared with the same hour of the days before; the evidence is exact, and in picoUSD."""
    a_week(timeline)
    timeline.rule(above_usd=5, window="2h").at("0m").look()
    calls(timeline, "0m", 100, 31_000, prompt_version="v8")
    calls(timeline, "0m", 50, 0, feature="chat", error_kind="server", team=None)
    timeline.at("14m").expect(State.FIRING, "first time this group is notified")
    (alert,) = [each for each in timeline.alerts if each.state is State.FIRING]
    assert alert.cause == (
        "largest contributor: growth / search / gemini-2.5-pro with $6.00 of $6.00 excess; "
        "mostly tokens per call"
    )
    told = json.loads(alert.evidence or "")
    assert told["baseline"] == "the same hours of the 7 days before"
    excess = int(told["excess_pico_usd"])
    assert sum(int(part) for part in told["parts"].values()) == excess
    assert set(told["contributors"]) == {
        "payer",
        "all",
        "team",
        "feature",
        "model",
        "prompt_version",
    }
    for ranking in told["contributors"].values():
        named = sum(int(each["excess_pico_usd"]) for each in ranking["largest"])
        assert named + int(ranking["everything_else"]["excess_pico_usd"]) == excess
    assert told["contributors"]["prompt_version"]["largest"][0]["prompt_version"] == "v8"
    assert told["figures"]["window"]["tokens_per_call"] == 31_000


def test_the_busy_hour_of_every_day_is_no_growth_of_volume(timeline: "Timeline") -> None:
    """At noon there are ten times the calls of the morning, today as on the days before."""
    a_week(timeline)
    timeline.rule(above_usd=1, window="2h").at("0m").look()
    calls(timeline, "4h", 1_000, 1_000, prompt_version="v7")
    timeline.at("254m").look()
    (alert,) = [each for each in timeline.alerts if each.state is State.FIRING]
    told = json.loads(alert.evidence or "")
    assert int(told["spent_pico_usd"]) == 2 * USD
    assert (
        int(told["usual_pico_usd"]) == 2 * USD * 119 // 120
    )  # the window's last minute is yet to come


NOW = 1_795_600_800 * 10**9 + 7 * 60 * 10**9


@pytest.mark.parametrize(
    ("window_seconds", "history_seconds", "expected"),
    [
        pytest.param(
            HOUR,
            30 * DAY,
            Comparison(Slots(-7 * DAY, 0, HOUR, same_hours=True), Fraction(HOUR - 480, 7 * HOUR)),
            id="an hour, a month of history: the same hour of seven days",
        ),
        pytest.param(
            HOUR,
            3 * DAY,
            Comparison(Slots(-DAY, 0, HOUR, same_hours=False), Fraction(HOUR - 480, DAY)),
            id="an hour, three days of history: the day before",
        ),
        pytest.param(
            HOUR,
            0,
            Comparison(Slots(0, 0, HOUR, same_hours=False), Fraction(0)),
            id="an hour, no history: nothing",
        ),
        pytest.param(
            DAY,
            30 * DAY,
            Comparison(Slots(-7 * DAY, 0, DAY, same_hours=False), Fraction(DAY - 480, 7 * DAY)),
            id="a day: the seven days before",
        ),
    ],
)
def test_what_a_window_is_compared_with(
    window_seconds: int, history_seconds: int, expected: Comparison
) -> None:
    """Its running quarter counts as far as it has come."""
    until = NOW // 10**9 + 480
    since = until - window_seconds
    found = comparison(
        Window(since * 10**9, until * 10**9), NOW, first_slot=since - history_seconds
    )
    shifted = Slots(
        expected.slots.baseline + since,
        since,
        expected.slots.until + since,
        same_hours=expected.slots.same_hours,
    )
    assert found == Comparison(shifted, expected.scale)


def test_a_window_of_minutes_is_widened_to_the_quarters_it_touches() -> None:
    """The ledger knows quarters of an hour."""
    window = Window(NOW - 10 * 60 * 10**9, NOW)
    found = comparison(window, NOW, first_slot=None)
    assert found.slots.until - found.slots.since == 30 * 60
    assert found.scale == Fraction(22 * 60, DAY)
