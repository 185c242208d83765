"""Money set aside before it is spent."""
