"""Single calls over HTTP: found, filtered, paged, and shown whole."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.collector import RunningCollector
from support.otlp import NOON, SECOND, add_exchange, call, call_attributes, payload

from gemledger_collector.api.paging import cursor_of, key_of
from gemledger_collector.errors import Rejected

DAY = {"since": "2026-11-01T00:00:00Z", "until": "2026-11-02T00:00:00Z"}


def send(collector: RunningCollector, *spans: Any) -> None:
    """Store spans."""
    assert collector.send(payload(spans)).status_code == 200


def span_ids(answer: Any) -> list[str]:
    """The calls of an answer, in order."""
    return [each["span_id"] for each in answer["calls"]]


def hex_id(number: int) -> str:
    """The span id of a call by its number."""
    return call(number).span_id.hex()


def pages(collector: RunningCollector, **question: Any) -> list[str]:
    """Every call of a question, page by page."""
    found, cursor = [], None
    while True:
        more: dict[str, Any] = {} if cursor is None else {"cursor": cursor}
        answer = collector.get("/api/v1/calls", **question, **more)
        found += span_ids(answer)
        cursor = answer["next"]
        if cursor is None:
            return found


def test_calls_come_newest_dearest_or_slowest_first(collector: RunningCollector) -> None:
    """And what has no price comes last among the dearest."""
    send(
        collector,
        call(1, start=NOON, seconds=3, attributes=call_attributes(input_tokens=10)),
        call(2, start=NOON + SECOND, seconds=1, attributes=call_attributes(input_tokens=9_000)),
        call(
            3,
            start=NOON + 2 * SECOND,
            seconds=2,
            attributes=call_attributes(request_model="nobody-knows", response_model="nobody-knows"),
        ),
    )
    for order, numbers in {"newest": (3, 2, 1), "dearest": (2, 1, 3), "slowest": (1, 3, 2)}.items():
        answer = collector.get("/api/v1/calls", order=order, **DAY)
        assert span_ids(answer) == [hex_id(number) for number in numbers], order
        assert pages(collector, order=order, limit=1, **DAY) == span_ids(answer)


def test_the_dearest_and_slowest_come_first_whenever_in_the_range_they_began(
    collector: RunningCollector,
) -> None:
    """Many cost and take the same, of which the newer come first; page by page, and among a team's as well."""
    unpriced = call_attributes(request_model="nobody-knows", response_model="nobody-knows")
    attributes = [
        unpriced
        if n % 11 == 0
        else call_attributes(attribution_team="ab"[n % 2], input_tokens=n % 3 * 100)
        for n in range(60)
    ]
    spans = [
        call(n, start=NOON - (n * 17 % 60) ** 2 * SECOND, seconds=n % 4 + 1, attributes=each)
        for n, each in enumerate(attributes)
    ]
    send(collector, *spans)
    range_ = {"since": "2026-11-01T11:00:00Z", "until": "2026-11-01T12:00:01Z"}
    amounts = {"dearest": "cost_pico_usd", "slowest": "duration_ms"}
    filters: dict[int, dict[str, Any]] = {
        60: {},
        27: {"team": "a"},
        41: {"team": ["a", "b"], "min_duration_ms": 2000},
    }
    for count, chosen in filters.items():
        newest = collector.get("/api/v1/calls", limit=100, **range_, **chosen)["calls"]
        assert len(newest) == count
        for order, amount in amounts.items():
            expected = sorted(newest, key=lambda one: -float(one[amount] or -1))
            ids = [one["span_id"] for one in expected]
            for limit in (7, 100):
                assert pages(collector, order=order, limit=limit, **range_, **chosen) == ids


def test_pages_neither_shift_nor_repeat_while_calls_arrive(collector: RunningCollector) -> None:
    """What is newer than the first page stays out of those behind it."""
    send(collector, *(call(number, start=NOON + number * SECOND) for number in range(6)))
    first = collector.get("/api/v1/calls", limit=2, **DAY)
    send(collector, *(call(number, start=NOON + number * SECOND) for number in range(6, 9)))
    second = collector.get("/api/v1/calls", limit=4, cursor=first["next"], **DAY)
    assert span_ids(first) + span_ids(second) == [hex_id(n) for n in (5, 4, 3, 2, 1, 0)]
    assert second["next"] is None


def test_calls_of_one_moment_are_told_apart_by_their_id(collector: RunningCollector) -> None:
    """A page may end between two calls that began in the same nanosecond."""
    send(collector, *(call(number) for number in range(7)))
    found = pages(collector, limit=2, **DAY)
    assert len(found) == len(set(found)) == 7


