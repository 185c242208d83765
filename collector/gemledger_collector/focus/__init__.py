"""The FinOps billing format FOCUS 1.2: what a day's charges are as its rows."""
