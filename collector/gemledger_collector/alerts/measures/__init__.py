"""What rules measure: every metric over windows, for all groups of a rule at once."""