def test_filters_choose_by_who_pays_what_was_called_and_how_it_went(
    collector: RunningCollector,
) -> None:
    """Several values are any of them; an empty one is the calls that have none."""
    send(
        collector,
        call(1, attributes=call_attributes(attribution_team="search", attribution_user_id="jo")),
        call(2, attributes=call_attributes(attribution_team="ads", error_type="429")),
        call(3, attributes=call_attributes(attribution_team=None, response_id="r-3")),
        call(4, seconds=9, attributes=call_attributes(conversation_id="c-4", input_tokens=50_000)),
        call(5, trace=77, attributes=call_attributes(response_model="gemini-2.5-pro")),
    )

    def chosen(**filters: Any) -> set[int]:
        ids = span_ids(collector.get("/api/v1/calls", **DAY, **filters))
        return {number for number in range(1, 6) if hex_id(number) in ids}

    assert chosen(team=["ads", ""]) == {2, 3}
    assert chosen(user="jo") == {1}
    assert chosen(model="gemini-2.5-pro") == {5}
    assert chosen(error_kind="") == {1, 3, 4, 5}
    assert chosen(response_id="r-3") == {3}
    assert chosen(conversation="c-4") == {4}
    assert chosen(trace_id=call(5, trace=77).trace_id.hex()) == {5}
    assert chosen(min_duration_ms=5000) == {4}
    assert chosen(min_cost_pico_usd=10**10) == {4}
    assert chosen(status="unpriced") == set()
    assert chosen(service="shop", platform="gemini_api", operation="generate_content") == set(
        range(1, 6)
    )


SENSELESS: tuple[dict[str, Any], ...] = (
    {"cursor": "!"},
    {"cursor": "WyJub3BlIl0"},
    {"limit": 0},
    {"limit": 1001},
    {"order": "cheapest"},
    {"trace_id": "xyz"},
    {"min_cost_pico_usd": -1},
    {"since": "2026-11-02T00:00:00Z"},
    {"since": "2020-11-02T00:00:00Z"},
    {"team": ["x"] * 101},
)


def test_questions_that_make_no_sense_are_refused(collector: RunningCollector) -> None:
    """400, and a message that names the parameter or the remedy."""
    for question in SENSELESS:
        answer = collector.http.get("/api/v1/calls", params=DAY | question)
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid"), question
        assert answer.json()["error"]["message"]


def test_a_cursor_belongs_to_its_question(collector: RunningCollector) -> None:
    """Another filter would make nonsense of it."""
    send(collector, call(1), call(2))
    cursor = collector.get("/api/v1/calls", limit=1, **DAY)["next"]
    answer = collector.http.get("/api/v1/calls", params={**DAY, "cursor": cursor, "team": "search"})
    assert answer.status_code == 400
    assert "cursor" in answer.json()["error"]["message"]


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=50) | st.binary(max_size=50).map(lambda raw: raw.decode("latin-1")))
def test_no_text_is_taken_for_a_cursor(text: str) -> None:
    """Whatever it is, it is refused, never a failure."""
    with pytest.raises(Rejected, match="cursor"):
        key_of({"a": 1}, text, ("time", "id"))


@settings(max_examples=50, deadline=None)
@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**64 - 1), st.text(max_size=20))
def test_a_cursor_holds_what_it_was_given(time: int, number: int, text: str) -> None:
    """To the last digit."""
    cursor = cursor_of({"a": 1}, (time, number, text))
    assert key_of({"a": 1}, cursor, ("time", "id", "text")) == [time, number, text]


def test_one_call_with_everything_it_was_priced_by(collector: RunningCollector) -> None:
    """Lines that sum to the cost, the row of the book with source and date, exchanges, retries, who pays."""
    attributes = call_attributes(
        exchanges=2,
        attempts=3,
        retry_statuses=["429", "503"],
        attribution_feature="answers",
        cost_pico_usd=123,
    ) | {"gemledger.label.tier": "gold", "gen_ai.prompt.0.content": "a secret"}
    asked = call(1, attributes=attributes)
    for tokens in (400, 600):
        add_exchange(asked, {"gen_ai.usage.input_tokens": tokens})
    send(collector, asked)
    [listed] = collector.get("/api/v1/calls", **DAY)["calls"]
    path = f"/api/v1/calls/{listed['trace_id']}/{listed['span_id']}"
    found = collector.get(path, at=listed["start_time"])
    assert found == collector.get(path, at="2026-11-01T00:00:00Z")
    assert found["call"] == listed
    assert sum(int(line["pico_usd"]) for line in found["lines"]) == int(listed["cost_pico_usd"])
    [row] = found["pricing"]["rows"]
    assert row["row"] == found["pricing"]["price_row"][0]
    assert row["source"].startswith("https://")
    assert row["read_on"]
    assert row["pico_usd_per_token"]["input"] == "300000"
    assert found["app"]["cost_pico_usd"] == "123"
    assert [each["attributes"]["gen_ai.usage.input_tokens"] for each in found["exchanges"]] == [
        400,
        600,
    ]
    assert (listed["attempts"], found["retry_statuses"]) == (3, ["429", "503"])
    assert (listed["team"], listed["feature"]) == ("search", "answers")
    assert found["attributes"]["gemledger.label.tier"] == "gold"


