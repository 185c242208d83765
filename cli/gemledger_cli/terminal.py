"""Where progress and words for the person go: standard error, so that standard output stays the answer."""

from rich.console import Console

ERRORS = Console(stderr=True)
