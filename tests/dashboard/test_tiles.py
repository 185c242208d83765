"""How sure a total is, in words."""

from dataclasses import replace

import pytest

from gemledger_dashboard.answers import Spend
from gemledger_dashboard.drawing import tiles
from gemledger_dashboard.spend.sums import Sums

DOLLAR = 10**12


@pytest.mark.parametrize(
    ("sums", "words"),
    [
        (
            Sums(cost_pico_usd=DOLLAR, known_pico_usd=DOLLAR, cost_upper_pico_usd=DOLLAR),
            "$1.00 known | $0.00 estimated | 0 unpriced",
        ),
        (
            Sums(
                cost_pico_usd=3 * DOLLAR,
                known_pico_usd=DOLLAR,
                estimated_pico_usd=2 * DOLLAR,
                cost_upper_pico_usd=5 * DOLLAR,
            ),
            "$1.00 known | $2.00 estimated | 0 unpriced | at most $5.00",
        ),
        (
            Sums(
                cost_pico_usd=DOLLAR,
                known_pico_usd=DOLLAR,
                cost_upper_pico_usd=2 * DOLLAR,
                unpriced_calls=3,
                unbounded_calls=4,
            ),
            "$1.00 known | $0.00 estimated | 3 unpriced | at most $2.00 without 4 calls of unknown limit",
        ),
    ],
)
def test_an_upper_bound_stands_beside_a_total_that_may_be_more(sums: Sums, words: str) -> None:
    """Only then; and calls of which no bound is known are named."""
    assert tiles.certainty(sums) == words


def test_what_jobs_may_still_cost_stands_beside_the_total() -> None:
    """And what was expected of those that never settled, apart; nothing is said where there is neither."""
    both = Spend((), (), Sums(), committed_pico_usd=2 * DOLLAR, overdue_pico_usd=DOLLAR)
    assert tiles.committed(both) == (
        "$2.00 committed by jobs that have not settled | $1.00 overdue"
    )
    assert tiles.committed(Spend((), (), Sums())) == ""


def test_what_has_no_team_is_told_with_its_share() -> None:
    """And nothing is said where everything has one."""
    owned = Sums(cost_pico_usd=4 * DOLLAR)
    assert tiles.unowned(owned) is None
    told = tiles.unowned(replace(owned, unowned_pico_usd=DOLLAR))
    assert told is not None
    assert told.startswith("Without a team: $1.00, 25")
