"""Apps that ask before they spend, over real HTTP: what is left, what is set aside, and what becomes of it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.collector import RunningCollector, config_for
from support.otlp import NOON, SECOND, Value, call, call_attributes, payload

from gemledger import semconv
from gemledger_dashboard import parsing

CALL_PICO_USD = 550_000_000
"""What an ordinary call of the tests costs: 1,000 tokens in and 100 out of Gemini 2.5 Flash."""
BUDGETS = [
    {"name": "company", "limit_usd": 100, "period": "month"},
    {"name": "teams", "limit_usd": 10, "period": "day", "each": ["team"], "refuse_at": 90},
    {"name": "chat", "limit_usd": 5, "period": "day", "filter": {"feature": "chat"}},
]


@dataclass
class Clock:
    """A clock that is moved by hand."""

    now: int = NOON

    def __call__(self) -> int:
        """Unix nanoseconds."""
        return self.now


@dataclass
class App:
    """Somebody who asks."""

    collector: RunningCollector
    clock: Clock
    calls: int = 0

    def check(
        self, usd: str | None = "1.00", *, team: str = "search", **asked: Any
    ) -> dict[str, Any]:
        """The answer of a check."""
        labels = {"team": team, **asked.pop("labels", {})}
        body = {"labels": labels, "amount_usd": usd, **asked}
        answer = self.collector.http.post("/api/v1/budgets/check", json=body)
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def call(self, reservation_id: str | None, **changes: Value) -> None:
        """One call that carries a reservation; the collector has it when this returns."""
        self.calls += 1
        attributes = call_attributes(**changes) | {semconv.RESERVATION_ID: reservation_id}
        known = {name: value for name, value in attributes.items() if value is not None}
        span = call(self.calls, start=self.clock.now - 2 * SECOND, attributes=known)
        assert self.collector.send(payload([span])).status_code == 200

    def reservation(self, reservation_id: str) -> dict[str, Any]:
        """What became of it."""
        shown: dict[str, Any] = self.collector.get(f"/api/v1/budgets/reservations/{reservation_id}")
        return shown

    def release(self, reservation_id: str) -> httpx.Response:
        """Give it back."""
        return self.collector.http.post(f"/api/v1/budgets/reservations/{reservation_id}/release")

    def left(self, name: str = "teams", team: str = "search") -> int:
        """What a budget has left for somebody who asks, in picoUSD."""
        answer = self.check(team=team, reserve=False)
        return next(int(row["left_pico_usd"]) for row in answer["budgets"] if row["name"] == name)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    """An app of a collector with three budgets, at noon."""
    clock = Clock()
    config = config_for(tmp_path / "ledger.duckdb", extensions={"alerts": {"budgets": BUDGETS}})
    with RunningCollector(config, clock) as running:
        yield App(running, clock)


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
    teams = parsing.limits(app.collector.get("/api/v1/budgets")).budgets[1]
    assert (teams.filter, teams.period) == ({"team": "growth"}, "day")
    with RunningCollector(config, app.clock) as running:
        (rolling,) = parsing.limits(running.get("/api/v1/budgets")).budgets
    assert (rolling.filter, rolling.period) == ({}, "30 days rolling")


def at_once(askers: int, ask: Callable[[int], None]) -> None:
    """All of them start together, each in a thread of its own."""
    gate = threading.Barrier(askers)

    def run(number: int) -> None:
        gate.wait()
        ask(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(askers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_hundred_askers_at_once_cannot_overrun(app: App) -> None:
    """Nine dollars are left, each asks for twenty-five cents, calls are committed meanwhile: 35 of them get it."""
    app.call(None)
    left = app.left()
    granted: list[int] = []
    mismatches: list[str] = []

    def ask(number: int) -> None:
        if number % 10 == 0:
            span = call(1000 + number, start=NOON - 60 * SECOND, trace=number)
            httpx.post(
                f"{app.collector.url}/v1/traces",
                content=payload([span]),
                headers={"Content-Type": "application/x-protobuf"},
                timeout=60,
            )
        body = {"labels": {"team": "search"}, "amount_usd": "0.25"}
        answer = httpx.post(f"{app.collector.url}/api/v1/budgets/check", json=body, timeout=60)
        if answer.status_code != 200:
            mismatches.append(answer.text)
        elif answer.json()["allowed"]:
            granted.append(int(answer.json()["amount_pico_usd"]))

    at_once(100, ask)
    assert mismatches == []
    assert sum(granted) <= left
    assert len(granted) == 35
    assert app.left() == left - sum(granted) - 10 * CALL_PICO_USD


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    amounts=st.lists(st.integers(10**11, 4 * 10**12), min_size=20, max_size=30),
    day=st.integers(1, 10_000),
)
def test_whatever_is_asked_at_once_the_sum_of_what_is_granted_was_left(
    app: App, amounts: list[int], day: int
) -> None:
    """Amounts of all sizes, half of the granted settled by calls while others still ask."""
    app.clock.now = NOON + day * 86_400 * SECOND
    team = f"team-{day}"
    left = app.left(team=team)
    granted: list[int] = []

    def ask(number: int) -> None:
        body = {"labels": {"team": team}, "amount_pico_usd": str(amounts[number])}
        answer = httpx.post(f"{app.collector.url}/api/v1/budgets/check", json=body, timeout=60)
        assert answer.status_code == 200
        if answer.json()["allowed"]:
            granted.append(amounts[number])
            if number % 2:
                httpx.post(
                    f"{app.collector.url}/api/v1/budgets/reservations/{answer.json()['reservation_id']}/release",
                    timeout=60,
                )
                granted.remove(amounts[number])

    at_once(len(amounts), ask)
    assert sum(granted) <= left
