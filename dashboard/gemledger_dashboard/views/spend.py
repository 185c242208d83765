"""Spend: where the money of the chosen time went, what prices to come will change, a statement for each team."""

from gemledger_dashboard.frame import notices, sidebar
from gemledger_dashboard.frame.choices import choose
from gemledger_dashboard.spend import price_view, statement_view, where

VIEWS = {
    "where": "Where it went",
    "prices": "Prices to come",
    "statement": "Monthly statement",
}

sidebar.heading("Spend")
view = choose("view", "View", VIEWS)
with notices.Explained():
    if view == "statement":
        statement_view.show(sidebar.window().zone)
    elif view == "prices":
        price_view.show(sidebar.window())
    else:
        where.show()
