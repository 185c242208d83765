"""A sample of captured answers, graded by a model under a budget; an error is never a score."""
