"""The database: one DuckDB file, opened by the collector alone."""
