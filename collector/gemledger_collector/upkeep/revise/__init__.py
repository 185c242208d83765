"""What is stored, decided again: prices by another book, payers by other rules; in pieces, going on after a restart."""
