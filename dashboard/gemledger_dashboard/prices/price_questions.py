"""What the Prices page asks the collector."""

from gemledger_dashboard.frame.client import Question
from gemledger_dashboard.prices import price_answers

_ALL = "1000"
"""Models of an answer: the most the collector gives at once, ten times as many as there are."""


def book() -> Question[price_answers.PriceBook]:
    """Every price there has been and will be; a page picks the days it needs."""
    return Question("/api/v1/prices", (("limit", _ALL),), price_answers.book)
