"""Every Nth answer, for those who want it so: counted by feature and prompt version, and on from where it was."""

from .conftest import HOUR, MINUTE, NOON, SECOND, Shop, judged_by

SLOT = 5 * MINUTE


def test_every_tenth_answer_of_each_feature_and_version(shop: Shop) -> None:
    """The tenth, the twentieth, and so on, by time."""
    chat = shop.traffic(NOON, NOON + 42 * SECOND, SECOND)
    docs = shop.traffic(NOON, NOON + 25 * SECOND, SECOND, feature="doc-search")
    found = shop.drawn(judged_by(every=10), NOON + HOUR)
    asked = {pick.answer.span_id for pick in found}
    expected = [rows[at]["span_id"] for rows in (chat, docs) for at in range(9, len(rows), 10)]
    assert asked == set(expected)
    assert {(pick.inclusion_probability, pick.because, pick.representative) for pick in found} == {
        (0.1, "every", True)
    }


def test_a_restart_counts_on_from_where_it_was(shop: Shop) -> None:
    """Seven answers a slot, every tenth: the third of the second slot, whoever counts it."""
    config, rows = judged_by(every=10), []
    for slot in range(6):
        start = NOON + slot * SLOT
        rows += shop.traffic(start, start + 7 * SECOND, SECOND)
        shop.keep(config, start + SLOT + MINUTE)
    found = shop.picks(config, NOON + HOUR)
    assert {pick.answer.span_id for pick in found} == {
        rows[at]["span_id"] for at in range(9, 42, 10)
    }
    assert [row["answers_before"] for row in shop.slots()] == [0, 7, 14, 21, 28, 35]


def test_late_answers_are_not_counted_and_move_nobody(shop: Shop) -> None:
    """What was picked stays picked: no answer is judged because another came late."""
    config = judged_by(every=10)
    shop.traffic(NOON, NOON + 30 * SECOND, SECOND)
    before = {pick.answer.span_id for pick in shop.drawn(config, NOON + HOUR)}
    shop.traffic(NOON, NOON + 30 * SECOND, SECOND)
    assert {pick.answer.span_id for pick in shop.drawn(config, NOON + 2 * HOUR)} == before
    assert len(before) == 3


def test_a_floor_adds_to_what_is_counted(shop: Shop) -> None:
    """An answer is in by its hash or by its number: the two do not know of each other."""
    shop.traffic(NOON, NOON + 100 * SECOND, SECOND)
    found = shop.drawn(judged_by({"per_hour": 120, "burst": 1}, every=25), NOON + HOUR)
    (slot,) = shop.slots()
    assert 10 <= len(found) <= 14
    assert {pick.because for pick in found} == {"every", "floor"}
    chance = slot["threshold"] + (1 - slot["threshold"]) / 25
    assert all(abs(pick.inclusion_probability - chance) < 1e-12 for pick in found)


def test_counting_stands_for_a_rate(shop: Shop) -> None:
    """Whoever looks at a verdict's sample rate sees one in a hundred."""
    assert judged_by(every=100).rules[0].sample_rate == 0.01
    assert shop.drawn(judged_by(every=100), NOON) == []
