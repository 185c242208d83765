"""What calls cost: sums, groups, tables."""
