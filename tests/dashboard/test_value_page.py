"""Quality for money over a real collector: a picture with intervals, pairs, and what people say."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from support.collector import PROTOBUF
from support.feedback import answered
from support.otlp import SECOND, payload

from gemledger_collector.storage import evaluations
from gemledger_collector.storage.store import Store
from gemledger_dashboard.quality import value_charts
from gemledger_dashboard.quality.value_answers import Figure, Money, ValueRow

from .conftest import NOW, Collector, Open, running
from .test_pages import texts

PRO, FLASH = "gemini-2.5-pro", "gemini-2.5-flash"
JUDGED = 600
START = int((NOW - timedelta(hours=30)).timestamp()) * SECOND


def call(number: int) -> Any:
    """One of two models, over a day, in one feature."""
    model = PRO if number % 2 else FLASH
    return answered(
        number,
        f"r{number}",
        start=START + number * 60 * SECOND,
        request_model=model,
        response_model=model,
        attribution_feature="chat",
        attribution_prompt_version="v1",
    )


def verdict(number: int) -> dict[str, Any]:
    """Every twentieth of each model is bad."""
    span = call(number)
    return {
        "rule": "all",
        "dimension": "accuracy",
        "rubric_version": "1",
        "trace_id": span.trace_id.hex(),
        "span_id": int.from_bytes(span.span_id),
        "call_start_unix_nano": span.start_time_unix_nano,
        "feature": "chat",
        "prompt_version": "v1",
        "model": PRO if number % 2 else FLASH,
        "label": "bad" if number // 2 % 20 == 0 else "good",
        "score": 1.0,
        "attempt": 1,
        "judge_model": "gemini-2.5-flash-lite",
        "sample_rate": 1.0,
        "judged_at_unix_nano": START,
    }


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    """Two models, judged alike, one answer disliked and one liked."""
    path = tmp_path_factory.mktemp("value") / "value.duckdb"
    store = Store.open(path)
    with store.writing() as transaction:
        evaluations.record(transaction, [verdict(number) for number in range(2 * JUDGED)])
    store.close()
    with running(path) as collector:
        body = payload([call(number) for number in range(2 * JUDGED)])
        asked: Any = {"trust_env": False, "timeout": 60}
        httpx.post(f"{collector.url}/v1/traces", content=body, headers=PROTOBUF, **asked)
        for number, thumbs in ((1160, "down"), (1161, "down"), (1163, "up")):
            said = {"response_id": f"r{number}", "thumbs": thumbs, "comment": "hm"}
            httpx.post(f"{collector.url}/api/v1/feedback", json=said, **asked).raise_for_status()
        yield collector


def test_the_cheaper_model_is_named_with_what_it_would_save(
    judged: Collector, open_page: Open
) -> None:
    """Never that both are alike; the words are those of the collector."""
    page = open_page(judged.url, "views/value.py", tz=judged.zone)
    assert not page.exception
    assert not page.error
    pairs, groups, thumbs = (table.value for table in page.dataframe)
    assert list(pairs["Use"]) == [FLASH]
    assert list(pairs["Verdict"]) == ["not shown to be worse"]
    assert list(groups["Group"]) == [FLASH, PRO]
    assert list(groups["Judged"]) == [JUDGED, JUDGED]
    assert list(thumbs["Thumbs down"]) == [2]
    assert list(thumbs["Group"]) == ["chat · v1"]
    assert "as good" in texts(page.caption)
    assert page.segmented_control(key="choice_judged").value == "accuracy"


def test_features_are_not_compared(judged: Collector, open_page: Open) -> None:
    """The picture stays, the pairs go, with the reason."""
    page = open_page(judged.url, "views/value.py", tz=judged.zone)
    page.segmented_control(key="choice_compare").set_value("feature").run()
    assert not page.exception
    assert "not compared with each other" in texts(page.caption)
    assert len(page.dataframe) == 2


def test_thumbs_stand_beside_the_worst_answers(judged: Collector, open_page: Open) -> None:
    """Of those that somebody said something about."""
    page = open_page(judged.url, "views/quality.py", tz=judged.zone)
    assert not page.exception
    (worst,) = (table.value for table in page.dataframe if "Reason" in table.value)
    assert sorted(set(worst["Thumbs"])) == ["0 up, 1 down", "\N{EN DASH}"]


def test_a_point_is_drawn_inside_both_of_its_intervals() -> None:
    """Open ends have a place on a logarithm too; what has no price or no verdict is left out."""
    good, worth = Figure(0.9, 0.8, 0.95), Figure(900.0, 800.0, None)
    shown = ValueRow({"model": "a"}, 10, 0, 10**9, 50, Money(10**8, 0, None), good, worth)
    nothing = Figure(None, None, None)
    unpriced = ValueRow({"model": "b"}, 1, 1, 0, 0, Money(None, None, None), nothing, nothing)
    chart = value_charts.scatter([shown, unpriced]).to_dict()
    ((point,),) = chart["datasets"].values()
    assert point["low_cost"] < point["cost"] < point["high_cost"]
    assert point["low_good"] < point["good"] < point["high_good"]
    assert value_charts.groups([unpriced])["Cost of a call"][0] == "\N{EN DASH}"
    assert value_charts.groups([shown])["95 % interval"][0] == "800 or more"
