"""What /metrics says of the calls and of the collector: right, stable, bounded, readable whatever apps call things."""

import re
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from support.collector import RunningCollector, config_for
from support.jobs import CHAIN
from support.otlp import NOON, SECOND, Value, call, call_attributes, payload, request
from support.prometheus import Family, parse

from gemledger import semconv
from gemledger_collector.api.metrics import EVERY_METRIC
from gemledger_collector.exposition import Metric, Sample, lines
from gemledger_collector.metrics.calls import (
    CELLS,
    MOST_COMBINATIONS,
    MOST_WAITING_BATCHES,
    CallMetrics,
)
from gemledger_collector.processors.decode import decode
from gemledger_collector.telemetry import MOST_REASONS, Telemetry

DOCS = Path(__file__).parents[2] / "docs" / "monitoring.md"


def batch(*spans: Span, service: str = "shop") -> pa.RecordBatch:
    """Spans as they are when they are committed."""
    body = request(spans, resource={"service.name": service}).SerializeToString()
    return CHAIN.run(decode([body]).batch).spans


def scrape(collector: RunningCollector) -> dict[str, Family]:
    """The families of the page."""
    answer = collector.http.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return parse(answer.text)


def value(families: dict[str, Family], name: str, suffix: str = "", **labels: str) -> float:
    """The sum of the samples that have these labels among theirs."""
    return sum(
        each
        for (end, told), each in families[name].samples.items()
        if end == suffix and labels.items() <= dict(told).items()
    )


def calls(**changes: Value) -> list[Span]:
    """Two calls of the search team and one of growth that fails."""
    attributes = call_attributes(cache_read_input_tokens=400, reasoning_output_tokens=30, **changes)
    failed = call_attributes(
        error_type="429", attribution_team="growth", input_tokens=None, output_tokens=None
    )
    return [
        call(1, seconds=0.2, attributes=attributes),
        call(2, seconds=3, attributes=attributes),
        call(3, seconds=400, attributes=failed),
    ]


def test_calls_are_counted_by_the_names_that_users_look_for(tmp_path: Path) -> None:
    """Calls, tokens by cell, cost, errors by code, durations: of each call once, doubles and replays apart."""
    now = NOON + 20 * SECOND
    with RunningCollector(config_for(tmp_path / "x.duckdb"), clock=lambda: now) as collector:
        for _ in range(2):
            assert collector.send(payload(calls())).status_code == 200
        found = scrape(collector)
        bill = collector.select("select sum(cost_pico_usd) from calls")[0][0]
    assert value(found, "gemledger_calls_total") == 3
    assert value(found, "gemledger_calls_total", team="search", model="gemini-2.5-flash") == 2
    tokens = {cell: value(found, "gemledger_tokens_total", cell=cell) for cell in CELLS}
    assert tokens == {
        "input": 1200,
        "cache_read": 800,
        "output": 140,
        "thoughts": 60,
        "tool_use": 0,
    }
    assert value(found, "gemledger_cost_usd_total") == int(bill) / 1e12
    assert value(found, "gemledger_call_errors_total", code="429") == 1
    duration = "gemledger_call_duration_seconds"
    assert value(found, duration, "_count") == 3
    assert value(found, duration, "_sum") == 403.2
    assert [value(found, duration, "_bucket", le=le) for le in ("0.25", "4", "300", "+Inf")] == [
        1,
        2,
        2,
        3,
    ]
    assert value(found, "gemledger_newest_call_timestamp_seconds") == NOON // SECOND
    assert value(found, "gemledger_call_lag_seconds", "_sum") == 19.8 + 17
    assert value(found, "gemledger_collector_spans_duplicate_total") == 3
    assert value(found, "gemledger_cost_usd_per_hour") > 0
    assert value(found, "gemledger_cache_hit_ratio") == 0.4
    assert value(found, "gemledger_requests_per_minute") == 2
    assert value(found, "gemledger_input_tokens_per_minute") == 2000
    assert value(found, "gemledger_collector_disk_free_bytes") > 0
    assert value(found, "process_resident_memory_bytes") > 10**7
    assert value(found, "gemledger_collector_commit_seconds", "_count") >= 1
    assert value(found, "gemledger_collector_build_info") == 1


def test_sums_of_calls_count_as_many_and_have_no_duration() -> None:
    """Seven calls that a sampler left out, two of them failed; a span of another provider is no call."""
    attributes = call_attributes(unsampled_calls=7, unsampled_errors=2, error_type="503")
    of_seven = call(1, attributes=attributes)
    of_seven.name = semconv.UNSAMPLED_SPAN
    metrics = CallMetrics()
    metrics.observe(batch(of_seven, call(2, attributes={"db.system": "x"})), NOON)
    found = parse(metrics.render())
    assert value(found, "gemledger_calls_total") == 7
    assert value(found, "gemledger_call_errors_total", code="503") == 2
    assert value(found, "gemledger_call_duration_seconds", "_count") == 0


