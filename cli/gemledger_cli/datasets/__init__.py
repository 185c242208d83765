"""Data sets of answers: taken out of a collector a day at a time, written as one file with a manifest beside it."""
