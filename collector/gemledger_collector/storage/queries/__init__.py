"""One SQL statement a file; parameters are named with ``$``."""
