"""The price book: what a call costs on a day, where that was read, and what is about to change."""
