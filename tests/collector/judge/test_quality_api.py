"""The questions about quality, asked over HTTP of a real application on a real store."""

import time
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from gemledger_collector.access import LOOPBACK
from gemledger_collector.api.app import create_app
from gemledger_collector.api.context import Context
from gemledger_collector.api.doorway import CALLER
from gemledger_collector.api.hosts import Message, Receive, Send
from gemledger_collector.config import Config
from gemledger_collector.storage import evaluations
from gemledger_collector.storage.minutes import Minutes
from gemledger_collector.telemetry import Telemetry

from .conftest import Bench

NOON = int(datetime.fromisoformat("2026-11-10T12:00:00+00:00").timestamp()) * 10**9
HOUR = 3600 * 10**9


def judged(number: int, label: str | None, **columns: Any) -> dict[str, Any]:
    """One evaluation as the judge writes it."""
    empty: dict[str, Any] = dict.fromkeys(evaluations.SCHEMA.names)
    return empty | {
        "rule": "support-quality",
        "dimension": "accuracy",
        "rubric_version": "1",
        "trace_id": f"{number:032x}",
        "span_id": number,
        "call_start_unix_nano": NOON,
        "feature": "support-chat",
        "prompt_version": "v7",
        "label": label,
        "score": {"good": 0.9, "bad": 0.1, "cannot_tell": 0.5}.get(label or ""),
        "error": None if label else "the judge answered nothing",
        "attempt": 1,
        "judge_model": "gemini-2.5-flash-lite",
        "sample_rate": 0.1,
        "judged_at_unix_nano": NOON,
        **columns,
    }


def asking(bench: Bench, rows: list[dict[str, Any]]) -> TestClient:
    """A collector that holds these judgements, without tokens."""
    with bench.store.writing() as transaction:
        evaluations.record(transaction, rows)
    context = Context(
        config=Config(),
        store=bench.store,
        pipeline=bench.pipeline,
        telemetry=Telemetry(),
        price_book="test",
        clock=lambda: NOON + 24 * HOUR,
        started_at_unix_nano=time.time_ns(),
        minutes=Minutes(bench.store),
    )
    app = create_app(context)

    async def inside(scope: Message, receive: Receive, send: Send) -> None:
        """The application as its own door hands it requests, on a collector without tokens."""
        await app({**scope, CALLER: LOOPBACK}, receive, send)

    return TestClient(inside)


@pytest.fixture
def client(bench: Bench) -> TestClient:
    """A collector with twelve judgements of two prompt versions."""
    rows = [judged(number, "good") for number in range(1, 7)]
    rows += [judged(7, "bad"), judged(8, "cannot_tell"), judged(9, None)]
    rows += [
        judged(number, "bad", prompt_version="v8", call_start_unix_nano=NOON + 12 * HOUR)
        for number in (10, 11)
    ]
    rows += [judged(1, "good", dimension="tone")]
    return asking(bench, rows)


def test_quality_is_counted_by_day_with_its_interval(client: TestClient) -> None:
    """Cannot tell is neither good nor bad; an error is no judgement."""
    answer = client.get("/api/v1/quality", params={"bucket": "day", "by": "prompt_version"}).json()
    first, tone, second = sorted(
        answer["rows"], key=lambda row: (row["bucket_start"], row["dimension"])
    )
    assert (first["bucket_start"], first["prompt_version"], first["dimension"]) == (
        "2026-11-10T00:00:00+00:00",
        "v7",
        "accuracy",
    )
    assert (first["judged"], first["bad"], first["cannot_tell"], first["errors"]) == (8, 1, 1, 1)
    assert first["bad_rate"] == pytest.approx(1 / 7)
    assert first["bad_rate_low"] < first["bad_rate"] < first["bad_rate_high"]
    assert first["mean_score"] == pytest.approx((6 * 0.9 + 0.1) / 7)
    assert (second["bucket_start"], second["bad_rate"]) == ("2026-11-11T00:00:00+00:00", 1.0)
    assert (tone["dimension"], tone["judged"]) == ("tone", 1)
    assert [(each["dimension"], each["judged"]) for each in answer["totals"]] == [
        ("accuracy", 10),
        ("tone", 1),
    ]
    assert answer["interval"] == "95 %, Wilson for rates, Student for scores"
    assert first["n_eff"] == 7
    assert (first["word"], first["calibrated"], first["corrected_rate"]) == (
        "judge-flagged",
        False,
        None,
    )


