"""Alerts about the future, and the questions about it over HTTP, on a real store."""

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from gemledger.pricing import load_book
from gemledger_collector.alerts.alert import State
from gemledger_collector.alerts.periods import unix_nano
from gemledger_collector.api.context import iso

from ..conftest import Timeline
from ..test_alerts_api import asking

USD = 10**12


def steady(timeline: Timeline, usd: float, days: int, **attribution: str) -> None:
    """So much a day, at noon, on the days before the story begins; it begins on a Tuesday, the tenth, at 8."""
    for day in range(1, days + 1):
        timeline.spend(usd, at=f"-{day * 24 - 4}h", **attribution)


def forecast(timeline: Timeline) -> list[Any]:
    """The forecast alerts of the story."""
    return [each for each in timeline.alerts if each.identity.kind == "forecast"]


def month(timeline: Timeline, limit: float, **more: Any) -> Timeline:
    """A monthly budget with a forecast at 100 %, and nothing else to hear of."""
    return timeline.budget(
        "all", limit_usd=limit, period="month", thresholds=[1000], forecast=[100], **more
    )


def test_a_budget_that_will_probably_be_exceeded_is_told_three_weeks_before(
    timeline: Timeline,
) -> None:
    """$10 a day for a month is $300; a budget of $200 fires on the tenth, one of $500 does not."""
    steady(timeline, 10, 30)
    month(timeline, 200).at("0m").look()
    (alert,) = forecast(timeline)
    assert alert.state is State.FIRING
    assert alert.limit == 200 * USD
    assert 270 * USD < alert.value < 330 * USD
    assert "of $200.00" in timeline.messages[-1].body
    assert "in four of five cases" in alert.annotations["forecast"]


def test_a_budget_that_will_do_is_not_told_of(timeline: Timeline) -> None:
    """$300 are likely, $500 are not."""
    steady(timeline, 10, 30)
    month(timeline, 500).at("0m").look()
    assert forecast(timeline) == []


def test_nobody_is_told_before_three_days_of_the_period_are_over(timeline: Timeline) -> None:
    """On the second of December the forecast of December is no news yet; on the fourth it is."""
    steady(timeline, 10, 30)
    month(timeline, 200)
    for day in range(24):
        timeline.spend(10, at=f"{day * 24 + 4}h")
    timeline.at("528h").look()  # the second, at 8
    assert forecast(timeline) == []
    timeline.at("576h").look()
    assert [each.state for each in forecast(timeline)] == [State.FIRING]


def test_a_forecast_is_about_its_own_groups(timeline: Timeline) -> None:
    """With ``each: [team]`` the limit is every team's own."""
    steady(timeline, 10, 30, team="growth")
    steady(timeline, 1, 30, team="support")
    month(timeline, 200, each=["team"]).at("0m").look()
    (alert,) = forecast(timeline)
    assert alert.identity.filter == {"team": "growth"}


def test_a_prepaid_balance_is_told_of_before_it_ends(timeline: Timeline) -> None:
    """$200 on the first at $10 a day end on the twentieth: ten days ahead is near enough, three are not."""
    steady(timeline, 10, 30)
    since = iso(timeline.time("-9d"))
    for name, before in (("near", "14d"), ("far", "3d")):
        timeline.settings.setdefault("balances", []).append(
            {
                "name": name,
                "kind": "prepaid",
                "amount_usd": 200,
                "as_of": since,
                "alert_before": before,
            }
        )
    timeline.at("0m").look()
    (alert,) = timeline.alerts
    assert alert.identity.rule == "near"
    assert alert.identity.kind == "balance"
    assert "will be reached about 2026-11-" in alert.annotations["forecast"]


def answer(story: Timeline) -> Any:
    """What the API foresees."""
    response = asking(story).get("/api/v1/forecast")
    assert response.status_code == 200, response.text
    return response.json()


