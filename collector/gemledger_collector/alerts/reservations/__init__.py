"""Apps that ask before they spend: what is left of their budgets, and money set aside until the call is over."""

from gemledger_collector.alerts.reservations.asking import Asked, Decision, Standing
from gemledger_collector.alerts.reservations.desk import Desk

__all__ = ["Asked", "Decision", "Desk", "Standing"]
