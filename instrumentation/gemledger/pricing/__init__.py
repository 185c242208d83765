"""What a Gemini call costs, in integers of picoUSD (1e-12 USD).

Two halves (design §4.2): ``load_book().rates_for(...)`` finds the dated rates of a model,
``price_exchange(book, facts)`` multiplies them with token cells and units, and says how sure it is. Everything here
is pure and needs the standard library only: the library in the app and the collector price with the same code.
"""

from gemledger.pricing import cells, engine
from gemledger.pricing.book import (
    Book,
    book_from_environ,
    load_book,
    load_book_with_overlay,
    model_id,
)
from gemledger.pricing.cells import Usage, billable_cells
from gemledger.pricing.cost import Cost, Facts, combine, unpriced
from gemledger.pricing.engine import cost_lines, price_exchange
from gemledger.pricing.rates import Rates
from gemledger.pricing.rows import BookError
from gemledger.pricing.units import storage_pico_usd, unit_lines

__all__ = [
    "Book",
    "BookError",
    "Cost",
    "Facts",
    "Rates",
    "Usage",
    "billable_cells",
    "book_from_environ",
    "cells",
    "combine",
    "cost_lines",
    "engine",
    "load_book",
    "load_book_with_overlay",
    "model_id",
    "price_exchange",
    "storage_pico_usd",
    "unit_lines",
    "unpriced",
]