def test_the_days_are_those_of_the_asked_zone(client: TestClient) -> None:
    """Noon and midnight UTC are one day's afternoon and the next day in Berlin, but one day in New York."""
    rows = client.get("/api/v1/quality", params={"timezone": "America/New_York"}).json()["rows"]
    assert {row["bucket_start"] for row in rows} == {"2026-11-10T00:00:00-05:00"}


def test_the_total_has_no_bucket(client: TestClient) -> None:
    """One row per dimension."""
    rows = client.get("/api/v1/quality", params={"bucket": "total"}).json()["rows"]
    assert [(row["bucket_start"], row["dimension"], row["bad"]) for row in rows] == [
        (None, "accuracy", 3),
        (None, "tone", 0),
    ]


def test_the_worst_answers_can_be_listed(client: TestClient) -> None:
    """Newest call first, with the judge's reason and its version."""
    found = client.get("/api/v1/evaluations", params={"label": "bad", "limit": 2}).json()[
        "evaluations"
    ]
    assert [each["prompt_version"] for each in found] == ["v8", "v8"]
    assert found[0]["call_start_time"] == "2026-11-11T00:00:00Z"
    assert len(found[0]["trace_id"]) == 32
    assert len(found[0]["span_id"]) == 16


def test_one_judgement_is_listed_once_however_often_it_was_written(bench: Bench) -> None:
    """An error that was tried again, and a weight that turned out another: of several rows the last counts."""
    later = {"judged_at_unix_nano": NOON + HOUR}
    rows = [judged(1, None), judged(1, "bad", attempt=2, **later)]
    rows += [judged(2, "bad"), judged(2, "bad", inclusion_probability=0.5, **later)]
    client = asking(bench, rows)
    found = client.get("/api/v1/evaluations").json()["evaluations"]
    assert sorted((each["span_id"][-1], each["label"]) for each in found) == [
        ("1", "bad"),
        ("2", "bad"),
    ]
    counted = client.get("/api/v1/quality").json()["totals"][0]
    assert (counted["bad"], counted["errors"]) == (2, 0)


def test_an_answers_verdicts_are_found_by_its_trace_however_old(bench: Bench) -> None:
    """As an alert links to it: in every dimension, without a time; nothing of other answers."""
    old = {"call_start_unix_nano": NOON - 100 * 24 * HOUR}
    rows = [judged(1, "bad", **old), judged(1, "good", dimension="tone", **old), judged(2, "bad")]
    client = asking(bench, rows)
    found = client.get("/api/v1/evaluations", params={"trace_id": f"{1:032x}"}).json()
    assert [(each["dimension"], each["label"]) for each in found["evaluations"]] == [
        ("accuracy", "bad"),
        ("tone", "good"),
    ]
    assert client.get("/api/v1/evaluations", params={"trace_id": "abc"}).status_code == 400


def test_the_lowest_score_comes_first_where_the_worst_are_asked_for(bench: Bench) -> None:
    """However old it is; a verdict without a score comes last."""
    scores: list[tuple[int, float | None]] = [(1, 0.3), (2, 0.05), (3, None)]
    rows = [
        judged(n, "bad", score=score, call_start_unix_nano=NOON + n * HOUR) for n, score in scores
    ]
    client = asking(bench, rows)
    for order, expected in (("worst", [0.05, 0.3, None]), ("newest", [None, 0.05, 0.3])):
        found = client.get("/api/v1/evaluations", params={"order": order}).json()["evaluations"]
        assert [each["score"] for each in found] == expected


def test_an_unknown_group_is_refused(client: TestClient) -> None:
    """400, naming what there is."""
    response = client.get("/api/v1/quality", params={"by": "weather"})
    assert response.status_code == 400
    assert "prompt_version" in response.json()["error"]["message"]


def labelled(bench: Bench, verdicts: dict[tuple[str, str], int]) -> None:
    """People label judged answers: how many of each (what the judge said, what a person says)."""
    rows, number = [], {"bad": 0, "good": 1_000}
    for (said, label), count in verdicts.items():
        for _ in range(count):
            number[said] += 1
            rows.append(
                {
                    "trace_id": f"{number[said]:032x}",
                    "span_id": number[said],
                    "call_start_unix_nano": NOON,
                    "dimension": "accuracy",
                    "label": label,
                    "labelled_by": "ada",
                    "source": "csv",
                    "labelled_at_unix_nano": NOON,
                }
            )
    with bench.store.writing() as transaction:
        transaction.append("human_labels", pa.Table.from_pylist(rows))


