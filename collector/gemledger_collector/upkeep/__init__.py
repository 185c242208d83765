"""What the store needs from time to time: what is old deleted, the file rewritten."""
