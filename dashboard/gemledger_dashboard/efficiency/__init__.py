"""Where the same could cost less: caches, thinking, prompts above a step, calls that came to nothing."""
