"""Deterministic checks beside the model: exact, free, and each in a module of its own."""

from gemledger_collector.judge.checks.checked import Checked, CheckError, Finding
from gemledger_collector.judge.checks.table import finder

__all__ = ["CheckError", "Checked", "Finding", "finder"]
