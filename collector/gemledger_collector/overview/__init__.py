"""How things stand at a moment: what is spent, against what budget, whether anything is wrong, and what changed."""
