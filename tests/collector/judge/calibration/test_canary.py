"""The canary set: graded once a day by the real SDK against the simulator, and what its days tell of the judge."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from support.blank import open_blank
from support.collector import RunningCollector, config_for

from gemledger_collector.estimation.paired import changed_by_chance
from gemledger_collector.judge.canary.scoring import Canary
from gemledger_collector.judge_config.canary import CanaryConfig
from gemledger_collector.storage import canary as stored
from gemledger_collector.storage import evaluations
from gemledger_collector.storage.canary import Scored
from gemledger_simulator.process import SimulatorProcess

from ..conftest import Bench, judge_spend, point_sdk_at

FIVE = int(datetime.fromisoformat("2026-11-10T05:00:00+00:00").timestamp()) * 10**9
HOUR = 3600 * 10**9
DAY = 24 * HOUR
BUILTIN = {"canary": {"set": "builtin"}}


def graded(bench: Bench, now: int, **settings: Any) -> int:
    """Everything that is due, as after a start of the collector; how many verdicts and errors that made."""
    canary = Canary.beside(bench.judging(**{**BUILTIN, **settings}))
    assert canary is not None
    total = 0
    for _ in range(200):
        done = canary.round(now)
        total += done
        if not done:
            return total
    raise AssertionError("it did not come to an end")


def rows(bench: Bench) -> list[dict[str, Any]]:
    """Every row of the set."""
    with bench.store.reading() as snapshot:
        return [
            {
                "label": day.agreed,
                "day": day.day,
                "dimension": day.dimension,
                "scored": day.scored,
                "errors": day.errors,
            }
            for day in stored.days(snapshot, "2026-01-01")
        ]


def test_a_judge_that_never_errs_agrees_with_every_item_that_ships(bench: Bench) -> None:
    """50 of accuracy, half of them wrong, and 50 of tone, half of them rude."""
    assert graded(bench, FIVE, rule={"rubrics": ["accuracy", "tone"]}) == 100
    found = rows(bench)
    assert [(row["dimension"], row["scored"], row["label"], row["errors"]) for row in found] == [
        ("accuracy", 50, 50, 0),
        ("tone", 50, 50, 0),
    ]
    items = CanaryConfig(set="builtin").read()
    assert items is not None
    assert Counter(item.expected for item in items.items) == {"good": 50, "bad": 50}


def test_every_rubric_that_the_set_names_can_be_judged_by_it(bench: Bench) -> None:
    """Also those that hold an answer against what the model was given."""
    names = ["accuracy_with_context", "hallucination"]
    assert graded(bench, FIVE, rule={"rubrics": names}) == 100
    assert [(row["dimension"], row["label"], row["errors"]) for row in rows(bench)] == [
        (name, 50, 0) for name in names
    ]


def test_it_is_graded_once_a_day_whatever_is_restarted(bench: Bench) -> None:
    """Nothing before its time of day; on the next day again, from the same budget as answers."""
    assert graded(bench, FIVE - 2 * HOUR) == 0
    assert graded(bench, FIVE) == 50
    spent = judge_spend(bench)
    assert spent > 0
    assert graded(bench, FIVE + HOUR) == 0
    assert judge_spend(bench) == spent
    assert graded(bench, FIVE + DAY) == 50
    assert [row["day"] for row in rows(bench)] == ["2026-11-10", "2026-11-11"]


def test_the_day_is_that_of_its_own_time_zone(bench: Bench) -> None:
    """Five in the morning in London is one in the afternoon in Singapore, and not yet four in New York."""
    for zone, count in (("Asia/Singapore", 50), ("America/New_York", 0)):
        assert graded(bench, FIVE, canary={"set": "builtin", "timezone": zone}) == count


def test_without_money_it_is_not_graded(bench: Bench) -> None:
    """It costs what the day still has, never more."""
    assert graded(bench, FIVE, daily_budget_usd=0.000001) == 0
    assert judge_spend(bench) == 0
    few = graded(bench, FIVE, daily_budget_usd=0.002)
    assert 0 < few < 50
    assert judge_spend(bench) <= 2 * 10**9


def test_a_judge_that_cannot_be_asked_leaves_errors_and_is_asked_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, perfect_simulator: SimulatorProcess
) -> None:
    """An error is no verdict; a later round the same day replaces it."""
    point_sdk_at(monkeypatch, "http://127.0.0.1:9")
    assert graded(bench, FIVE, timeout="1s", concurrency=16) == 50
    (failed,) = rows(bench)
    assert (failed["scored"], failed["errors"]) == (0, 50)
    point_sdk_at(monkeypatch, perfect_simulator.url)
    assert graded(bench, FIVE + HOUR) == 50
    (row,) = rows(bench)
    assert (row["scored"], row["label"], row["errors"]) == (50, 50, 0)


def test_ones_own_set_is_read_and_what_is_wrong_with_it_is_said_with_its_line(
    tmp_path: Path,
) -> None:
    """The collector does not start with a broken one."""
    file = tmp_path / "mine.jsonl"
    good = '{"item": "a", "dimensions": ["accuracy"], "question": "?", "answer": "Yes.", "expected": "good"}'
    file.write_text(f"{good}\n")
    found = CanaryConfig(set=str(file)).read()
    assert found is not None
    assert (found.name, len(found.items)) == ("mine", 1)
    for text, told in (
        (f"{good}\n\n{good}\n", "'a' stands there twice"),
        (f"{good}\nnonsense\n", "line 2: no JSON"),
        (good.replace('"good"', '"fine"'), "line 1: expected"),
        ("", "no item"),
    ):
        file.write_text(text)
        with pytest.raises(ValidationError, match=told):
            CanaryConfig(set=str(file))
    with pytest.raises(ValidationError, match="cannot be read"):
        CanaryConfig(set=str(tmp_path / "nothing.jsonl"))
    with pytest.raises(ValidationError, match="in quotes"):
        CanaryConfig.model_validate({"at": 840})


def test_a_change_of_a_few_verdicts_may_be_chance() -> None:
    """Eight of eight one way is not: McNemar's exact test, two-sided."""
    assert changed_by_chance(0, 0) == 1.0
    assert changed_by_chance(3, 3) == 1.0
    assert changed_by_chance(6, 0) == pytest.approx(2 / 64)
    assert changed_by_chance(8, 0) == pytest.approx(2 / 256)
    assert changed_by_chance(0, 8) == pytest.approx(2 / 256)