def test_an_answer_counts_for_as_many_as_it_was_picked_from(bench: Bench) -> None:
    """Of ten picked at 1 in 100 one is bad, of ten picked for a thumb down all are: the rate is near one in ten."""
    rows = [
        judged(n, "bad" if n == 1 else "good", inclusion_probability=0.01) for n in range(1, 11)
    ]
    rows += [
        judged(n, "bad", inclusion_probability=1.0, representative=False) for n in range(11, 21)
    ]
    (row,) = asking(bench, rows).get("/api/v1/quality").json()["rows"]
    assert (row["judged"], row["bad"]) == (20, 11)
    assert row["bad_rate"] == pytest.approx((100 + 10) / (1_000 + 10))
    assert row["bad_rate_low"] < 0.03
    assert row["bad_rate_high"] > 0.35
    assert 5 < row["n_eff"] < 11
    assert row["mean_score"] == pytest.approx((900 * 0.9 + 110 * 0.1) / 1_010)


def test_checks_stand_apart_from_the_judge(bench: Bench) -> None:
    """They are right by definition: nothing to correct, and no part of what a judge says."""
    rows = [judged(n, "good") for n in range(1, 5)]
    rows += [judged(n, "bad", dimension="valid_json", kind="check", score=None) for n in (1, 2)]
    answer = asking(bench, rows).get("/api/v1/quality").json()
    assert [row["dimension"] for row in answer["rows"]] == ["accuracy"]
    (check,) = answer["checks"]["totals"]
    assert (check["dimension"], check["judged"], check["bad_rate"]) == ("valid_json", 2, 1.0)
    assert (check["word"], check["calibrated"], check["mean_score"]) == ("failed", False, None)


def test_with_enough_labels_the_rate_is_corrected_for_the_judges_errors(bench: Bench) -> None:
    """A judge that flags 100 of 1,000, of which half are good, and overlooks one of the hundred that were looked at."""
    rows = [judged(n, "bad") for n in range(1, 101)] + [
        judged(n, "good") for n in range(1_001, 1_901)
    ]
    client = asking(bench, rows)
    (before,) = client.get("/api/v1/quality").json()["totals"]
    assert (before["calibrated"], before["corrected_rate"]) == (False, None)
    labelled(
        bench, {("bad", "bad"): 50, ("bad", "good"): 50, ("good", "bad"): 1, ("good", "good"): 99}
    )
    (after,) = client.get("/api/v1/quality").json()["totals"]
    assert after["bad_rate"] == before["bad_rate"] == 0.1
    assert after["calibrated"] is True
    assert after["corrected_rate"] == pytest.approx(0.1 * 0.5 + 0.9 * 0.01)
    assert after["corrected_rate_low"] < 0.059 < after["corrected_rate_high"] < 0.15
    other = judged(5_000, "bad", judge_model="gemini-3-flash")
    with bench.store.writing() as transaction:
        evaluations.record(transaction, [other])
    (mixed,) = client.get("/api/v1/quality").json()["totals"]
    assert (mixed["calibrated"], mixed["corrected_rate"]) == (False, None), "one judge is unknown"


def test_two_prompt_versions_are_compared(bench: Bench) -> None:
    """v8 has 12 of 60 bad where v7 has 2 of 60: worse by more than 2 points, says the answer, and how surely."""
    rows = [judged(n, "bad" if n <= 2 else "good") for n in range(1, 61)]
    rows += [judged(n, "bad" if n <= 112 else "good", prompt_version="v8") for n in range(101, 161)]
    client = asking(bench, rows)
    asked = {"dimension": "accuracy", "feature": "support-chat", "old": "v7", "new": "v8"}
    found = client.get("/api/v1/quality/compare", params=asked | {"delta": 0.02}).json()
    assert (found["old"]["bad"], found["new"]["bad"], found["same_judge"]) == (2, 12, True)
    assert found["difference"] == pytest.approx(10 / 60)
    assert 0.04 < found["difference_low"] < found["difference"] < found["difference_high"] < 0.3
    assert found["probability_worse"] > 0.98
    back = client.get("/api/v1/quality/compare", params=asked | {"old": "v8", "new": "v7"}).json()
    assert back["probability_worse"] < 0.01
    none = client.get("/api/v1/quality/compare", params=asked | {"new": "v9"}).json()
    assert (none["probability_worse"], none["difference"], none["new"]["judged"]) == (None, None, 0)
    assert client.get("/api/v1/quality/compare", params=asked | {"delta": 2}).status_code == 400


