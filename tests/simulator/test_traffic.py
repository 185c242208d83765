"""The planned traffic of a month, and the live traffic of a demo."""

import itertools
from collections import Counter
from datetime import UTC, datetime

import pytest

from gemledger_simulator import facts, features, traffic
from gemledger_simulator.engine import Circumstances, Engine
from gemledger_simulator.planned import PlannedCall
from gemledger_simulator.traffic import DAY_NANO, HOUR_NANO

UNTIL = int(datetime(2026, 11, 21, 15, 30, tzinfo=UTC).timestamp()) * 10**9
SINCE = UNTIL - 30 * DAY_NANO


@pytest.fixture(scope="module")
def month() -> list[PlannedCall]:
    """Thirty days of traffic."""
    return list(traffic.plan(7, SINCE, UNTIL))


def _day(call: PlannedCall) -> int:
    return call.at_unix_nano // DAY_NANO


def test_a_plan_is_in_order_inside_its_window_and_the_same_for_the_same_seed(
    month: list[PlannedCall],
) -> None:
    """Another seed plans other calls."""
    times = [call.at_unix_nano for call in month]
    assert times == sorted(times)
    assert times[0] >= SINCE
    assert times[-1] < UNTIL
    assert month == list(traffic.plan(7, SINCE, UNTIL))
    assert month != list(traffic.plan(8, SINCE, UNTIL))


def test_two_halves_of_a_plan_are_the_whole(month: list[PlannedCall]) -> None:
    """A day's calls do not depend on the window, once incident and prompt change are fixed."""
    middle = SINCE + 10 * DAY_NANO + 123
    incidents = [traffic.usual_incident(UNTIL)]
    changes = [traffic.usual_prompt_change(UNTIL), traffic.usual_roll_back(UNTIL)]
    halves = (
        traffic.plan(7, start, end, incidents=incidents, prompt_changes=changes)
        for start, end in ((SINCE, middle), (middle, UNTIL))
    )
    assert list(itertools.chain(*halves)) == month


