"""The tables of a report, a module for each section; pure."""
