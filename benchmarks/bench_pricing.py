"""What pricing costs: one call in the app, and a batch in int64 arrays as the collector does it.

Bar (design §6): 5 µs a call.
"""

import sys
import timeit

import numpy as np

from gemledger.pricing import Facts, Usage, cost_lines, load_book, price_exchange
from gemledger.pricing.cells import billable_cells

AT = 1_795_176_000_000_000_000
BATCH = 8_192
BAR_US = 5.0


def best_us(work: object, number: int) -> float:
    """Best of seven timings of a callable, in microseconds a run."""
    timer = timeit.Timer("work()", globals={"work": work})
    return min(timer.repeat(repeat=7, number=number)) / number * 1e6


def main() -> int:
    """Run everything; 1 if the bar was missed."""
    book = load_book()
    usage = Usage(100_000, 1_200, 80_000, 0, 200)
    audio = Usage(10_000, 500, 6_000, 0, 0, {"audio": 8_000}, {"audio": 6_000})
    missed = 0
    for name, model, tokens in (
        ("text", "gemini-3.8-flash", usage),
        ("text, long-context model", "gemini-3.1-pro-preview", usage),
        ("audio, partly cached", "gemini-3.1-flash-lite", audio),
    ):
        facts = Facts(
            "gemini_api", model, model, "standard", AT, tokens, server_address="127.0.0.1"
        )
        spent = best_us(lambda facts=facts: price_exchange(book, facts), 20_000)
        missed += spent > BAR_US
        print(
            f"one call, {name:26} {spent:7.2f} µs   bar {BAR_US:.0f} µs   {'ok' if spent <= BAR_US else 'MISSED'}"
        )

    rates = book.rates_for("gemini_api", "gemini-3.8-flash", "standard", False, AT)
    assert rates is not None
    numbers = np.random.default_rng(7).integers(0, 100_000, (5, BATCH))
    whole = Usage(
        numbers[0] + numbers[1] + numbers[2],
        numbers[3] + numbers[4],
        numbers[1],
        numbers[2],
        numbers[4],
    )
    spent = best_us(lambda: cost_lines(rates, billable_cells(whole)), 200)
    print(f"a batch of {BATCH}, per call           {spent / BATCH:7.4f} µs")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
