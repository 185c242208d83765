"""Apps that ask before they spend, over real HTTP: what is left, what is set aside, and what becomes of it."""

from pathlib import Path
from typing import Any

import pytest
from support.collector import RunningCollector, config_for
from support.otlp import SECOND, Value

from gemledger_dashboard.alerts import limit_answers

from .conftest import CALL_PICO_USD, App


def test_every_budget_that_the_labels_belong_to_must_have_it_left(app: App) -> None:
    """The team may spend nine dollars (90 % of ten), its chat five: the tighter one decides, and says so."""
    assert app.check("6.00", reserve=False)["allowed"]
    answer = app.check("6.00", labels={"feature": "chat"}, reserve=False)
    assert not answer["allowed"]
    assert answer["reason"].startswith("$6.00 asked for, and chat has $5.00 left of $5.00")
    told = {row["name"]: (row["allowed"], row["left_pico_usd"]) for row in answer["budgets"]}
    assert told == {
        "company": (True, str(100 * 10**12)),
        "teams": (True, str(9 * 10**12)),
        "chat": (False, str(5 * 10**12)),
    }


def test_what_is_reserved_nobody_else_gets_until_it_expires(app: App) -> None:
    """Two askers, one budget: the second is refused, until the first one's time is up."""
    first = app.check("8.00", expires_in="30s")
    assert (first["allowed"], first["expires_at"]) == (True, "2026-11-01T12:00:30Z")
    assert not app.check("2.00")["allowed"]
    assert app.check("2.00", team="growth")["allowed"], "another team has its own"
    app.clock.now += 29 * SECOND
    assert not app.check("2.00")["allowed"]
    app.clock.now += 1 * SECOND
    assert app.check("2.00")["allowed"]
    assert app.reservation(first["reservation_id"])["state"] == "expired"


def test_the_last_cent_may_be_spent_and_not_one_pico_more(app: App) -> None:
    """Reaching the limit refuses: exactly what is left is granted, and then nothing."""
    assert not app.check(amount_pico_usd=9 * 10**12 + 1, usd=None)["allowed"]
    assert app.check(amount_pico_usd=9 * 10**12, usd=None)["allowed"]
    assert not app.check(amount_pico_usd=1, usd=None)["allowed"]


def test_the_call_settles_its_reservation_by_what_it_cost(app: App) -> None:
    """A dollar was set aside, the call cost 0.00055: the rest is free as soon as the call is committed."""
    asked = app.check("1.00")
    assert app.left() == 8 * 10**12
    app.call(asked["reservation_id"])
    assert app.left() == 9 * 10**12 - CALL_PICO_USD
    settled = app.reservation(asked["reservation_id"])
    assert (settled["state"], settled["spent_pico_usd"], settled["open_pico_usd"]) == (
        "settled",
        str(CALL_PICO_USD),
        "0",
    )


def test_a_reservation_for_several_calls_shrinks_with_each_and_closes_with_the_last(
    app: App,
) -> None:
    """Spent and reserved together stay the dollar that was set aside, until the second call has ended."""
    asked = app.check("1.00", calls=2)["reservation_id"]
    app.call(asked)
    half = app.reservation(asked)
    assert (half["state"], half["open_pico_usd"]) == ("open", str(10**12 - CALL_PICO_USD))
    assert app.left() == 8 * 10**12
    app.call(asked)
    assert app.reservation(asked)["state"] == "settled"
    assert app.left() == 9 * 10**12 - 2 * CALL_PICO_USD


def test_a_reservation_for_any_number_of_calls_is_open_until_it_is_given_back(app: App) -> None:
    """An agent does not know how often it will call; giving back twice is no error."""
    asked = app.check("1.00", calls=None)["reservation_id"]
    app.call(asked)
    assert app.left() == 8 * 10**12
    assert app.release(asked).json()["state"] == "released"
    assert app.left() == 9 * 10**12 - CALL_PICO_USD
    assert app.release(asked).json()["state"] == "released"


def test_a_call_that_costs_more_than_was_set_aside_is_booked_in_full(app: App) -> None:
    """The call is over: its cost counts, the reservation is used up and not negative."""
    asked = app.check(amount_pico_usd=1000, usd=None, calls=None)["reservation_id"]
    app.call(asked)
    shown = app.reservation(asked)
    assert (shown["spent_pico_usd"], shown["open_pico_usd"]) == (str(CALL_PICO_USD), "0")
    assert app.left() == 9 * 10**12 - CALL_PICO_USD


def test_counting_tokens_first_does_not_close_the_reservation(app: App) -> None:
    """What is free is no call that was reserved for; nor is a span that arrives twice two calls."""
    asked = app.check("1.00", calls=2)["reservation_id"]
    free: dict[str, Value] = {
        "operation_name": "count_tokens",
        "cost_reasons": ["free_operation"],
        "input_tokens": None,
        "output_tokens": None,
    }
    app.call(asked, **free)
    app.call(asked)
    app.calls -= 1
    app.call(asked)  # the same span again
    shown = app.reservation(asked)
    assert (shown["state"], shown["ended_calls"]) == ("open", 1)


