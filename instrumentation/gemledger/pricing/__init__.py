"""What a Gemini call costs, in integers of picoUSD (1e-12 USD).

Two halves (design §4.2): ``load_book().rates_for(...)`` finds the dated rates of a model once per distinct key,
``engine.cost_lines(rates, cells)`` multiplies them with token cells, ints and int64 arrays alike. Everything here
is pure and needs the standard library only: the library in the app and the collector price with the same code.
"""

from gemledger.pricing import cells, engine
from gemledger.pricing.book import Book, Rates, load_book, model_id
from gemledger.pricing.cells import Usage
from gemledger.pricing.engine import Cost, Facts, cost_lines, price_exchange
from gemledger.pricing.schema import BookError

__all__ = [
    "Book",
    "BookError",
    "Cost",
    "Facts",
    "Rates",
    "Usage",
    "cells",
    "cost_lines",
    "engine",
    "load_book",
    "model_id",
    "price_exchange",
]
