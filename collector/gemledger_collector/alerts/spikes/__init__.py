"""Spend far above its own usual: a robust seasonal baseline for each group, from the first day."""
