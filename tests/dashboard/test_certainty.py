"""How sure a total is, in words."""

import pytest

from gemledger_dashboard.spend import certainty
from gemledger_dashboard.spend.spend_answers import Spend
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
    assert certainty.certainty(sums) == words


def test_what_jobs_may_still_cost_stands_beside_the_total() -> None:
    """And what was expected of those that never settled, apart; nothing is said where there is neither."""
    both = Spend((), (), Sums(), committed_pico_usd=2 * DOLLAR, overdue_pico_usd=DOLLAR)
    assert certainty.committed(both) == (
        "$2.00 committed by jobs that have not settled | $1.00 overdue"
    )
    assert certainty.committed(Spend((), (), Sums())) == ""