def test_a_refused_asker_changes_nothing(app: App) -> None:
    """Neither a reservation nor a commit: an app that asks in a loop costs ingest nothing."""
    answer = app.check("11.00")
    assert (answer["allowed"], answer["reservation_id"], answer["expires_at"]) == (
        False,
        None,
        None,
    )
    assert app.left() == 9 * 10**12
    assert app.collector.metric('gemledger_budget_checks_total{answer="refused"}') == 1
    assert app.collector.metric('gemledger_budget_checks_total{answer="allowed"}') == 1


def test_labels_that_no_budget_is_about_are_allowed_anything(app: App, tmp_path: Path) -> None:
    """Nobody has set a limit; the answer says so."""
    config = config_for(tmp_path / "other.duckdb")
    with RunningCollector(config, app.clock) as running:
        answer = App(running, app.clock).check("1000.00")
    assert (answer["allowed"], answer["reason"], answer["budgets"]) == (
        True,
        "no budget is about these labels",
        [],
    )


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"labels": {"squad": "a"}}, "'squad' is nothing budgets know"),
        ({"amount_usd": "0"}, "give an amount above 0"),
        ({"amount_usd": "-1"}, "give an amount above 0"),
        ({"amount_pico_usd": 1}, "give one of amount_usd and amount_pico_usd"),
        ({"amount_usd": None}, "give one of amount_usd and amount_pico_usd"),
        ({"expires_in": "2d"}, "is not between 1s and 1d"),
        ({"expires_in": "soon"}, "is not a duration"),
        ({"calls": 0}, "calls"),
        ({"budget": "teams"}, "budget"),
    ],
)
def test_a_wrong_question_is_told_what_is_wrong(app: App, wrong: dict[str, Any], told: str) -> None:
    """A label with a typo would look at no budget and be allowed everything: it is refused instead."""
    body = {"labels": {"team": "search"}, "amount_usd": "1.00", **wrong}
    answer = app.collector.http.post("/api/v1/budgets/check", json=body)
    assert answer.status_code == 400
    assert told in answer.json()["error"]["message"]


def test_an_unknown_reservation_is_not_found(app: App) -> None:
    """Neither to look at nor to give back; and a call that names one is booked like any other."""
    assert app.release("rsv_none").status_code == 404
    assert app.collector.http.get("/api/v1/budgets/reservations/rsv_none").status_code == 404
    app.call("rsv_none")
    assert app.left() == 9 * 10**12 - CALL_PICO_USD


def test_a_restart_keeps_what_is_reserved(app: App, tmp_path: Path) -> None:
    """The promise lies in the file: a collector that comes back has not given it to anybody else."""
    asked = app.check("8.00", expires_in="10m")["reservation_id"]
    app.collector.stop()
    config = app.collector.config
    with RunningCollector(config, app.clock) as running:
        again = App(running, app.clock)
        assert not again.check("2.00")["allowed"]
        assert again.reservation(asked)["state"] == "open"


def test_budgets_show_what_is_reserved_of_each_group(app: App) -> None:
    """A manager sees who has used how much of their own, and what is promised; the dearest group stands for all."""
    app.check("2.00", calls=None)
    app.call(None)
    app.call(None, attribution_team="growth", input_tokens=100_000)
    answer = app.collector.get("/api/v1/budgets")
    teams = next(row for row in answer["budgets"] if row["name"] == "teams")
    assert [group["labels"] for group in teams["groups"]] == [
        {"team": "growth"},
        {"team": "search"},
    ]
    search = teams["groups"][1]
    assert (search["spent_pico_usd"], search["reserved_pico_usd"], search["reservations"]) == (
        str(CALL_PICO_USD),
        str(2 * 10**12),
        1,
    )
    assert teams["spent_pico_usd"] == teams["groups"][0]["spent_pico_usd"]
    assert (teams["each"], teams["group_count"], teams["refuse_at_percent"]) == (["team"], 2, 90)


def test_the_dashboard_names_the_group_that_has_used_the_most(app: App, tmp_path: Path) -> None:
    """Its card has room for one group's figures, so it says whose they are; a rolling budget says how long it is."""
    app.call(None, attribution_team="growth")
    config = config_for(
        tmp_path / "rolling.duckdb",
        extensions={"alerts": {"budgets": [{"name": "30", "limit_usd": 9, "rolling": "30d"}]}},
    )
    teams = limit_answers.limits(app.collector.get("/api/v1/budgets")).budgets[1]
    assert (teams.filter, teams.period) == ({"team": "growth"}, "day")
    with RunningCollector(config, app.clock) as running:
        (rolling,) = limit_answers.limits(running.get("/api/v1/budgets")).budgets
    assert (rolling.filter, rolling.period) == ({}, "30 days rolling")