def test_the_days_are_told_over_http_and_a_drift_is_seen(tmp_path: Path) -> None:
    """Seven days of 45 right in 50; on the eighth the same; on the ninth ten more are wrong."""
    path = tmp_path / "x.duckdb"
    store = open_blank(path)
    with store.writing() as transaction:
        for day in range(1, 10):
            wrong = 15 if day == 9 else 5
            labels = ["good"] * wrong + ["bad"] * (50 - wrong)
            stored.record(
                transaction, [verdict(number, label, day) for number, label in enumerate(labels)]
            )
        evaluations.record(transaction, [graded_answer()])
    store.close()
    with RunningCollector(config_for(path), lambda: FIVE) as running:
        (calibrated,) = running.get("/api/v1/calibration")["judges"]
        (judge,) = running.get("/api/v1/canary")["canaries"]
        assert (
            running.get("/api/v1/canary", days=1)["canaries"][0]["days"][0]["day"] == "2026-11-09"
        )
    first, eighth, ninth = judge["days"][0], judge["days"][7], judge["days"][8]
    assert (judge["set"], judge["dimension"]) == ("builtin", "accuracy")
    assert first["agreement"] == pytest.approx(0.9)
    assert first["agreement_low"] < 0.9 < first["agreement_high"]
    assert first["changed"] is None
    assert (eighth["p"], eighth["changed"]) == (1.0, False)
    assert (ninth["lost"], ninth["gained"], ninth["changed"]) == (10, 0, True)
    assert ninth["p"] == pytest.approx(2 / 1024)
    assert calibrated["canary"] == {"set": "builtin", **ninth}, "the newest day, beside the labels"


def graded_answer() -> dict[str, Any]:
    """What the same judge said of a real answer."""
    return {
        "rule": "all",
        "dimension": "accuracy",
        "rubric_version": "1",
        "trace_id": f"{1:032x}",
        "span_id": 1,
        "call_start_unix_nano": FIVE,
        "label": "good",
        "attempt": 1,
        "judge_model": "gemini-2.5-flash-lite",
        "sample_rate": 1.0,
        "judged_at_unix_nano": FIVE,
    }


def verdict(number: int, label: str, day: int) -> Scored:
    """A row of the set; everything should be bad."""
    return Scored(
        canary="builtin",
        canary_version="ab12cd34",
        item=f"item-{number}",
        dimension="accuracy",
        rubric_version="1",
        judge_model="gemini-2.5-flash-lite",
        expected="bad",
        label=label,
        score=0.5,
        error=None,
        day=f"2026-11-{day:02}",
        judged_at_unix_nano=FIVE,
    )


def test_a_running_collector_grades_the_set_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, perfect_simulator: SimulatorProcess
) -> None:
    """Its loop does, beside its answers; the verdicts are there over HTTP."""
    point_sdk_at(monkeypatch, perfect_simulator.url)
    judge = {
        "model": "gemini-2.5-flash-lite",
        "interval": "50ms",
        "rules": [{"name": "support-quality", "rubrics": ["accuracy"]}],
        "canary": {"set": "builtin", "at": "00:00"},
    }
    config = config_for(tmp_path / "x.duckdb", extensions={"judge": judge})
    with RunningCollector(config) as running:
        wait_until(lambda: scored(running) == 50)
        (day,) = running.get("/api/v1/canary")["canaries"][0]["days"]
    assert (day["agreed"], day["errors"]) == (50, 0)


def scored(running: RunningCollector) -> int:
    """How many verdicts there are."""
    found = running.get("/api/v1/canary")["canaries"]
    return sum(day["scored"] for judge in found for day in judge["days"])


def wait_until(fulfilled: Callable[[], bool]) -> None:
    """Ask until it is so; fail after half a minute."""
    deadline = time.monotonic() + 30
    while not fulfilled():
        assert time.monotonic() < deadline, "it did not happen within 30 s"
        time.sleep(0.05)
