"""Spend: where the money of the chosen time went, and a statement of a month for each team."""

from gemledger_dashboard.frame import notices, sidebar
from gemledger_dashboard.frame.choices import choose
from gemledger_dashboard.spend import statement_view, where

VIEWS = {"where": "Where it went", "statement": "Monthly statement"}

sidebar.heading("Spend")
view = choose("view", "View", VIEWS)
with notices.Explained():
    if view == "statement":
        statement_view.show(sidebar.window().zone)
    else:
        where.show(sidebar.window())
