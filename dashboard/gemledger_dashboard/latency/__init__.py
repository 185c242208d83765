"""How long calls take, what goes wrong, and what is left of rate limits."""
