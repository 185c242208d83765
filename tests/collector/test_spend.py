"""Days and hours of a time zone, out of 15-minute slots of UTC."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.blank import open_blank
from support.collector import RunningCollector
from support.otlp import NOON, SECOND, call, call_attributes, payload
from support.zones import ZONES, at

from gemledger_collector.errors import Rejected
from gemledger_collector.storage.buckets import SLOT_SECONDS
from gemledger_collector.storage.filter_values import MOST_VALUES, filter_values
from gemledger_collector.storage.spend import SpendQuestion, spend
from gemledger_collector.storage.store import Store

HOUR = 3600
NANO = 10**9


def ledger_row(slot: int, pico: int, **keys: Any) -> dict[str, Any]:
    """A delta of one call."""
    counts = (
        "errors",
        "unbounded_calls",
        "rate_limited_errors",
        "client_errors",
        "server_errors",
        "input_tokens",
        "cache_read_tokens",
        "tool_use_tokens",
        "output_tokens",
        "thoughts_tokens",
        "input_pico_usd",
        "cache_read_pico_usd",
        "tool_use_pico_usd",
        "output_pico_usd",
        "thoughts_pico_usd",
    )
    return {
        **dict.fromkeys(counts, 0),
        "slot_unix_seconds": slot,
        "cost_status": "exact",
        "response_model": "m",
        "calls": 1,
        "cost_pico_usd": pico,
        **keys,
    }


def put(store: Store, rows: list[dict[str, Any]]) -> None:
    """Write deltas."""
    with store.writing() as transaction:
        transaction.append("ledger", pa.Table.from_pylist(rows))


@settings(max_examples=25, deadline=None)
@given(
    slots=st.lists(st.integers(0, 96 * 40), min_size=1, max_size=30),
    zone=st.sampled_from(ZONES),
    start=st.sampled_from(
        ["2026-03-20T00:00", "2026-10-20T00:00", "2026-11-01T00:00", "2011-12-20T00:00"]
    ),
)
def test_the_days_of_a_range_sum_to_the_range(slots: list[int], zone: str, start: str) -> None:
    """In every zone, over clock changes, hours as well as days."""
    origin = at(start)
    rows = [ledger_row(origin + slot * SLOT_SECONDS, 3**index) for index, slot in enumerate(slots)]
    with TemporaryDirectory() as folder:
        store = open_blank(Path(folder) / "x.duckdb")
        put(store, rows)
        with store.reading() as snapshot:
            answers = [
                spend(
                    snapshot,
                    SpendQuestion(origin * NANO, (origin + 40 * 86_400) * NANO, zone, width),
                )
                for width in ("total", "day", "hour")
            ]
        store.close()
    expected = sum(
        row["cost_pico_usd"] for row in rows if row["slot_unix_seconds"] < origin + 40 * 86_400
    )
    assert [answer.totals["cost_pico_usd"] for answer in answers] == [expected] * 3
    for answer in answers[1:]:
        assert sum(row.figures["cost_pico_usd"] for row in answer.rows) == expected
        labels = [row.bucket_start for row in answer.rows]
        assert len(set(labels)) == len(labels)


def test_a_day_in_berlin_has_25_hours_when_summer_ends(store: Store) -> None:
    """2026-10-25: the night hour comes twice, and both belong to the day."""
    first = at("2026-10-25T00:00", "Europe/Berlin")
    put(store, [ledger_row(first + hour * HOUR, 1) for hour in range(26)])
    question = SpendQuestion(
        (first - HOUR) * NANO, (first + 30 * HOUR) * NANO, "Europe/Berlin", "day"
    )
    with store.reading() as snapshot:
        rows = spend(snapshot, question).rows
    assert [(row.bucket_start, row.figures["calls"]) for row in rows] == [
        ("2026-10-25T00:00:00+02:00", 25),
        ("2026-10-26T00:00:00+01:00", 1),
    ]


def test_known_estimated_and_unpriced_are_told_apart(store: Store) -> None:
    """Cost is known plus estimated; unpriced calls are counted beside it."""
    slot = at("2026-11-01T12:00")
    put(
        store,
        [
            ledger_row(slot, 10),
            ledger_row(slot, 20, cost_status="lower_bound"),
            ledger_row(slot, 40, cost_status="estimated"),
            ledger_row(slot, 0, cost_status="unpriced", unbounded_calls=1),
        ],
    )
    with store.reading() as snapshot:
        totals = spend(snapshot, SpendQuestion(slot * NANO, slot * NANO + 1)).totals
    money = {
        name: totals[name] for name in ("cost_pico_usd", "known_pico_usd", "estimated_pico_usd")
    }
    assert money == {"cost_pico_usd": 70, "known_pico_usd": 30, "estimated_pico_usd": 40}
    assert (totals["calls"], totals["unpriced_calls"]) == (4, 1)


def test_deltas_that_cancel_out_leave_no_row(store: Store) -> None:
    """A superseded call is as if it had never been."""
    slot = at("2026-11-01T12:00")
    put(store, [ledger_row(slot, 10), ledger_row(slot, -10, calls=-1)])
    with store.reading() as snapshot:
        assert spend(snapshot, SpendQuestion(0, slot * NANO + 1, bucket="total")).rows == []


def test_money_beyond_64_bits_is_summed_exactly(store: Store) -> None:
    """A thousand million dollars are 1e21 picoUSD."""
    slot = at("2026-11-01T12:00")
    put(store, [ledger_row(slot, 9 * 10**18) for _ in range(200)])
    with store.reading() as snapshot:
        totals = spend(snapshot, SpendQuestion(slot * NANO, slot * NANO + 1)).totals
    assert totals["cost_pico_usd"] == 1800 * 10**18


def test_of_a_dimension_with_very_many_values_the_busiest_are_told(store: Store) -> None:
    """The others are cut off for each dimension by itself; equally busy ones stand in the order of their names."""
    numbers = range(MOST_VALUES + 100)
    put(store, [ledger_row(0, 1, team="search", feature=f"f-{number:04}") for number in numbers])
    put(store, [ledger_row(900, 1, team="search", feature="f-0007", calls=9)])
    put(store, [ledger_row(900, 1, team="gone", calls=3), ledger_row(0, 1, team="gone", calls=-3)])
    with store.reading() as snapshot:
        found = filter_values(snapshot, 0, 1800)
    assert found["team"] == [("search", MOST_VALUES + 109)]
    assert found["cost_center"] == [(None, MOST_VALUES + 109)]
    others = [(f"f-{number:04}", 1) for number in range(MOST_VALUES + 1) if number != 7]
    assert found["feature"] == [("f-0007", 10), *others]


def test_a_question_without_end_is_refused(store: Store) -> None:
    """So many hours are no picture."""
    with store.reading() as snapshot, pytest.raises(Rejected, match="more than 10000 buckets"):
        spend(snapshot, SpendQuestion(0, NOON, bucket="hour"))


def test_spend_over_http_has_rows_totals_and_money_as_text(collector: RunningCollector) -> None:
    """The shape the dashboard reads."""
    spans = [
        call(1, attributes=call_attributes(attribution_team="search")),
        call(2, attributes=call_attributes(attribution_team="growth", error_type="500")),
        call(3, attributes=call_attributes(attribution_team=None), start=NOON + 86_400 * SECOND),
    ]
    assert collector.send(payload(spans)).status_code == 200
    answer = collector.get(
        "/api/v1/spend",
        since="2026-11-01T00:00:00Z",
        until="2026-11-03T00:00:00Z",
        timezone="Europe/Berlin",
        bucket="day",
        by=["team", "model"],
    )
    assert answer["by"] == ["model", "team"]
    keys = [
        (row["bucket_start"], row["team"], row["calls"], row["errors"]) for row in answer["rows"]
    ]
    assert keys == [
        ("2026-11-01T00:00:00+01:00", "growth", 1, 1),
        ("2026-11-01T00:00:00+01:00", "search", 1, 0),
        ("2026-11-02T00:00:00+01:00", None, 1, 0),
    ]
    assert answer["rows"][0]["cost_pico_usd"] == "550000000"
    assert answer["totals"]["cost_pico_usd"] == "1650000000"
    assert (answer["since"], answer["until"]) == ("2026-11-01T00:00:00Z", "2026-11-03T00:00:00Z")


def test_a_range_is_widened_to_whole_slots_and_the_answer_says_so(
    collector: RunningCollector,
) -> None:
    """Nothing finer than 15 minutes is summed."""
    assert collector.send(payload([call(1, start=NOON + SECOND)])).status_code == 200
    answer = collector.get(
        "/api/v1/spend", since="2026-11-01T12:07:00Z", until="2026-11-01T12:08:00Z"
    )
    assert (answer["since"], answer["until"]) == ("2026-11-01T12:00:00Z", "2026-11-01T12:15:00Z")
    assert answer["totals"]["calls"] == 1
    assert answer["rows"][0]["bucket_start"] is None


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"since": "yesterday"}, "since: "),
        ({"since": "1700000000"}, "give an ISO 8601 time"),
        ({"timezone": "Mars/Olympus"}, "is no time zone"),
        ({"bucket": "week"}, "bucket: "),
        ({"by": "colour"}, "by.0: "),
        ({"until": "2026-10-01T00:00:00Z"}, "until is not after since"),
    ],
)
def test_a_wrong_parameter_is_named(
    collector: RunningCollector, parameters: dict[str, str], complaint: str
) -> None:
    """400 in the shape of every error."""
    asked = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-02T00:00:00Z"} | parameters
    answer = collector.http.get("/api/v1/spend", params=asked)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid"
    assert complaint in answer.json()["error"]["message"]


KEYS = st.sampled_from([None, "search", "growth"])


@settings(max_examples=25, deadline=None)
@given(owners=st.lists(st.tuples(KEYS, KEYS), min_size=1, max_size=20))
def test_what_each_value_chooses_sums_to_the_whole(
    owners: list[tuple[str | None, str | None]],
) -> None:
    """Every call has exactly one team, none being one of them; two filters choose what has both."""
    rows = [
        ledger_row(0, 3**index, team=team, feature=feature)
        for index, (team, feature) in enumerate(owners)
    ]
    with TemporaryDirectory() as folder:
        store = open_blank(Path(folder) / "x.duckdb")
        put(store, rows)

        def cost(**only: list[str]) -> int:
            with store.reading() as snapshot:
                return spend(snapshot, SpendQuestion(0, NANO, only=only)).totals["cost_pico_usd"]

        parts = [cost(team=[team]) for team in ("", "search", "growth")]
        some, both = cost(team=["search", "growth"]), cost(team=["search"], feature=[""])
        whole = cost()
        store.close()
    assert sum(parts) == whole == sum(row["cost_pico_usd"] for row in rows)
    assert some == parts[1] + parts[2]
    chosen = [row for row in rows if (row["team"], row["feature"]) == ("search", None)]
    assert both == sum(row["cost_pico_usd"] for row in chosen)


@pytest.mark.parametrize("path", ["/api/v1/spend", "/api/v1/errors", "/api/v1/latency"])
def test_rollups_can_be_asked_of_some_calls_only(collector: RunningCollector, path: str) -> None:
    """A filter names any of its values, the empty one those that have none, and the answer repeats it."""
    teams = ["search", "growth", None]
    spans = [
        call(index, attributes=call_attributes(attribution_team=team, error_type="500"))
        for index, team in enumerate(teams, 1)
    ]
    assert collector.send(payload(spans)).status_code == 200
    asked = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-02T00:00:00Z", "by": "team"}
    answer = collector.get(path, **asked, team=["search", ""])
    assert {row["team"] for row in answer["rows"]} == {"search", None}
    assert answer["only"] == {"team": ["search", ""]}
    assert collector.get(path, **asked, team="nobody")["rows"] == []