def test_every_version_stands_against_the_one_before_it(bench: Bench) -> None:
    """In the order they were first judged, within a feature; checks are no part of it."""
    rows = [judged(n, "bad" if n <= 2 else "good") for n in range(1, 61)]
    after = {"call_start_unix_nano": NOON + HOUR}
    rows += [
        judged(n, "bad" if n <= 112 else "good", prompt_version="v10", **after)
        for n in range(101, 161)
    ]
    rows += [judged(201, "good", feature="search", prompt_version=None, **after)]
    rows += [judged(1, "bad", dimension="valid_json", kind="check", score=None)]
    client = asking(bench, rows)
    found = client.get("/api/v1/quality/versions").json()["versions"]
    assert [(each["feature"], each["prompt_version"], each["before"]) for each in found] == [
        ("search", None, None),
        ("support-chat", "v7", None),
        ("support-chat", "v10", {"prompt_version": "v7", "same_judge": True}),
    ]
    pair = {"dimension": "accuracy", "feature": "support-chat", "old": "v7", "new": "v10"}
    single = client.get("/api/v1/quality/compare", params=pair).json()
    for name in ("difference", "difference_low", "difference_high", "probability_worse"):
        assert found[2][name] == single[name]
        assert found[1][name] is None
    assert found[2]["bad_rate"] == single["new"]["bad_rate"]
    strict = client.get("/api/v1/quality/versions", params={"delta": 0.9}).json()["versions"]
    assert strict[2]["probability_worse"] < 0.001


def test_a_version_that_was_withdrawn_is_not_what_the_next_one_follows(bench: Bench) -> None:
    """v7, then v8, then v7 again: v9 comes after v7."""
    course = ["v7", "v8", "v7", "v9"]
    rows = [
        judged(n, "good", prompt_version=version, call_start_unix_nano=NOON + n * HOUR)
        for n, version in enumerate(course, start=1)
    ]
    found = asking(bench, rows).get("/api/v1/quality/versions").json()["versions"]
    followed = [(each["before"] or {}).get("prompt_version") for each in found]
    assert [each["prompt_version"] for each in found] == ["v7", "v8", "v9"]
    assert followed == [None, "v7", "v7"]


def test_judged_answers_can_be_narrowed(bench: Bench) -> None:
    """To any of several values, and to answers that have none; each judged answer is of exactly one feature."""
    rows = [judged(n, "bad" if n % 3 == 0 else "good") for n in range(1, 31)]
    rows += [judged(n, "bad", feature="search", team="growth") for n in range(31, 41)]
    rows += [judged(n, "good", feature=None) for n in range(41, 46)]
    client = asking(bench, rows)

    def counted(**chosen: list[str]) -> list[tuple[int, int]]:
        totals = client.get("/api/v1/quality", params=chosen).json()["totals"]
        return [(each["judged"], each["bad"]) for each in totals]

    assert counted(feature=["support-chat"]) == [(30, 10)]
    assert counted(feature=["search", ""]) == [(15, 10)]
    assert counted(feature=["search"], team=["growth"]) == [(10, 10)]
    assert counted(feature=["nobody"]) == []
    assert counted() == [(45, 20)]


def rounded(told: Any) -> Any:
    """The same without the last digits: a sum of floats depends on the order in which a database adds them."""
    if isinstance(told, dict):
        return {name: rounded(value) for name, value in told.items()}
    if isinstance(told, list):
        return [rounded(value) for value in told]
    return round(told, 6) if isinstance(told, float) else told


def test_one_answer_has_all_that_a_page_begins_with(bench: Bench) -> None:
    """The very answers of the four routes it stands for, narrowed alike."""
    rows = [judged(n, "bad" if n <= 4 else "good") for n in range(1, 31)]
    rows += [judged(n, "bad", feature="search", prompt_version="s1") for n in range(31, 41)]
    client = asking(bench, rows)
    for chosen in ({}, {"feature": ["search"]}):
        whole = client.get("/api/v1/quality/summary", params=chosen).json()
        quality = client.get("/api/v1/quality", params=chosen).json()
        versions = client.get("/api/v1/quality/versions", params=chosen).json()["versions"]
        assert rounded(whole["quality"]) == rounded(quality)
        assert rounded(whole["versions"]) == rounded(versions)
        assert whole["calibration"] == client.get("/api/v1/calibration").json()
        assert whole["changes"] == []
