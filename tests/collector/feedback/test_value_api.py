"""Quality for money over HTTP: judged answers beside the ledger they are in."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.blank import open_blank
from support.collector import RunningCollector, config_for
from support.otlp import NOON, SECOND, call, call_attributes, payload

from gemledger.pricing import load_book
from gemledger_collector.processors.chain import Chain, read
from gemledger_collector.storage import evaluations
from gemledger_collector.storage.spans import SpanWriter
from gemledger_collector.storage.store import Store

SLOT = 900 * SECOND
NOW = NOON + 40 * SLOT
PRO, FLASH = "gemini-2.5-pro", "gemini-2.5-flash"


def made(number: int, model: str, feature: str | None = "chat", **changes: Any) -> Span:
    """A call in one of forty slots."""
    told = call_attributes(
        request_model=model,
        response_model=model,
        attribution_feature=feature,
        **changes,
    )
    return call(number, start=NOON + number % 40 * SLOT, attributes=told)


def judged(span: Span, label: str, **columns: Any) -> dict[str, Any]:
    """A verdict on it."""
    told = {pair.key: pair.value.string_value for pair in span.attributes}
    empty: dict[str, Any] = dict.fromkeys(evaluations.SCHEMA.names)
    return empty | {
        "rule": "all",
        "dimension": "accuracy",
        "rubric_version": "1",
        "trace_id": span.trace_id.hex(),
        "span_id": int.from_bytes(span.span_id),
        "call_start_unix_nano": span.start_time_unix_nano,
        "feature": told.get("gemledger.attribution.feature"),
        "prompt_version": told.get("gemledger.attribution.prompt_version"),
        "model": told.get("gen_ai.response.model"),
        "label": label,
        "score": {"good": 1.0, "bad": 0.0}.get(label),
        "attempt": 1,
        "judge_model": "gemini-2.5-flash-lite",
        "sample_rate": 1.0,
        "judged_at_unix_nano": NOW,
        **columns,
    }


def fill(store: Store, spans: Sequence[Span], verdicts: Sequence[dict[str, Any]]) -> None:
    """Calls as they come, priced and in the ledger, and what was judged of them."""
    batch = Chain(load_book()).run(read([payload(spans)]).decoded.batch).spans
    with store.writing() as transaction:
        SpanWriter().write(transaction, batch)
        evaluations.record(transaction, verdicts)


def story() -> tuple[list[Span], list[dict[str, Any]]]:
    """Two models answer the same feature alike, 190 of 200; another feature has few calls; the judge calls, too."""
    pro = [made(number, PRO) for number in range(200)]
    flash = [made(1_000 + number, FLASH) for number in range(200)]
    others = [made(2_000 + number, FLASH, "search") for number in range(40)]
    unpriced = [made(3_000, "never-heard-of-it")]
    own = [made(4_000 + number, FLASH, "chat", purpose="judge") for number in range(10)]
    verdicts = [
        judged(span, "bad" if number % 20 == 0 else "good")
        for spans in (pro, flash, others)
        for number, span in enumerate(spans)
    ]
    verdicts += [
        judged(pro[n], word, dimension="tone") for n, word in enumerate(["good", "cannot_tell"])
    ]
    return [*pro, *flash, *others, *unpriced, *own], verdicts


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with the story."""
    path = tmp_path / "ledger.duckdb"
    store = open_blank(path)
    fill(store, *story())
    store.close()
    return path


def ask(collector: RunningCollector, **parameters: Any) -> dict[str, Any]:
    """The route."""
    answer: dict[str, Any] = collector.get("/api/v1/quality/value", **parameters)
    return answer


def test_the_cheaper_model_is_not_shown_to_be_worse(path: Path) -> None:
    """With 200 judged of each, a margin of six points; what a month would save at this volume is the difference."""
    with RunningCollector(config_for(path), lambda: NOW) as collector:
        answer = ask(collector, margin=0.06)
        strict = ask(collector, margin=0.01)
    assert strict["pairs"] == []
    (pair,) = answer["pairs"]
    assert (pair["feature"], pair["verdict"]) == ("chat", "not shown to be worse")
    assert pair["instead_of"] == {"model": PRO, "judged": 200}
    assert pair["use"] == {"model": FLASH, "judged": 200}
    assert pair["quality_difference"] == pytest.approx(0)
    pro, flash = 1000 * 1_250_000 + 100 * 10_000_000, 1000 * 300_000 + 100 * 2_500_000
    assert int(pair["saving_per_call_pico_usd"]) == pro - flash
    assert int(pair["saving_per_call_pico_usd_low"]) == pytest.approx(pro - flash, rel=1e-6)
    assert int(pair["saving_per_month_pico_usd"]) == pair["calls_per_month"] * (pro - flash)
    assert "equal" not in json.dumps(answer)


