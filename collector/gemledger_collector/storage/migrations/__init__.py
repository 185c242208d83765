"""Numbered SQL files, each applied once, in a transaction, and never edited once released."""
