"""What rules and budgets would have told whom, over what is stored: nothing is written, nobody is told."""