def test_the_api_foresees_budgets_balances_and_prices(timeline: Timeline) -> None:
    """Never a bare number; money as strings; a cap of an account resets, so its end is the month's."""
    steady(timeline, 10, 30)
    month(timeline, 200).budget("day", limit_usd=20).at("0m")
    timeline.settings["balances"] = [
        {"name": "cap", "kind": "monthly_cap", "amount_usd": 250},
        {"name": "credit", "kind": "prepaid", "amount_usd": 1000, "as_of": "2026-11-01T00:00:00Z"},
    ]
    told = answer(timeline)
    budgets = {each["name"]: each for each in told["budgets"]}
    end = budgets["all"]["end"]
    assert int(end["low_pico_usd"]) <= int(end["likely_pico_usd"]) <= int(end["high_pico_usd"])
    assert end["probability_over"] == 1.0
    assert budgets["all"]["spent_pico_usd"] == str(90 * USD)
    assert budgets["all"]["reached"]["likely"].startswith("2026-11-2")
    cap, credit = told["balances"]
    assert cap["period_end"] == "2026-12-01T00:00:00Z"
    assert cap["spent_pico_usd"] == str(90 * USD)
    assert credit["period_end"] is None
    assert credit["end"] is None
    assert credit["reached"]["earliest"] < credit["reached"]["likely"] < credit["reached"]["latest"]
    assert told["price_changes"] == []


def test_the_api_says_when_it_is_too_early(timeline: Timeline) -> None:
    """Two days of spend are no history."""
    steady(timeline, 10, 2)
    month(timeline, 200).at("0m")
    (budget,) = answer(timeline)["budgets"]
    assert budget["end"] is None
    assert budget["reached"] is None
    assert budget["summary"].startswith("too early")


def test_dated_prices_of_models_in_use_are_in_the_answer_and_in_the_forecast(
    timeline: Timeline,
) -> None:
    """On 2027-01-01 gemini-3.8-flash changes its price: January is foreseen at the new one, December is not."""
    now = unix_nano_of("2026-12-20T08:00:00+00:00")
    for day in range(1, 30):
        priced(timeline, now - day * 86_400 * 10**9, 10 * USD)
    timeline.now = now
    month(timeline, 10_000).budget("fiscal", limit_usd=10_000, period="month", month_starts_on=15)
    told = answer(timeline)
    (change,) = told["price_changes"]
    assert change["at"] == "2027-01-01T00:00:00Z"
    old, new = int(change["old_daily_pico_usd"]), int(change["new_daily_pico_usd"])
    assert old != new
    december, fiscal = (int(each["end"]["likely_pico_usd"]) for each in told["budgets"])
    assert december == pytest.approx(31 * 10 * USD, rel=0.1)
    assert fiscal == pytest.approx((17 * 10 + 14 * 10 * new / old) * USD, rel=0.1)


def test_of_many_groups_as_many_are_foreseen_as_are_asked_for(timeline: Timeline) -> None:
    """The rest is left out, and said to be."""
    for team in ("a", "b", "c"):
        steady(timeline, 1, 5, team=team)
    month(timeline, 200, each=["team"]).at("0m")
    some = asking(timeline).get("/api/v1/forecast?limit=2").json()
    every = asking(timeline).get("/api/v1/forecast?limit=3").json()
    assert (len(some["budgets"]), some["truncated"]) == (2, True)
    assert (len(every["budgets"]), every["truncated"]) == (3, False)


def unix_nano_of(written: str) -> int:
    """A moment."""
    return unix_nano(datetime.fromisoformat(written))


def priced(timeline: Timeline, at: int, pico: int) -> None:
    """Input tokens of gemini-3.8-flash for so much, as the pipeline would sum them."""
    rates = load_book().rates_for("gemini_api", "gemini-3.8-flash", "standard", False, at)
    assert rates is not None
    zeros: tuple[str, ...] = (
        "errors",
        "rate_limited_errors",
        "client_errors",
        "server_errors",
        "cache_read_tokens",
    )
    zeros += ("tool_use_tokens", "output_tokens", "thoughts_tokens", "input_tokens")
    lines = ("cache_read_pico_usd", "tool_use_pico_usd", "output_pico_usd", "thoughts_pico_usd")
    row = {
        "slot_unix_seconds": at // (900 * 10**9) * 900,
        "platform": "gemini_api",
        "response_model": "gemini-3.8-flash",
        "service_tier": "standard",
        "long_context": False,
        "price_row": rates.row,
        "cost_status": "exact",
        "calls": 1,
        "input_pico_usd": pico,
        "cost_pico_usd": pico,
        **dict.fromkeys((*zeros, *lines), 0),
    }
    with timeline.store.writing() as transaction:
        transaction.append("ledger", pa.Table.from_pylist([row]))