def test_a_flood_of_names_stays_within_2000_series_and_loses_no_call(
    collector: RunningCollector,
) -> None:
    """Beyond the first combinations all is `other`, counted; what was shown before stays and goes on."""
    collector.send(payload(calls()))
    flood = [
        call(
            number,
            attributes=call_attributes(
                attribution_team=f"team-{number}",
                response_model=f"model-{number}",
                error_type=f"{number}",
                service_tier=f"tier-{number}",
                account_project=f"project-{number}",
            ),
        )
        for number in range(10, 1010)
    ]
    message = request(flood[150:])
    for number, span in enumerate(flood[:150]):
        message.MergeFrom(request([span], resource={"service.name": f"service-{number}"}))
    collector.send(message.SerializeToString())
    before = scrape(collector)
    collector.send(
        payload([call(5000), call(5001, attributes=call_attributes(attribution_team="late"))])
    )
    after = scrape(collector)
    assert sum(len(family.samples) for family in after.values()) <= 2000
    for name, family in before.items():
        assert set(family.samples) <= set(after[name].samples), name
    assert value(after, "gemledger_calls_total") == 3 + 1000 + 2
    assert value(after, "gemledger_calls_total", team="search") == 3
    assert value(after, "gemledger_calls_total", team="other") == 1000 - MOST_COMBINATIONS + 2 + 1
    assert value(after, "gemledger_call_duration_seconds", "_count") == 1005
    assert value(after, "gemledger_collector_series_folded_total") > 900


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=200), min_size=1, max_size=4))
def test_no_name_of_an_app_breaks_the_page(names: list[str]) -> None:
    """Quotes, backslashes, line ends, any script, any length: every call is in some series, and the page is read."""
    metrics, telemetry = CallMetrics(), Telemetry()
    encodable = [name.encode("utf-8", "replace").decode() for name in names]
    spans = [
        call(
            number,
            attributes=call_attributes(attribution_team=name or None, error_type=name or None),
        )
        for number, name in enumerate(encodable, 1)
    ]
    metrics.observe(batch(*spans), NOON)
    for name in encodable:
        telemetry.add("webhooks_accepted_total", reason=name)
    found = parse(metrics.render() + telemetry.render())
    assert value(found, "gemledger_calls_total") == len(names)
    assert value(found, "gemledger_collector_webhooks_accepted_total") == len(names)


@given(st.text())
def test_a_label_says_what_was_given_as_far_as_a_line_can(text: str) -> None:
    """Printable text of ordinary length comes out as it went in."""
    metric = Metric("x", "gauge", "Anything.")
    ((_, labels),) = parse("".join(lines(metric, [Sample(1, (("name", text),))])))[
        metric.full_name
    ].samples
    (_, told) = labels[0]
    if text.isprintable() and len(text) <= 120:
        assert told == text
    else:
        assert len(told) <= 120
        assert told.isprintable()


def test_reasons_without_end_are_folded() -> None:
    """A counter whose label comes from outside cannot fill the memory."""
    telemetry = Telemetry()
    for number in range(3000):
        telemetry.add("webhooks_accepted_total", reason=f"event-{number}")
    found = parse(telemetry.render())["gemledger_collector_webhooks_accepted_total"].samples
    assert len(found) <= MOST_REASONS + 1
    assert sum(found.values()) == 3000


def test_waiting_batches_are_added_up_before_they_are_many() -> None:
    """Nobody scrapes, and memory stays bounded all the same."""
    metrics = CallMetrics()
    one = batch(*(call(number) for number in range(1, 101)))
    for _ in range(450):
        metrics.observe(one, NOON)
    assert metrics._waiting_spans < 20_000
    assert value(parse(metrics.render()), "gemledger_calls_total") == 45_000


def test_a_batch_is_counted_among_those_that_wait_however_small_it_is() -> None:
    """It takes many times the memory of its spans: of replays nothing waits, of single spans not thousands."""
    metrics = CallMetrics()
    one = batch(call(1))
    for _ in range(2000):
        metrics.observe(one, NOON)
        metrics.observe(one.slice(0, 0), NOON)
    assert len(metrics._waiting) < MOST_WAITING_BATCHES
    assert value(parse(metrics.render()), "gemledger_calls_total") == 2000


def test_a_name_of_a_service_is_remembered_unless_it_is_absurd() -> None:
    """Whatever is kept for each service is kept for names of ordinary length only."""
    metrics = CallMetrics()
    for name in ("shop", "x" * 1_000_000):
        metrics.observe(batch(call(1), service=name), NOON)
    assert set(metrics.last_starts()) == {"shop"}


def test_every_metric_is_in_the_documentation_and_no_other(collector: RunningCollector) -> None:
    """The table of docs/monitoring.md against the code, and the page against both."""
    rows = re.findall(r"^\| `([a-z_]+)[`{]", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    known = [metric.full_name for metric in EVERY_METRIC]
    assert sorted(rows) == sorted(known)
    collector.send(payload(calls()))
    assert set(scrape(collector)) <= set(known)
