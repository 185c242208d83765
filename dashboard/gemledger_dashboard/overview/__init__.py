"""The Overview: how much, against what budget, whether anything is wrong, what changed."""
