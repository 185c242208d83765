"""Answers that people label."""
