"""What fires, budgets, rules and channels."""
