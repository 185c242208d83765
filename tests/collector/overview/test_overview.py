"""One answer says how things stand: as of a moment, equal to SQL run beside it, and why what changed did."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from support.collector import RunningCollector, config_for
from support.otlp import call, call_attributes, payload

from gemledger_collector.alerts.periods import unix_nano

NUMBERS = count(1)
NOW = "2026-11-20T18:00:00+00:00"
AT = "2026-11-20T12:00:00Z"
"""Calls of the afternoon are later."""
MINUTE = 60 * 10**9
BUDGETS = [
    {"name": "far", "limit_usd": "1000"},
    {"name": "near", "limit_usd": "0.10"},
    {"name": "teams", "limit_usd": "500", "each": ["team"]},
]


def at(written: str) -> int:
    """Unix nanoseconds of an ISO time."""
    return unix_nano(datetime.fromisoformat(written))


def calls(running: RunningCollector, when: str, many: int, **attributes: Any) -> None:
    """So many calls, a minute apart."""
    told = call_attributes(**attributes)
    spans = [
        call(next(NUMBERS), start=at(f"{when}+00:00") + place * MINUTE, attributes=told)
        for place in range(many)
    ]
    assert running.send(payload(spans)).status_code == 200


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCollector]:
    """Two months of a shop: in November chat answers at length, a feature is new, a model has no price."""
    path = tmp_path_factory.mktemp("overview") / "shop.duckdb"
    config = config_for(Path(path), extensions={"alerts": {"budgets": BUDGETS}})
    chat: dict[str, Any] = {"attribution_feature": "chat", "attribution_prompt_version": "v1"}
    find: dict[str, Any] = {"attribution_feature": "find", "attribution_team": "growth"}
    with RunningCollector(config, clock=lambda: at(NOW)) as running:
        for day in range(1, 31):
            calls(running, f"2026-10-{day:02}T09:00", 10, **chat)
            calls(running, f"2026-10-{day:02}T10:00", 5, **find)
        chat |= {"attribution_prompt_version": "v2", "output_tokens": 900}
        for day in range(1, 21):
            calls(running, f"2026-11-{day:02}T09:00", 10, **chat)
            calls(running, f"2026-11-{day:02}T10:00", 5, **find)
        calls(running, "2026-11-15T03:00", 3, attribution_team=None, attribution_feature="night")
        calls(running, "2026-11-18T14:00", 2, response_model="gemini-9-unheard-of")
        calls(running, "2026-11-20T11:00", 1, platform="vertex_ai", server_address="proxy.example")
        calls(running, "2026-11-20T13:00", 40, **chat)  # later than the moment
        yield running


def overview(running: RunningCollector, **asked: Any) -> Any:
    """The answer as of that noon."""
    return running.get("/api/v1/overview", **{"at": AT, **asked})


def summed(running: RunningCollector, since: str, until: str, where: str = "true") -> list[int]:
    """Cost, estimated, without a team (picoUSD) and calls without a price, added up apart from any rollup."""
    ((cost, estimated, unowned, unpriced),) = running.select(
        "select coalesce(sum(cost_pico_usd), 0)::varchar, "
        "coalesce(sum(cost_pico_usd) filter (cost_status = 'estimated'), 0)::varchar, "
        "coalesce(sum(cost_pico_usd) filter (team is null), 0)::varchar, "
        "count(*) filter (cost_status = 'unpriced') from charges "
        f"where start_time_unix_nano >= {at(since)} and start_time_unix_nano < {at(until)} and {where}"
    )
    return [int(cost), int(estimated), int(unowned), int(unpriced)]


def told(spent: Any) -> list[int]:
    """The same figures of an answer."""
    totals = spent["totals"]
    names = ("cost_pico_usd", "estimated_pico_usd", "unowned_pico_usd", "unpriced_calls")
    known = int(totals["known_pico_usd"])
    assert known + int(totals["estimated_pico_usd"]) == int(totals["cost_pico_usd"])
    return [int(totals[name]) for name in names]


@pytest.mark.parametrize(
    ("zone", "midnight", "first", "first_before", "same"),
    [
        ("UTC", "2026-11-20T00:00Z", "2026-11-01T00:00Z", "2026-10-01T00:00Z", "2026-10-20T12:00Z"),
        (  # Berlin left summer time on 25 October: noon in UTC is one o'clock, and was eleven
            *("Europe/Berlin", "2026-11-19T23:00Z", "2026-10-31T23:00Z", "2026-09-30T22:00Z"),
            "2026-10-20T11:00Z",
        ),
    ],
)
def test_what_was_spent_is_what_sql_says(
    shop: RunningCollector, zone: str, midnight: str, first: str, first_before: str, same: str
) -> None:
    """Today, the month and the same days of the month before, up to the moment and no further."""
    answer = overview(shop, timezone=zone)
    assert told(answer["today"]) == summed(shop, midnight, AT)
    assert told(answer["month"]) == summed(shop, first, AT)
    assert told(answer["same_days"]) == summed(shop, first_before, same)
    assert told(answer["month"])[1:] != [0, 0, 0]
    assert answer["only"] == {}
    assert answer["not_narrowed"] == []


def test_months_begin_where_a_company_says(shop: RunningCollector) -> None:
    """From the sixteenth on: four days and a half, beside those of October."""
    answer = overview(shop, month_starts_on=16)
    assert told(answer["month"]) == summed(shop, "2026-11-16T00:00Z", AT)
    assert told(answer["same_days"]) == summed(shop, "2026-10-16T00:00Z", "2026-10-20T12:00Z")
    assert answer["month_end"] == "2026-12-16T00:00:00Z"
    assert answer["forecast"]["period_start"] == "2026-11-16T00:00:00Z"


def test_movers_say_who_and_why_and_sum_to_the_change(shop: RunningCollector) -> None:
    """Chat, whose answers grew, before what is new; each is split exactly; what did not move is not there."""
    changed = overview(shop)["changed"]
    assert changed["compared"] == "month"
    movers = changed["movers"]
    assert [(each["team"], each["feature"]) for each in movers] == [
        ("search", "chat"),
        (None, "night"),
        ("search", None),
    ]
    assert movers[0]["cause"] == "longer answers"
    assert movers[1]["cause"] == "new: it spent nothing before"
    for each in movers:
        change = int(each["change_pico_usd"])
        assert change == int(each["spent_pico_usd"]) - int(each["before_pico_usd"])
        assert change == sum(map(int, each["parts_pico_usd"].values()))
    difference = int(changed["spent_pico_usd"]) - int(changed["before_pico_usd"])
    assert sum(int(each["change_pico_usd"]) for each in movers) == difference
    assert changed["other_count"] == 0
    assert int(changed["spent_pico_usd"]) == summed(shop, "2026-11-01T00:00Z", AT)[0]


def test_a_new_prompt_version_is_told(shop: RunningCollector) -> None:
    """When chat began to use v2."""
    newest = [each for each in overview(shop)["changes"] if each["kind"] == "prompt_version"]
    assert newest == [
        {
            "time": "2026-11-01T09:00:00Z",
            "kind": "prompt_version",
            "feature": "chat",
            "before": "v1",
            "after": "v2",
        }
    ]


def test_budgets_in_danger_come_first_and_the_month_is_foreseen(shop: RunningCollector) -> None:
    """What is spent as of the moment, with an interval; a budget of each team is as many as there are teams."""
    answer = overview(shop)
    assert answer["budgets"][0]["name"] == "near"
    assert answer["budget_count"] == 5  # search, growth and none
    month = answer["forecast"]
    assert month["limit_pico_usd"] is None
    assert int(month["spent_pico_usd"]) == summed(shop, "2026-11-01T00:00Z", AT)[0]
    low, likely, high = (
        int(month["end"][f"{each}_pico_usd"]) for each in ("low", "likely", "high")
    )
    assert int(month["spent_pico_usd"]) < low <= likely <= high
    assert month["end"]["probability_over"] is None
    assert answer["budgets"][0]["end"]["probability_over"] == 1.0


def test_a_choice_of_calls_narrows_spend_forecast_and_movers(shop: RunningCollector) -> None:
    """And says what it does not narrow; of several values nothing is foreseen."""
    answer = overview(shop, team="growth")
    where = "team = 'growth'"
    assert told(answer["month"]) == summed(shop, "2026-11-01T00:00Z", AT, where)
    assert int(answer["forecast"]["spent_pico_usd"]) == told(answer["month"])[0]
    assert answer["changed"]["movers"] == []
    assert answer["only"] == {"team": ["growth"]}
    assert "budgets" in answer["not_narrowed"]
    both = overview(shop, team=["growth", ""])
    assert told(both["month"]) == summed(
        shop, "2026-11-01T00:00Z", AT, "(team = 'growth' or team is null)"
    )
    assert both["forecast"] is None
    nobody = overview(shop, team="")
    assert int(nobody["forecast"]["spent_pico_usd"]) == told(nobody["month"])[0] > 0


def test_a_young_ledger_is_compared_with_what_there_is(shop: RunningCollector) -> None:
    """In mid October there is no month before, on its second day only a day, on its first nothing."""
    assert overview(shop, at="2026-10-20T12:00:00Z")["same_days"] is None
    kinds = [overview(shop, at=f"2026-10-{day:02}T12:00:00Z")["changed"] for day in (20, 3, 1)]
    assert [None if each is None else each["compared"] for each in kinds] == ["7d", "1d", None]


@pytest.mark.parametrize("when", ["1970-01-01T00:00:00Z", "2262-01-01T00:00:00Z"])
def test_a_moment_nobody_can_look_around_is_refused(shop: RunningCollector, when: str) -> None:
    """It says which can be asked for."""
    answer = shop.http.get("/api/v1/overview", params={"at": when})
    assert answer.status_code == 400
    assert "from 1971-01-01 to 2261-01-01" in answer.json()["error"]["message"]


def test_an_empty_ledger_has_an_overview(tmp_path: Path) -> None:
    """Nothing spent, nothing to compare with, nothing wrong."""
    with RunningCollector(config_for(tmp_path / "empty.duckdb")) as running:
        answer = running.get("/api/v1/overview")
    assert told(answer["today"]) == told(answer["month"]) == [0, 0, 0, 0]
    assert answer["same_days"] is answer["changed"] is answer["forecast"]["end"] is None
    assert answer["alerts"]["firing"] == answer["services"]["quiet"] == answer["quality"] == []
