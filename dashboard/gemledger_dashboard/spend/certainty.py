"""How sure a total is, in words: what is known, estimated, without a price, and what may still come. Pure."""

from gemledger_dashboard.drawing import formats
from gemledger_dashboard.spend.spend_answers import Spend
from gemledger_dashboard.spend.sums import Sums


def certainty(sums: Sums) -> str:
    """How sure a total is: what is known, what is estimated, what has no price, and the most it can be."""
    parts = [
        f"{formats.usd(sums.known_pico_usd)} known",
        f"{formats.usd(sums.estimated_pico_usd)} estimated",
        f"{formats.count(sums.unpriced_calls)} unpriced",
        *([at_most(sums)] if sums.cost_upper_pico_usd > sums.cost_pico_usd else []),
    ]
    return " | ".join(parts)


def committed(spend: Spend) -> str:
    """What is not in the total and may still come; empty where there is nothing of the kind."""
    figures = (
        (spend.committed_pico_usd, "committed by jobs that have not settled"),
        (spend.overdue_pico_usd, "overdue"),
    )
    return " | ".join(f"{formats.usd(pico)} {words}" for pico, words in figures if pico)


def at_most(sums: Sums) -> str:
    """The upper bound of a total; calls that have none are not in it."""
    bound = f"at most {formats.usd(sums.cost_upper_pico_usd)}"
    if sums.unbounded_calls == 0:
        return bound
    return f"{bound} without {formats.plural(sums.unbounded_calls, 'call')} of unknown limit"
