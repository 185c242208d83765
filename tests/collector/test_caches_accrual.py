"""How long a cache lives, and what its storage costs by the hour: pure, the time given."""

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gemledger.pricing import load_book
from gemledger_collector.settle.caches.accrual import Place, StorageRate, accrue, rates_of
from gemledger_collector.settle.caches.life import (
    HOUR,
    Bounds,
    Event,
    Heard,
    Life,
    State,
    life_of,
    settled_until,
    state_of,
)

BOUNDS = Bounds()
DAY = 24 * HOUR
NOON = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp())
GOOGLE = "generativelanguage.googleapis.com"
CREATED = Event(Heard.CREATED, NOON, tokens=50_000, created=NOON, expires=NOON + DAY)


def life(*events: Event, last_read: int | None = None) -> Life:
    """The life these tell of, which there is."""
    found = life_of(events, last_read, BOUNDS)
    assert found is not None
    return found


def storage(model: str, tokens: int, created: int, until: int) -> dict[int, int | None]:
    """What each hour costs, by the real book."""
    place = Place("gemini_api", model, "global", GOOGLE, tokens)
    hours = accrue(tokens, created, until, rates_of(load_book(), place))
    return {begin: hour.pico_usd for begin, hour in hours.items()}


def test_an_hour_costs_its_tokens_at_the_rate() -> None:
    """50,000 tokens of 2.5 Flash at 1.00 USD per million token-hours: 5 cents an hour."""
    hours = storage("gemini-2.5-flash", 50_000, NOON, NOON + 2 * HOUR)
    assert hours == {NOON: 50_000 * 1_000_000, NOON + HOUR: 50_000 * 1_000_000}


def test_a_part_of_an_hour_is_its_share_and_the_lines_sum_to_the_whole() -> None:
    """7 tokens from 12:00:01 to 14:00:11: thirds of a picodollar are not lost from hour to hour."""
    created, until = NOON + 1, NOON + 2 * HOUR + 11
    hours = storage("gemini-3.8-flash", 7, created, until)
    whole = 7 * 7_210 * 500_000 // 3_600  # 7,009,722.2…
    assert whole == 7_009_722
    assert list(hours.values()) == [3_499_027, 3_500_000, 10_695]
    assert sum(pico or 0 for pico in hours.values()) == whole


def test_a_price_that_changes_in_mid_life_holds_from_its_hour_on() -> None:
    """3.8 Flash from 0.50 to 1.00 at the turn of the year; within eight hours of it the other price is the bound."""
    midnight = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())
    place = Place("gemini_api", "gemini-3.8-flash", "global", GOOGLE, 1_000)
    begins, ends = midnight - 20 * HOUR - 600, midnight + 20 * HOUR
    hours = accrue(1_000, begins, ends, rates_of(load_book(), place))
    assert hours[midnight - HOUR].pico_usd == 1_000 * 500_000
    assert hours[midnight].pico_usd == 1_000 * 1_000_000
    assert hours[midnight - HOUR].upper_pico_usd == 1_000 * 1_000_000
    assert hours[midnight - HOUR].rate.reasons == ("price_change_near",)
    assert hours[midnight - HOUR].rate.status == "estimated"
    assert hours[midnight - 9 * HOUR].rate.status == "exact"
    before, after = 1_000 * (20 * HOUR + 600) * 500_000 // 3_600, 1_000 * 20 * 1_000_000
    assert sum(hour.pico_usd or 0 for hour in hours.values()) == before + after


def test_storage_that_the_book_has_no_rate_for_is_unpriced() -> None:
    """3.5 Flash Lite: known, but nobody has published what storage costs; and a model nobody knows."""
    for model, reason in (
        ("gemini-3.5-flash-lite", "no_rate:token_hour"),
        ("nix", "unknown_model"),
    ):
        place = Place("gemini_api", model, "global", GOOGLE, 1_000)
        (hour,) = accrue(1_000, NOON, NOON + HOUR, rates_of(load_book(), place)).values()
        assert hour.pico_usd is None
        assert hour.rate.status == "unpriced"
        assert hour.rate.reasons == (reason,)


def test_a_cache_ends_when_its_time_is_up_or_it_is_deleted_or_found_gone() -> None:
    """Whichever comes first; a new end replaces the old one."""
    longer = Event(Heard.SEEN, NOON + HOUR, expires=NOON + 3 * DAY)
    deleted = Event(Heard.DELETED, NOON + 2 * HOUR, expires=NOON + 2 * HOUR + 1)
    gone = Event(Heard.GONE, NOON + 5 * HOUR)
    assert (life(CREATED).ends, life(CREATED).how) == (NOON + DAY, State.EXPIRED)
    assert life(longer, CREATED).ends == NOON + 3 * DAY
    assert (life(CREATED, longer, gone).ends, life(CREATED, gone).how) == (
        NOON + 5 * HOUR,
        State.GONE,
    )
    assert life(gone, deleted, longer, CREATED).ends == NOON + 2 * HOUR + 1
    assert life(gone, deleted, CREATED).how is State.DELETED