def test_rows_say_what_good_answers_cost(path: Path) -> None:
    """190 of 200 good; exact money as text; a model that nobody priced or judged has no figure for it."""
    with RunningCollector(config_for(path), lambda: NOW) as collector:
        answer = ask(collector)
    rows = {row["model"]: row for row in answer["rows"]}
    assert (rows[FLASH]["calls"], answer["own"]["calls"]) == (
        240,
        10,
    )  # the judge's are nobody's answers
    assert int(answer["own"]["cost_pico_usd"]) > 0
    pro = rows[PRO]
    assert (pro["calls"], pro["judged"]) == (200, 200)
    assert pro["good_rate"] == pytest.approx(0.95)
    assert pro["good_rate_low"] < 0.95 < pro["good_rate_high"]
    assert pro["cost_pico_usd"] == str(200 * (1000 * 1_250_000 + 100 * 10_000_000))
    assert pro["good_per_usd"] == pytest.approx(0.95e12 / int(pro["cost_per_call_pico_usd"]))
    assert pro["good_per_usd_low"] < pro["good_per_usd"] < pro["good_per_usd_high"]
    unknown = rows["never-heard-of-it"]
    assert (unknown["unpriced_calls"], unknown["cost_per_call_pico_usd"]) == (1, None)
    assert unknown["good_per_usd"] is None


def test_features_are_shown_and_not_compared(path: Path) -> None:
    """They answer different questions."""
    with RunningCollector(config_for(path), lambda: NOW) as collector:
        answer = ask(collector, by="feature", margin=0.5)
        assert {row["feature"] for row in answer["rows"]} == {"chat", "search"}
        assert answer["pairs"] == []
        versions = ask(collector, by="prompt_version")
    assert {(row["feature"], row["prompt_version"]) for row in versions["rows"]} == {
        ("chat", None),
        ("search", None),
    }


def test_dimensions_and_scales_do_not_mix(path: Path, tmp_path: Path) -> None:
    """The one judged most where none is named; and of several rubrics the one of the newest calls."""
    store = Store.open(path)
    newest = made(39, PRO)
    with store.writing() as transaction:
        evaluations.record(
            transaction,
            [judged(newest, "bad", rubric_version="2", call_start_unix_nano=NOW - 1)],
        )
    store.close()
    with RunningCollector(config_for(path), lambda: NOW) as collector:
        answer = ask(collector)
        tone = ask(collector, dimension="tone")
        nothing = ask(collector, dimension="never judged")
    assert answer["dimensions"] == ["accuracy", "tone"]
    assert answer["scale"] == {"rubric_version": "2", "judge_model": "gemini-2.5-flash-lite"}
    assert [row["judged"] for row in answer["rows"] if row["model"] == PRO] == [1]
    assert {row["model"]: row["judged"] for row in tone["rows"] if row["judged"]} == {PRO: 1}
    assert nothing["scale"] is None
    assert sum(int(row["cost_pico_usd"]) for row in nothing["rows"]) > 0


def test_a_weight_is_one_over_the_chance_to_be_picked(path: Path) -> None:
    """Bad answers that were picked ten times as often count a tenth."""
    store = Store.open(path)
    with store.writing() as transaction:
        rows = [
            judged(
                made(number, "boosted", "other"),
                "bad" if number < 5_050 else "good",
                inclusion_probability=1.0 if number < 5_050 else 0.1,
            )
            for number in range(5_000, 5_100)
        ]
        evaluations.record(transaction, rows)
    fill(store, [made(number, "boosted", "other") for number in range(5_000, 5_100)], [])
    store.close()
    with RunningCollector(config_for(path), lambda: NOW) as collector:
        (row,) = [row for row in ask(collector)["rows"] if row["model"] == "boosted"]
    assert row["good_rate"] == pytest.approx(500 / 550)


CALLS = st.lists(
    st.tuples(
        st.sampled_from([PRO, FLASH, "never-heard-of-it"]),
        st.sampled_from(["chat", "search", None]),
        st.sampled_from([None, "judge"]),
        st.integers(0, 10**6),
    ),
    min_size=1,
    max_size=12,
)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(CALLS, st.sampled_from(["model", "feature", "prompt_version"]))
def test_rows_and_our_own_calls_sum_to_the_ledger(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[Any, ...]], by: str
) -> None:
    """To the pico, whatever was called."""
    from gemledger_collector.storage import value as stored  # noqa: PLC0415
    from gemledger_collector.storage.buckets import slots_around  # noqa: PLC0415

    store = open_blank(tmp_path_factory.mktemp("sum") / "x.duckdb")
    spans = [
        made(number, model, feature, purpose=purpose, input_tokens=tokens)
        for number, (model, feature, purpose, tokens) in enumerate(calls)
    ]
    fill(store, spans, [])
    with store.reading() as snapshot:
        groups, own = stored.costs(snapshot, slots_around(NOON, NOW), [by])
        ((total,),) = snapshot.rows("ledger_total")
    store.close()
    assert sum(cost.pico_usd for cost in groups.values()) + own.pico_usd == total
    assert sum(cost.calls for cost in groups.values()) + own.calls == len(calls)
