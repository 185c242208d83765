"""Spend: where the money of the chosen time went, what prices to come will change, a statement for each team."""

from gemledger_dashboard.frame import notices, sidebar
from gemledger_dashboard.spend import where

sidebar.heading("Spend")
with notices.Explained():
    where.show(sidebar.window())