def test_a_call_that_is_not_there_is_not_found(collector: RunningCollector) -> None:
    """And ids that are none are refused."""
    send(collector, call(1))
    assert collector.http.get(f"/api/v1/calls/{'0' * 31}1/{'0' * 16}").status_code == 404
    far = {"at": "2026-01-01T00:00:00Z"}
    ids = f"{call(1).trace_id.hex()}/{hex_id(1)}"
    assert collector.http.get(f"/api/v1/calls/{ids}", params=far).status_code == 404
    assert collector.http.get("/api/v1/calls/x/y").status_code == 400


def test_conversations_sum_their_calls_and_page_by_cost(collector: RunningCollector) -> None:
    """The dearest first; calls without a conversation are in none."""
    send(
        collector,
        *(
            call(number, attributes=call_attributes(conversation_id=f"c{number % 3}"))
            for number in range(7)
        ),
        call(9, attributes=call_attributes(attribution_team="ads")),
    )
    first = collector.get("/api/v1/conversations", limit=2, **DAY)
    assert [(each["conversation_id"], each["calls"]) for each in first["conversations"]] == [
        ("c0", 3),
        ("c1", 2),
    ]
    one = int(collector.get("/api/v1/calls", limit=1, **DAY)["calls"][0]["cost_pico_usd"])
    assert first["conversations"][0]["cost_pico_usd"] == str(3 * one)
    rest = collector.get("/api/v1/conversations", limit=2, cursor=first["next"], **DAY)
    assert [each["conversation_id"] for each in rest["conversations"]] == ["c2"]
    assert rest["next"] is None
    for order in ("newest", "longest"):
        assert len(collector.get("/api/v1/conversations", order=order, **DAY)["conversations"]) == 3
    assert collector.get("/api/v1/conversations", team="nobody", **DAY)["conversations"] == []


def test_filters_tell_the_values_there_are(collector: RunningCollector) -> None:
    """Out of the ledger, the busiest first, and none is a value, too."""
    send(
        collector,
        call(1),
        call(2),
        call(3, attributes=call_attributes(attribution_team=None, response_model="gemini-2.5-pro")),
    )
    answer = collector.get("/api/v1/filters", **DAY)
    values = {each["name"]: each["values"] for each in answer["dimensions"]}
    assert values["team"] == [{"value": "search", "calls": 2}, {"value": None, "calls": 1}]
    assert values["model"] == [
        {"value": "gemini-2.5-flash", "calls": 2},
        {"value": "gemini-2.5-pro", "calls": 1},
    ]
    assert values["status"] == [{"value": "exact", "calls": 3}]
    earlier = {"since": "2026-10-01T00:00:00Z", "until": "2026-10-02T00:00:00Z"}
    assert collector.get("/api/v1/filters", **earlier)["dimensions"] == []


def test_the_book_is_told_with_sources_dates_and_what_is_to_come(
    collector: RunningCollector,
) -> None:
    """Page by page, and every change after a day."""
    models: list[Any] = []
    cursor = None
    while cursor is not None or not models:
        more: dict[str, Any] = {} if cursor is None else {"cursor": cursor}
        answer = collector.get("/api/v1/prices", limit=60, as_of="2026-11-01", **more)
        models += answer["models"]
        cursor = answer["next"]
    keys = [(each["platform"], each["model"]) for each in models]
    assert keys == sorted(set(keys))
    assert all(row["source"] and row["read_on"] for each in models for row in each["rows"])
    assert all(change["date"] > "2026-11-01" for change in answer["coming"])
    [flash] = collector.get(
        "/api/v1/prices", platform="gemini_api", model="models/gemini-2.5-flash"
    )["models"]
    assert flash["model"] == "gemini-2.5-flash"


def test_times_that_no_span_can_have_are_refused_everywhere(collector: RunningCollector) -> None:
    """Before 1970 and from 2262 on: nanoseconds end there."""
    for since in ("1969-12-31T23:59:59Z", "2262-06-01T00:00:00Z", "0001-01-01T00:00:00+14:00"):
        answer = collector.http.get("/api/v1/errors", params=DAY | {"since": since})
        assert answer.status_code == 400
        assert "from 1970 on" in answer.json()["error"]["message"]
    centuries = {"since": "1970-01-01T00:00:00Z", "until": "2261-12-31T00:00:00Z"}
    send(collector, call(1))
    assert collector.get("/api/v1/spend", **centuries)["totals"]["calls"] == 1
