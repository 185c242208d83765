"""Rounds of the judge itself, on the real SDK: what a slot of time brings is judged once it is over."""

import time
from collections import Counter
from typing import Any

from gemledger_collector.judge.judging import Halt

from .conftest import HOUR, MINUTE, NEVER, SECOND

SLOT = 5 * MINUTE


def test_a_round_draws_from_what_is_over_and_judges_it(bench: Any) -> None:
    """Four of ten, each with its chance beside the verdict; a restart judges none of them again."""
    now = time.time_ns() // HOUR * HOUR + 2 * HOUR
    start = now - HOUR
    for second in range(10):
        bench.answer(start_time_unix_nano=start + second * SECOND, prompt_version="v1")
    rule = {"sample_rate": NEVER, "floor": {"per_hour": 48, "burst": 1}}
    judging = bench.judging(rule=rule)
    assert judging.round(start + SLOT).judged == 0
    assert judging.round(now).judged == 4
    assert bench.judging(rule=rule).round(now + MINUTE).halt is Halt.DONE
    with bench.store.reading() as snapshot:
        told = snapshot.rows("sampling_answers_before", {"rule": "support-quality"})
        rows = snapshot.query("export_evaluations", _all()).to_pylist()
    assert told == [("support-chat", "v1", 10)]
    assert Counter(row["sampled_because"] for row in rows) == {"floor": 4}
    assert len({row["inclusion_probability"] for row in rows}) == 1
    assert all(row["representative"] for row in rows)


def _all() -> dict[str, object]:
    filters = dict.fromkeys(("team", "cost_center", "feature", "environment", "model", "service"))
    until = {"since": 0, "until": 2**62, "after_start": 0, "after_id": 0, "limit": 100}
    return {**filters, **until}