def test_a_look_that_found_nothing_is_not_believed_when_the_cache_is_read_later() -> None:
    """Somebody asked with the wrong account, perhaps."""
    gone = Event(Heard.GONE, NOON + HOUR)
    assert life(CREATED, gone, last_read=NOON + 2 * HOUR).how is State.EXPIRED
    assert life(CREATED, gone, Event(Heard.SEEN, NOON + 2 * HOUR)).ends == NOON + DAY
    assert life(CREATED, gone, last_read=NOON + 60).how is State.GONE


def test_what_cannot_be_is_not_believed_and_flagged() -> None:
    """No tokens, too many, and a life of a thousand years."""
    for absurd in (0, -5, 10**12):
        assert life_of([Event(Heard.CREATED, NOON, absurd, NOON, NOON + DAY)], None, BOUNDS) is None
    ages = Event(Heard.SEEN, NOON + 60, 50_000, NOON, NOON + 1000 * 366 * DAY)
    found = life(CREATED, ages)
    assert found.ends == NOON + DAY
    assert found.flags == ("absurd_life",)
    assert life_of([Event(Heard.SEEN, NOON)], None, BOUNDS) is None


def test_while_it_lives_whole_hours_are_billed_and_at_the_end_the_rest() -> None:
    """At 14:59 up to 14:00; a minute after it was deleted up to then."""
    assert settled_until(life(CREATED), NOON + 3 * HOUR - 60, None, BOUNDS) == NOON + 2 * HOUR
    deleted = Event(Heard.DELETED, NOON + 5_000)
    assert settled_until(life(CREATED, deleted), NOON + 5_060, None, BOUNDS) == NOON + 5_000


def test_a_clock_that_jumps_back_accrues_nothing_and_takes_nothing_back() -> None:
    """Even to before the cache was made."""
    assert settled_until(life(CREATED), NOON + HOUR, NOON + 4 * HOUR, BOUNDS) == NOON + 4 * HOUR
    assert settled_until(life(CREATED), NOON - 9 * DAY, NOON + 4 * HOUR, BOUNDS) == NOON + 4 * HOUR
    assert settled_until(life(CREATED), NOON - 9 * DAY, None, BOUNDS) == NOON


def test_a_clock_that_jumps_ahead_gets_no_further_than_the_end() -> None:
    """Nor, where the end is far away, than the catch-up beyond the last sign of the cache."""
    century = NOON + 36_500 * DAY
    assert settled_until(life(CREATED), century, None, BOUNDS) == NOON + DAY
    long = Event(Heard.CREATED, NOON, 50_000, NOON, NOON + 300 * DAY)
    assert settled_until(life(long), century, None, BOUNDS) == NOON + 31 * DAY
    assert state_of(life(long), NOON + 40 * DAY, BOUNDS) is State.UNCONFIRMED
    read = life(long, last_read=NOON + 20 * DAY)
    assert settled_until(read, century, None, BOUNDS) == NOON + 51 * DAY
    assert state_of(read, NOON + 40 * DAY, BOUNDS) is State.LIVE


moments = st.integers(NOON, NOON + 3 * DAY)
expiries = st.integers(NOON, NOON + 9 * DAY)
events = st.one_of(
    st.builds(Event, st.just(Heard.SEEN), moments, st.none(), st.none(), expiries),
    st.builds(Event, st.just(Heard.GONE), moments),
    st.builds(Event, st.just(Heard.DELETED), moments, st.none(), st.none(), moments),
)


@given(st.lists(events, max_size=8), st.randoms())
def test_the_order_in_which_things_are_heard_does_not_matter(
    heard: list[Event], chance: object
) -> None:
    """A spool may send the first last."""
    told = [CREATED, *heard]
    shuffled = list(told)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random
    assert life_of(shuffled, None, BOUNDS) == life_of(told, None, BOUNDS)


@given(
    st.integers(1, 10**6),
    st.integers(0, 2 * DAY),
    st.lists(st.integers(0, 10 * DAY), max_size=20),
    st.integers(1, 10**7),
    st.integers(1, 10**7),
)
def test_hours_sum_to_the_whole_however_often_they_are_looked_at(
    tokens: int, after: int, looks: list[int], first_rate: int, then_rate: int
) -> None:
    """One price, another from the third day on: the sum is the accrual under each, whenever somebody looked."""
    created, switch = NOON + after, NOON + 2 * DAY
    until = created + max(looks, default=0)

    def rate_at(hour: int) -> StorageRate:
        return StorageRate(first_rate if hour < switch else then_rate)

    whole = accrue(tokens, created, until, rate_at)
    spans = ((created, min(until, switch), first_rate), (max(created, switch), until, then_rate))
    if first_rate == then_rate:
        spans = ((created, until, first_rate), (0, 0, 0))
    expected = sum(
        tokens * (end - begin) * rate // 3_600 for begin, end, rate in spans if end > begin
    )
    assert sum(hour.pico_usd or 0 for hour in whole.values()) == expected
    for shorter, longer in pairwise(sorted(looks)):
        before = accrue(tokens, created, created + shorter, rate_at)
        later = accrue(tokens, created, created + longer, rate_at)
        assert all(later[hour] == cost for hour, cost in list(before.items())[:-1])
