"""The floor: each feature and prompt version has its share of the judge's attention, however rare its answers are."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gemledger_collector.judge.sampling import Pick, positions, slots

from .conftest import HOUR, MINUTE, NEVER, NOON, SECOND, Shop, judged_by

SLOT = 5 * MINUTE
FLOOR = {"per_hour": 40}
OLD = NOON - 3 * HOUR
"""When the store of most stories began: what comes at noon is new, what came then is not."""


def by_slot(picks: list[Pick]) -> Counter[int]:
    """How many were picked in each slot."""
    return Counter(pick.answer.start_time_unix_nano // SLOT * SLOT for pick in picks)


def test_a_slot_gives_exactly_its_quota_or_all_it_has(shop: Shop) -> None:
    """Forty an hour are three or four each five minutes, of three hundred answers and of two alike."""
    shop.traffic(OLD, OLD + HOUR, SECOND)
    shop.traffic(OLD + HOUR, OLD + HOUR + SLOT, 150 * SECOND)
    found = by_slot(shop.drawn(judged_by(FLOOR, sample_rate=NEVER), OLD + 2 * HOUR))
    assert [found[OLD + index * SLOT] for index in range(12)] == [3, 3, 4] * 4
    assert found[OLD + HOUR] == 2


@given(st.integers(1, 5000), st.sampled_from([1, 2, 5, 10, 15, 30, 60]))
def test_the_slots_of_an_hour_sum_to_its_number(per_hour: int, minutes: int) -> None:
    """To the answer, whatever the slot's length, and no slot has more than the largest quota."""
    slot = minutes * MINUTE
    quotas = [slots.quota(per_hour, start, slot) for start in range(NOON, NOON + HOUR, slot)]
    assert sum(quotas) == per_hour
    assert max(quotas) == slots.most_quota(per_hour, slot)


@given(st.lists(st.floats(0, 1, exclude_max=True), unique=True, max_size=30), st.integers(0, 40))
def test_exactly_so_many_lie_below_the_limit(lowest: list[float], wanted: int) -> None:
    """Or all, where there are no more than that."""
    limit = slots.threshold(sorted(lowest), wanted)
    assert sum(position < limit for position in lowest) == min(wanted, len(lowest))


def test_every_feature_and_version_has_a_floor_of_its_own(shop: Shop) -> None:
    """A rare one is seen as well as a busy one."""
    shop.traffic(OLD, OLD + HOUR, SECOND, feature="busy")
    shop.traffic(OLD, OLD + HOUR, 20 * SECOND, feature="rare", prompt_version=None)
    found = shop.drawn(judged_by(FLOOR, sample_rate=NEVER), OLD + 2 * HOUR)
    assert Counter(pick.answer.feature for pick in found) == {"busy": 40, "rare": 40}
    assert {pick.because for pick in found} == {"floor"}
    assert all(pick.representative for pick in found)
    chances = {pick.answer.feature: pick.inclusion_probability for pick in found}
    assert chances["busy"] < 0.1 < chances["rare"]


