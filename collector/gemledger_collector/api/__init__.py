"""The collector's HTTP API: typed questions, read-only SQL, its own health."""
