"""When a feature's prompt version or model changed: told by the ledger, timed by its spans."""

from pathlib import Path
from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.collector import RunningCollector, config_for
from support.otlp import NOON, SECOND, call, call_attributes, payload

from gemledger_collector.storage import changes
from gemledger_collector.storage.store import Store

RANGE = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-03T00:00:00Z"}
HOUR = 3600 * SECOND


def used(number: int, after_noon: int, **given: Any) -> Span:
    """A call of the chat, so many nanoseconds after noon."""
    facts = {"attribution_feature": "chat", "attribution_prompt_version": "v7"}
    return call(number, start=NOON + after_noon, attributes=call_attributes(**(facts | given)))


def told(collector: RunningCollector, **asked: str) -> list[tuple[Any, ...]]:
    """Time, kind, feature, before and after of each change."""
    found = collector.get("/api/v1/changes", **(RANGE | asked))["changes"]
    return [
        (row["time"], row["kind"], row["feature"], row["before"], row["after"]) for row in found
    ]


def test_a_new_prompt_version_is_told_to_the_second_it_was_first_called(
    collector: RunningCollector,
) -> None:
    """The old one is still called beside it, and comes back later: neither is a change."""
    collector.send(
        payload(
            [
                used(1, 0),
                used(2, 2 * HOUR + 61 * SECOND, attribution_prompt_version="v8"),
                used(3, 2 * HOUR + 1 * SECOND),
                used(4, 2 * HOUR + 90 * SECOND, attribution_prompt_version="v8"),
                used(5, 5 * HOUR),
            ]
        )
    )
    assert told(collector) == [("2026-11-01T14:01:01Z", "prompt_version", "chat", "v7", "v8")]
    assert told(collector, until="2026-11-01T14:01:01Z") == []
    assert told(collector, since="2026-11-01T14:01:02Z") == []


def test_what_a_feature_begins_with_is_no_change(collector: RunningCollector) -> None:
    """Nor is a first version where there was none before, nor what another feature has long used."""
    collector.send(
        payload(
            [
                used(1, 0),
                used(2, HOUR, attribution_feature="search", attribution_prompt_version=None),
                used(3, 2 * HOUR, attribution_feature="search", attribution_prompt_version="v1"),
            ]
        )
    )
    assert told(collector) == []


def test_a_change_within_the_first_quarter_of_an_hour_is_told_by_the_order_of_calls(
    collector: RunningCollector,
) -> None:
    """The ledger has one slot for both; the spans tell which came first."""
    collector.send(payload([used(1, 2 * SECOND, attribution_prompt_version="v8"), used(2, SECOND)]))
    assert told(collector) == [("2026-11-01T12:00:02Z", "prompt_version", "chat", "v7", "v8")]


def test_a_new_model_is_a_change_unless_it_never_answered(collector: RunningCollector) -> None:
    """A mistyped model fails; the collector's own calls are nobody's change."""
    pro = {"request_model": "gemini-2.5-pro", "response_model": "gemini-2.5-pro"}
    lite = {"request_model": "gemini-2.5-flash-lite", "response_model": "gemini-2.5-flash-lite"}
    wrong = {"request_model": "gemini-2.5-por", "response_model": None, "error_type": "404"}
    collector.send(
        payload(
            [
                used(1, 0),
                used(2, HOUR, **wrong),
                used(3, 2 * HOUR, **lite, purpose="judge"),
                used(4, 3 * HOUR, **pro),
            ]
        )
    )
    assert told(collector) == [
        ("2026-11-01T15:00:00Z", "model", "chat", "gemini-2.5-flash", "gemini-2.5-pro")
    ]


def test_changes_can_be_asked_of_one_feature_and_one_environment(
    collector: RunningCollector,
) -> None:
    """What is new in production may have been tried in staging before."""
    staging, live = ({"attribution_environment": name} for name in ("staging", "production"))
    collector.send(
        payload(
            [
                used(1, 0, **staging),
                used(2, 0, **live),
                used(3, HOUR, **staging, attribution_prompt_version="v8"),
                used(4, 3 * HOUR, **live, attribution_prompt_version="v8"),
                used(5, 0, attribution_feature="search"),
                used(6, 4 * HOUR, attribution_feature="search", attribution_prompt_version="v9"),
            ]
        )
    )
    assert [time for time, *_ in told(collector, feature="chat")] == ["2026-11-01T13:00:00Z"]
    assert [time for time, *_ in told(collector, feature="chat", environment="production")] == [
        "2026-11-01T15:00:00Z"
    ]
    assert [feature for _, _, feature, *_ in told(collector)] == ["chat", "search"]
    assert told(collector, feature="") == []


def test_without_its_spans_a_change_is_told_by_the_quarter_of_an_hour(tmp_path: Path) -> None:
    """The ledger outlives the spans."""
    path = tmp_path / "ledger.duckdb"
    with RunningCollector(config_for(path)) as collector:
        collector.send(
            payload([used(1, 0), used(2, HOUR + SECOND, attribution_prompt_version="v8")])
        )
    store = Store.open(path)
    try:
        with store.writing() as transaction:
            transaction.execute(
                "retention_delete_spans", {"first": NOON, "before": NOON + 3 * HOUR}
            )
        with store.reading() as snapshot:
            (change,) = changes.changes(snapshot, changes.Asked(NOON, NOON + 3 * HOUR))
    finally:
        store.close()
    assert (change.time_unix_nano, change.exact) == (NOON + HOUR, False)
