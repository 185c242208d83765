"""Budgets and rules watched over the ledger; somebody hears, once, with the cause."""
