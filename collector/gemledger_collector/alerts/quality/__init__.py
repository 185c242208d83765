"""Judged answers that get worse, and a judge whose budget is used up."""