def test_a_new_version_gets_ten_times_the_floor_for_two_hours(shop: Shop) -> None:
    """Then it is one of many."""
    shop.traffic(OLD, OLD + SLOT, MINUTE)
    shop.traffic(NOON, NOON + 3 * HOUR, SECOND, prompt_version="v2")
    found = shop.drawn(judged_by(FLOOR, sample_rate=NEVER), NOON + 4 * HOUR)
    v2 = [pick for pick in found if pick.answer.prompt_version == "v2"]
    hours = Counter((pick.answer.start_time_unix_nano - NOON) // HOUR for pick in v2)
    assert hours == {0: 400, 1: 400, 2: 40}
    assert {pick.because for pick in v2 if pick.answer.start_time_unix_nano < NOON + 2 * HOUR} == {
        "burst"
    }
    v1 = [pick for pick in found if pick.answer.prompt_version == "v1"]
    assert len(v1) == 3, "as old as the store, and so not new"


def test_a_new_model_of_a_feature_is_new_as_well(shop: Shop) -> None:
    """The same prompt on another model may answer otherwise."""
    shop.traffic(OLD, OLD + HOUR, SECOND)
    shop.traffic(NOON, NOON + HOUR, SECOND, model="gemini-3-flash")
    found = shop.drawn(judged_by(FLOOR, sample_rate=NEVER), NOON + 2 * HOUR)
    assert Counter(pick.answer.model for pick in found) == {
        "gemini-2.5-flash": 40,
        "gemini-3-flash": 400,
    }


def test_at_one_request_in_ten_seconds_two_hours_judge_more_than_eighty(shop: Shop) -> None:
    """What it takes to catch a jump from 3 % to 15 %; a hundredth would judge seven."""
    shop.traffic(OLD, NOON, 10 * SECOND)
    shop.traffic(NOON, NOON + 2 * HOUR, 10 * SECOND, prompt_version="v2")
    config = judged_by(FLOOR, sample_rate=0.01)
    found = [
        pick
        for pick in shop.drawn(config, NOON + 2 * HOUR + MINUTE)
        if pick.answer.prompt_version == "v2"
    ]
    assert len(found) == 720, "all of them: fewer than a burst"
    later = [
        pick
        for pick in shop.picks(config, NOON + 2 * HOUR + MINUTE)
        if pick.answer.prompt_version == "v1"
    ]
    assert len(later) >= 3 * 40
    without = judged_by(None, sample_rate=0.01, name="without")
    assert (
        sum(pick.answer.prompt_version == "v2" for pick in shop.picks(without, NOON + 2 * HOUR))
        < 20
    )


def test_at_a_hundred_requests_a_second_no_more_than_floor_and_rate_allow(shop: Shop) -> None:
    """The floor adds nothing to what the rate draws anyway."""
    rows = shop.traffic(OLD, OLD + SLOT, SECOND // 100)
    config = judged_by(FLOOR, sample_rate=0.001)
    found = shop.drawn(config, OLD + HOUR)
    drawn = sum(positions.unit_position(row["trace_id"].replace("-", "")) < 0.001 for row in rows)
    assert len(found) == max(drawn, 3)
    assert len(rows) == 30_000
    assert {pick.inclusion_probability for pick in found} == {0.001}


def test_a_limit_once_set_stays_and_late_answers_go_by_it(shop: Shop) -> None:
    """Who was judged stays in the sample; who comes late is in by the same hash."""
    shop.traffic(OLD, OLD + SLOT, SECOND)
    config = judged_by(FLOOR, sample_rate=NEVER)
    early = {pick.answer.span_id for pick in shop.drawn(config, OLD + SLOT + MINUTE)}
    (before,) = shop.slots()
    late = shop.traffic(OLD, OLD + SLOT, SECOND // 10)
    found = shop.drawn(config, OLD + HOUR)
    assert shop.slots() == [before]
    assert early < {pick.answer.span_id for pick in found}
    lucky = [
        row
        for row in late
        if positions.unit_position(row["trace_id"].replace("-", "")) < before["threshold"]
    ]
    assert len(found) == 3 + len(lucky)
    assert {pick.inclusion_probability for pick in found} == {before["threshold"]}


def test_a_slot_that_is_not_over_yet_is_not_drawn_from(shop: Shop) -> None:
    """Nor one whose last answers may still be on their way."""
    shop.traffic(OLD, OLD + SLOT, SECOND)
    config = judged_by(FLOOR, sample_rate=NEVER)
    assert shop.drawn(config, OLD + SLOT + 29 * SECOND) == []
    assert len(shop.drawn(config, OLD + SLOT + 30 * SECOND)) == 3


def test_a_restart_and_a_pause_change_nothing(shop: Shop) -> None:
    """Decided bit by bit, or all at once after a night without a collector: the same sample."""
    shop.traffic(OLD, OLD + HOUR, SECOND)
    bit_by_bit, at_once = (
        judged_by(FLOOR, sample_rate=NEVER),
        judged_by(FLOOR, sample_rate=NEVER, name="other"),
    )
    for now in range(OLD, OLD + 2 * HOUR, MINUTE):
        shop.keep(bit_by_bit, now)
    shop.keep(at_once, OLD + 12 * HOUR)
    now = OLD + 12 * HOUR
    one, other = (
        {(pick.answer.span_id, pick.inclusion_probability) for pick in shop.picks(config, now)}
        for config in (bit_by_bit, at_once)
    )
    assert one == other
    assert len(one) == 40
    before = shop.slots()
    shop.keep(bit_by_bit, now)
    assert shop.slots() == before


def test_answers_of_one_trace_are_in_together(shop: Shop) -> None:
    """What is drawn are traces: an agent's ten calls are one of them."""
    for minute in range(5):
        trace = shop.answer(0)["trace_id"]
        shop.traffic(OLD + minute * MINUTE, OLD + minute * MINUTE + 10, 1, trace_id=trace)
    found = shop.drawn(judged_by(FLOOR, sample_rate=NEVER), OLD + HOUR)
    assert Counter(Counter(pick.answer.trace_id for pick in found).values()) == {10: 3}


def test_conversations_are_drawn_whole_where_the_rule_says_so(shop: Shop) -> None:
    """Within a slot."""
    shop.add([shop.answer(OLD + turn, conversation_id=f"chat-{turn % 9}") for turn in range(45)])
    found = shop.drawn(judged_by(FLOOR, sample_rate=NEVER, sample_by="conversation"), OLD + HOUR)
    assert Counter(Counter(pick.answer.conversation_id for pick in found).values()) == {5: 3}


def test_where_all_are_judged_there_is_nothing_to_decide(shop: Shop) -> None:
    """A rule of rate 1 needs no slots, and waits for none."""
    shop.traffic(OLD, OLD + SLOT, MINUTE)
    config = judged_by(FLOOR, sample_rate=1.0)
    assert len(shop.drawn(config, OLD + 5 * MINUTE)) == 5
    assert shop.slots() == []


def test_slots_of_another_length_stay_decided(shop: Shop) -> None:
    """Where the configuration changes, what was decided is not decided again."""
    shop.traffic(OLD, OLD + HOUR, SECOND)
    shop.keep(judged_by(FLOOR, sample_rate=NEVER), OLD + 31 * MINUTE)
    shop.keep(judged_by({**FLOOR, "slot": "10m"}, sample_rate=NEVER), OLD + 2 * HOUR)
    found = [(row["slot_start_unix_nano"], row["slot_end_unix_nano"]) for row in shop.slots()]
    assert all(end <= start for (_, end), (start, _) in pairwise(found))
    assert found[-1][1] == OLD + HOUR


def test_old_slots_are_forgotten(shop: Shop) -> None:
    """Once their answers are too old to be judged; the newest of each version stays."""
    shop.traffic(OLD, OLD + SLOT, MINUTE)
    config = judged_by(FLOOR, sample_rate=NEVER)
    shop.keep(config, OLD + HOUR)
    shop.traffic(OLD + 46 * 24 * HOUR, OLD + 46 * 24 * HOUR + SLOT, MINUTE)
    shop.keep(config, OLD + 46 * 24 * HOUR + HOUR)
    assert [row["slot_start_unix_nano"] for row in shop.slots()] == [OLD + 46 * 24 * HOUR]