def test_there_are_teams_features_users_and_versions(month: list[PlannedCall]) -> None:
    """With a heavy tail: a tenth of the users make a good part of the calls."""
    assert len({call.team for call in month}) >= 3
    assert len({call.feature for call in month}) >= 5
    assert len({call.model for call in month}) >= 5
    assert len({(call.feature, call.prompt_version) for call in month}) >= 8
    customers = Counter(call.user_id for call in month if call.feature == "support-chat")
    top_tenth = sum(count for _, count in customers.most_common(len(customers) // 10))
    assert 0.25 < top_tenth / customers.total() < 0.6


def test_nights_and_weekends_are_quieter(month: list[PlannedCall]) -> None:
    """The office sleeps at night, and everybody is slower on a Sunday."""
    office = Counter(
        call.at_unix_nano // HOUR_NANO % 24 for call in month if call.feature == "code-review"
    )
    assert office[3] + office[2] < office[10] / 10
    days = Counter(_day(call) for call in month)
    working = [
        n for day, n in days.items() if datetime.fromtimestamp(day * 86_400, UTC).weekday() < 5
    ]
    weekend = [
        n for day, n in days.items() if datetime.fromtimestamp(day * 86_400, UTC).weekday() >= 5
    ]
    assert max(weekend) < sorted(working)[len(working) // 2]


def test_support_has_enough_answers_to_judge_on_every_whole_day(month: list[PlannedCall]) -> None:
    """A fifth of them is at least 20 a day, weekends included, with room for chance."""
    per_day = Counter(_day(call) for call in month if call.feature == "support-chat")
    whole_days = range(SINCE // DAY_NANO + 1, UNTIL // DAY_NANO)
    assert min(per_day[day] for day in whole_days) >= 140


def test_every_support_question_is_one_the_facts_answer(month: list[PlannedCall]) -> None:
    """Otherwise there would be nothing to judge."""
    asked = [call for call in month if call.feature == "support-chat"]
    assert all(facts.asked_literally(call.contents) for call in asked)
    assert len({call.contents for call in asked}) > 0.95 * len(asked)


def test_one_incident_stands_out(month: list[PlannedCall]) -> None:
    """Three hours of one account's huge prompts, nine days before the end."""
    huge = [
        call
        for call in month
        if call.usage_override and call.usage_override.prompt_tokens > 400_000
    ]
    assert {(call.team, call.feature, call.user_id) for call in huge} == {
        ("search", "doc-search", "reindex-job")
    }
    assert {_day(call) for call in huge} == {UNTIL // DAY_NANO - 9}
    assert huge[-1].at_unix_nano - huge[0].at_unix_nano < 3 * HOUR_NANO
    assert 120 < len(huge) < 160


def test_incidents_can_be_left_out() -> None:
    """An empty list means none."""
    calls = traffic.plan(7, SINCE, UNTIL, incidents=[])
    assert not any(call.user_id == "reindex-job" for call in calls)


def test_the_prompt_changes_and_is_rolled_back(month: list[PlannedCall]) -> None:
    """Support goes from v7 to v8 six days before the end and back four days later; no other feature changes with it."""
    change = traffic.usual_prompt_change(UNTIL).at_unix_nano
    back = traffic.usual_roll_back(UNTIL).at_unix_nano
    for call in month:
        if call.feature == "support-chat":
            new = change <= call.at_unix_nano < back
            assert call.prompt_version == ("v8" if new else "v7")
        else:
            assert call.prompt_version != "v8"
    assert change // DAY_NANO == UNTIL // DAY_NANO - 6


def test_conversations_have_one_user_and_sometimes_several_calls(month: list[PlannedCall]) -> None:
    """Only the chat has conversations."""
    users: dict[str, set[str]] = {}
    calls: Counter[str] = Counter()
    for call in month:
        if call.conversation_id:
            assert call.feature == "support-chat"
            users.setdefault(call.conversation_id, set()).add(call.user_id)
            calls[call.conversation_id] += 1
    assert all(len(found) == 1 for found in users.values())
    assert max(calls.values()) >= 3


def test_the_engine_answers_the_plan_and_caches_shared_prefixes(month: list[PlannedCall]) -> None:
    """In-process, as a back-fill does; a huge prompt costs no memory, its counts are exact."""
    engine, cached = Engine(), Counter[str]()
    for call in month[:1_500]:
        response = engine.respond(
            call.model,
            call.request_body(),
            call.at_unix_nano,
            Circumstances(usage=call.usage_override),
        )
        assert response.status == 200
        assert response.latency_ms >= response.time_to_first_chunk_ms > 0
        usage = response.body["usageMetadata"]
        cached[call.feature] += usage.get("cachedContentTokenCount", 0)
        if call.usage_override:
            assert usage == call.usage_override.metadata()
    assert cached["doc-search"] > 0
    assert cached["support-chat"] > 0


def test_live_traffic_is_paced_and_turns_dear_on_time() -> None:
    """Before the incident little is spent, and within five seconds of it much."""
    calls = list(
        itertools.takewhile(lambda c: c.at_unix_nano < UNTIL + 60 * 10**9, traffic.live(7, UNTIL))
    )
    assert len(calls) == 120
    assert calls == list(itertools.islice(traffic.live(7, UNTIL), 120))

    def huge(since: float, until: float) -> int:
        return sum(
            call.user_id == "reindex-job" and since <= (call.at_unix_nano - UNTIL) / 1e9 < until
            for call in calls
        )

    assert (huge(0, 20), huge(20, 25), huge(35, 60)) == (0, 5, 0)
    chats = [call for call in calls if call.feature == features.SUPPORT_CHAT]
    new = [call.at_unix_nano >= UNTIL + 10 * 10**9 for call in chats]
    assert [call.prompt_version for call in chats] == ["v9" if each else "v7" for each in new]
    assert any(new)
    assert not all(new)
