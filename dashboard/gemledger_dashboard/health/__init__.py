"""How the collector does, and who reports to it."""
