"""The demo's parts: its settings, a month of the past, live traffic, and the summary for machines."""
