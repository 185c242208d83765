"""Slots, hours and days of a time zone, clock changes included."""

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from support.zones import ZONES, at

from gemledger_collector.storage.buckets import SLOT_SECONDS, Bucket, Width, buckets, grid

MOMENTS = st.integers(at("2011-12-01T00:00"), at("2027-12-31T00:00"))


@given(
    MOMENTS,
    st.integers(1, 20 * 96),
    st.sampled_from(ZONES),
    st.sampled_from(["hour", "day", "total"]),
)
def test_buckets_cover_a_range_without_gap_or_overlap(
    start: int, slots: int, zone: str, width: Width
) -> None:
    """Whatever the zone does to its clocks; no bucket is empty."""
    first = start // SLOT_SECONDS * SLOT_SECONDS
    around = Bucket(first, first + slots * SLOT_SECONDS)
    found = list(buckets(around, width, zone))
    assert found[0].start <= around.start < found[0].end
    assert found[-1].start < around.end <= found[-1].end
    assert all(before.end == after.start for before, after in pairwise(found))
    assert all(bucket.end > bucket.start for bucket in found)


@given(
    MOMENTS,
    st.integers(1, 20 * 96),
    st.sampled_from(ZONES),
    st.sampled_from(["hour", "day", "total"]),
)
def test_every_slot_is_found_in_the_bucket_it_lies_in(
    start: int, slots: int, zone: str, width: Width
) -> None:
    """By arithmetic and a list, as SQL looks it up: over clock changes of whole and half hours, and skipped days."""
    first = start // SLOT_SECONDS * SLOT_SECONDS
    around = Bucket(first, first + slots * SLOT_SECONDS)
    found = list(buckets(around, width, zone))
    table = grid(found)
    looked_up = [
        table.starts[(slot - table.first) // table.step]
        for slot in range(around.start, around.end, SLOT_SECONDS)
    ]
    assert looked_up == [
        bucket.start
        for bucket in found
        for _ in range(max(bucket.start, around.start), min(bucket.end, around.end), SLOT_SECONDS)
    ]


def test_the_table_of_days_is_as_short_as_the_clock_allows() -> None:
    """A row a day; an hour where clocks change; and a day that begins within a slot has that slot."""
    cases = {
        ("2026-11-01", "Europe/Berlin"): (86_400, 10),
        ("2026-10-20", "Europe/Berlin"): (3600, 241),
        ("2026-04-01", "Australia/Lord_Howe"): (1800, 481),
    }
    for (day, zone), (step, length) in cases.items():
        start = at(f"{day}T00:00", zone)
        ten_days = list(buckets(Bucket(start, start + 10 * 86_400 - 7200), "day", zone))
        table = grid(ten_days)
        assert (table.step, len(table.starts)) == (step, length), zone
    odd = grid(
        [Bucket(2670, 89_070), Bucket(89_070, 175_470)]
    )  # Monrovia was 44:30 behind until 1972
    assert (odd.first, odd.step, len(odd.starts)) == (1800, 900, 193)
    assert [odd.starts[index] for index in (0, 95, 96, 192)] == [2670, 2670, 89_070, 89_070]


def test_labels_carry_the_offset_of_their_own_moment() -> None:
    """Before and after a clock change."""
    found = list(
        buckets(Bucket(at("2026-03-28T23:00"), at("2026-03-30T22:00")), "day", "Europe/Berlin")
    )
    starts = [datetime.fromtimestamp(bucket.start, UTC).isoformat() for bucket in found]
    assert starts == ["2026-03-28T23:00:00+00:00", "2026-03-29T22:00:00+00:00"]
