"""What a period will have cost at its end, when an amount will be reached, and what dated prices will change."""
