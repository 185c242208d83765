"""What changed: why a window cost more than usual, exactly, and who spent it."""

from gemledger_collector.alerts.cause.explained import Explained, explained
from gemledger_collector.alerts.cause.explanation import Explanation
from gemledger_collector.alerts.cause.factors import FACTORS, Factor
from gemledger_collector.alerts.cause.weighing import explain, with_cause

__all__ = ["FACTORS", "Explained", "Explanation", "Factor", "explain", "explained", "with_cause"]
